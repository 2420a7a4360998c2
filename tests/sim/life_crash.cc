// Life: a process that keeps its state dies, anywhere, and another one goes on.
#include <algorithm>
#include <utility>

#include "runtime/durable/directory.h"
#include "runtime/durable/tenant_data.h"
#include "tests/sim/life.h"

namespace bylaw::sim {
namespace {

std::string TenantName(uint32_t t) { return "t" + std::to_string(t); }

}  // namespace

// False: the process has died of it.
bool Life::CommitEngine() {
  ++calls_;
  const uint64_t writes = store_.applies();
  const bool done = engine_->Commit().ok();
  const bool written = store_.applies() != writes;
  if (written && sink_.uncommitted() > 0) model_.Wrong("state is kept before the records that are about it");
  if (done) return true;
  if (store_.status().ok() && !sink_.broken()) model_.Wrong("nothing has failed, and nothing can be kept");
  dead_ = true;
  return false;
}

bool Life::Commit() {
  if (!kept()) return true;
  if (!CommitEngine()) return false;
  model_.Commit();
  return true;
}

void Life::Crash(int64_t writes, DurationNs down) {
  if (!kept()) return;
  down_ = std::max<DurationNs>(0, down);
  dead_ = writes <= 0;
  if (!dead_) store_.FailAfter(static_cast<uint64_t>(writes) - 1);
}

void Life::Restart() {
  ++faults_.processes_died;
  faults_.writes_torn += !store_.status().ok();
  engine_.reset();
  journal_ = std::make_unique<durable::Journal>(&store_);
  store_.Restart();
  sink_.Restart();
  late_.clear();
  dead_ = false;
  clock_.AdvanceTo(Now() + std::exchange(down_, 0));
  const Money::Carried carried = CarriedMonths();
  engine_ = MakeEngine(seed_, policies_.back(), &clock_, &sink_, journal_.get());
  ++calls_;
  model_.Restart(*engine_, carried);
  // Who watches endpoints tells every process.
  for (uint32_t e = 0; e < kEndpoints && Well(); ++e) {
    if (model_.revoked(e)) engine_->Revoke(EndpointId(e));
    if (!model_.up(e)) engine_->SetEndpointUp(EndpointId(e), false);
  }
  sink_.records().clear();
  Mix(engine_->RunsInFlight());
  CheckStore();
  if (Well()) CheckAll();
}

Money::Carried Life::CarriedMonths() {
  Money::Carried carried;
  absl::Status status;
  for (uint32_t t = 0; t < kTenants; ++t) {
    durable::WithTenant(store_, TenantName(t), [&](auto mine) {
      status.Update(mine.ForEachMonth([&](int32_t month, int64_t micros) { carried[t][month] = micros; }));
    });
  }
  status.Update(durable::Directory(&store_).ForEachOrgMonth(
      kOrgName, [&](int32_t month, int64_t micros) { carried[Money::kOrg][month] = micros; }));
  if (!status.ok()) model_.Wrong("the store cannot be read");
  return carried;
}

// What is in the store is what must be kept, and nothing else.
void Life::CheckStore() {
  std::vector<durable::RunName> found;
  absl::Status status;
  for (uint32_t t = 0; t < kTenants; ++t) {
    durable::WithTenant(store_, TenantName(t), [&](auto mine) {
      status.Update(mine.ForEachRun([&](const auto& run, std::string_view) { found.push_back(run.name()); }));
    });
  }
  std::sort(found.begin(), found.end());
  const std::vector<durable::RunName> kept = model_.Kept();
  if (!status.ok()) return model_.Wrong("the store cannot be read");
  if (!std::includes(kept.begin(), kept.end(), found.begin(), found.end())) model_.Wrong("erased data can be read");
  if (!std::includes(found.begin(), found.end(), kept.begin(), kept.end())) model_.Wrong("kept data is gone");
}

void Life::Erase() {
  if (!kept()) return;
  ++calls_;
  const absl::StatusOr<uint64_t> erased = engine_->EraseDue();
  if (!erased.ok()) {
    dead_ = true;
    return;
  }
  model_.Commit();
  const uint64_t due = model_.EraseDue();
  Mix(due);
  faults_.runs_erased += due;
  const auto& records = sink_.records();
  const bool recorded = std::any_of(records.begin(), records.end(),
                                    [](const audit::Record& record) { return record.event == audit::Event::kErased; });
  if (*erased != due) model_.Wrong("more is erased, or less, than nobody may keep");
  if (recorded != (due > 0)) model_.Wrong("an erasure without its record");
  Absorb(nullptr);
  CheckStore();
}

}  // namespace bylaw::sim

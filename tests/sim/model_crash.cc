// Model: what another process takes up, and what nobody may keep.
#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "tests/sim/model.h"

namespace bylaw::sim {

void Model::Restored(ModelRun& run, size_t position, int64_t spent) {
  run.position = position;
  const TenantTerms& terms = tenants_[run.tenant].terms;
  const int64_t floor = FloorBefore(run, position);
  if (!money_.Open(run.purse, run.tenant, floor, terms.budget_run, Month())) return;
  run.pinned = true;
  run.terms = terms;
  money_.Reserve(run.purse, 0, floor, Month());
  money_.Settle(run.purse, spent);
  run.NotePeak();
}

void Model::Commit() {
  committed_.clear();
  for (const auto& run : live_) committed_.push_back(*run);
  ended_committed_ = ended_.size();
  untold_.clear();
  money_.Commit();
}

// Whoever was on a slot, parked or suspended queues again. Nothing is known of calls under way but what they may cost.
void Model::Restart(const engine::Engine& engine, const Money::Carried& carried) {
  live_.clear();
  by_index_.clear();
  running_ = {};
  ended_.resize(ended_committed_);
  sink_broken_ = sink_failed_ = false;
  const std::array<bool, kEndpoints> revoked = revoked_.back();
  const Policy* policy = policies_.back();
  policies_.clear();
  revoked_.clear();
  for (Untold& call : untold_) {
    const int64_t estimated = std::exchange(call.taken.cost, call.tokens);
    tenants_[call.tenant].limits[kModelTokens].Correct(call.taken, estimated);
  }
  for (Tenant& tenant : tenants_) {
    auto limits = std::move(tenant.limits);
    for (Limit& limit : limits) limit.Restart(now(), wall());
    tenant = {};
    tenant.terms.limits = policy->tenants[static_cast<size_t>(&tenant - tenants_.data())].limits;
    tenant.limits = std::move(limits);
  }
  for (Window& window : windows_) {
    window.steady = false;
    window.epoch = UINT32_MAX;
  }
  if (const std::string wrong = money_.Restart(carried); !wrong.empty()) Wrong(wrong);
  Publish(policy);
  revoked_.back() = revoked;
  const std::vector<ModelRun> committed = std::move(committed_);
  const std::vector<engine::RunId> found = engine.Runs();
  for (const engine::RunId id : found) {
    const durable::RunName name = engine.StatusOf(id).name;
    const auto is =
        std::find_if(committed.begin(), committed.end(), [&](const ModelRun& run) { return run.name == name; });
    if (is == committed.end()) return Wrong("a run is back that had ended, or had never been acknowledged");
    TakeUp(engine, id, *is);
  }
  if (found.size() != committed.size()) Wrong("a run that was acknowledged is lost");
  Commit();
}

void Model::TakeUp(const engine::Engine& engine, engine::RunId id, const ModelRun& committed) {
  const engine::RunStatus is = engine.StatusOf(id);
  const bool at_end = committed.position == StepsOf(committed.workflow).size();
  const bool same_step = at_end ? !is.step.valid() : is.step.valid() && is.step.value() == committed.position;
  if (is.tenant.value() != committed.tenant || is.workflow.value() != committed.workflow || !same_step ||
      is.attempt != committed.attempt || is.state != RunState::kQueued) {
    return Wrong(fmt::format("run {} is not taken up where it was left", committed.label));
  }
  ModelRun& run = Submitted(committed.label, id, committed.tenant, committed.workflow, committed.lane);
  run.name = committed.name;
  run.submitted = committed.submitted;
  run.position = committed.position;
  run.attempt = committed.attempt;
  run.replans = committed.replans;
  run.attempts = committed.attempts;
  if (committed.state == RunState::kCalling) --run.attempts[run.position];  // it may be made again
  run.approved = committed.approved;
  run.suspended_since = committed.suspended_since;
  run.taken_up = true;
  run.peak = committed.peak;
  run.chunk_max = committed.chunk_max;
  run.spent_least = std::max(committed.spent_least, committed.purse.spent + committed.purse.pending);
}

// As much as was acknowledged at least, and a lease more at most.
int64_t Model::SpentAtFirst(ModelRun& run, int64_t spent) {
  if (spent < run.spent_least) Wrong("a run is known to have spent less of its budget");
  if (spent > run.peak + run.chunk_max) Wrong("a crash strands more of a run's budget than a lease");
  run.spent_least = spent;
  run.peak = std::max(run.peak, spent);
  return spent;
}

uint64_t Model::EraseDue() {
  const uint64_t due = std::erase_if(ended_, [this](const EndedRun& run) { return run.erase_from <= wall(); });
  ended_committed_ = ended_.size();
  return due;
}

std::vector<durable::RunName> Model::Kept() const {
  std::vector<durable::RunName> names;
  for (const ModelRun& run : committed_) names.push_back(run.name);
  for (size_t i = 0; i < ended_committed_; ++i) names.push_back(ended_[i].name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace bylaw::sim

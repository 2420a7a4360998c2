// Engine: taking up what an earlier process left, and erasing what nobody may keep any longer.
#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "runtime/durable/tenant_data.h"
#include "runtime/engine/durable.h"
#include "runtime/engine/run_layout.h"
#include "runtime/engine/state.h"

namespace bylaw::engine {
namespace {

bool BitAt(const uint64_t* words, size_t i) { return (words[i / 64] >> (i % 64) & 1) != 0; }

uint16_t PositionOf(const WorkflowPlan& plan, StepId step) {
  uint16_t position = 0;
  while (position < plan.steps.size() && plan.steps[position].step != step) ++position;
  return position;
}

// A run as found in the store, with its layout.
struct Found {
  durable::RunName name;
  KeptState state;
  const RunLayout* layout;
  std::vector<std::pair<uint32_t, std::string>> texts;  // by its own slots
};

}  // namespace

absl::Status Engine::State::Recover() {
  const absl::StatusOr<uint32_t> boot = durable->directory.CountBoot();
  if (!boot.ok()) return boot.status();
  durable->boot = *boot;
  absl::StatusOr<std::vector<std::string>> kept_layouts = durable->directory.Layouts();
  if (!kept_layouts.ok()) return kept_layouts.status();
  durable->layouts = *std::move(kept_layouts);
  std::vector<RunLayout> layouts;
  for (const std::string& bytes : durable->layouts) {
    std::optional<RunLayout> layout = DecodeLayout(bytes);
    if (!layout.has_value()) return absl::DataLossError("a layout in the store cannot be read");
    layouts.push_back(*std::move(layout));
  }
  for (uint32_t i = 0; i < current->orgs.size(); ++i) {
    const absl::Status status = durable->directory.ForEachOrgMonth(
        current->orgs[i].name, [&](int32_t month, int64_t micros) { ledger.CarryOver(OrgId(i), month, micros); });
    if (!status.ok()) return status;
    durable->orgs[i] = {.month = ledger.org(OrgId(i)).month(), .micros_max = ledger.org(OrgId(i)).current().spent};
  }
  absl::StatusOr<std::vector<std::string>> names = durable->directory.Tenants();
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    const TenantId tenant = current->FindTenant(name);
    if (absl::Status status = RecoverTenant(name, tenant, layouts); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Engine::State::RecoverTenant(const std::string& name, TenantId tenant,
                                          const std::vector<RunLayout>& layouts) {
  std::vector<Found> found;
  absl::Status status;
  const auto note = [&](const absl::Status& part) {
    if (status.ok()) status = part;
  };
  durable::WithTenant(durable->journal->store(), name, [&](auto mine) {
    if (tenant.valid()) {
      note(mine.ForEachMonth([&](int32_t month, int64_t micros) { ledger.CarryOver(tenant, month, micros); }));
      const budget::MonthAccounts& months = ledger.tenant(tenant);
      durable->tenants[tenant.index()] = {.month = months.month(), .micros_max = months.current().spent};
    }
    note(mine.ForEachRun([&](const auto& run, std::string_view bytes) {
      std::optional<KeptState> state = DecodeState(bytes);
      if (!state.has_value() || state->header.layout >= layouts.size() ||
          state->block.size() != layouts[state->header.layout].block_words) {
        return note(absl::DataLossError("a run of " + name + " cannot be read"));
      }
      if (state->header.ended) return;
      Found one{run.name(), *std::move(state), nullptr, {}};
      one.layout = &layouts[one.state.header.layout];
      note(mine.ForEachText(
          run, [&](uint32_t slot, std::string_view text) { one.texts.emplace_back(slot, std::string(text)); }));
      found.push_back(std::move(one));
    }));
  });
  if (!status.ok()) return status;
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return a.state.header.submitted_wall_ns < b.state.header.submitted_wall_ns;
  });
  for (const Found& one : found) {
    const bool taken_up = tenant.valid() && TakeUp(tenant, one.name, *one.layout, one.state, one.texts);
    ++(taken_up ? durable->recovery.runs_taken_up : durable->recovery.runs_left);
  }
  return absl::OkStatus();
}

// False if the policy no longer has its workflow or its step, or nowhere to run it: it stays in the store.
bool Engine::State::TakeUp(TenantId tenant, const durable::RunName& name, const RunLayout& layout,
                           const KeptState& kept, const std::vector<std::pair<uint32_t, std::string>>& texts_kept) {
  const abi::TenantRecord& record = current->tenant(tenant);
  const WorkflowId workflow = current->FindWorkflow(layout.workflow);
  if (!workflow.valid() || tenants[tenant.index()].pool == UINT32_MAX) return false;
  const abi::ShapeWorkflow& table = current->shape_workflow(record, workflow);
  const KeptHeader& header = kept.header;
  StepId step = StepId::None();
  if (header.step < layout.steps.size()) step = current->FindStep(workflow, layout.steps[header.step]);
  if (!table.may_run || (header.step != StepId::None().value() && !step.valid())) return false;

  const uint32_t index = runs.Allocate();
  Run& run = runs[index];
  run.record = &record;
  run.plan = &tables->workflow(workflow);
  run.entries = table.steps.data();
  run.block = blocks.Allocate(run.plan->block_words);
  run.lane = static_cast<abi::Lane>(header.lane);
  run.position = PositionOf(*run.plan, step);
  run.attempt = header.attempt;
  run.visit = header.visit;
  if (header.approved) run.flags |= kRunApproved;
  const TimeNs offset = Now() - clock->WallNow();
  run.submitted_at = std::min(Now(), header.submitted_wall_ns + offset);
  if (header.suspended_wall_ns != 0) run.suspended_since = std::min(Now(), header.suspended_wall_ns + offset);
  run.last = abi::ProceedDecision();
  durable->RunAt(index) = {
      .name = name, .noted = false, .spent_max = header.spent_max_micros, .spent_before = header.spent_max_micros};
  TakeUpBlock(index, layout, kept.block, texts_kept);
  run.state = RunState::kQueued;
  Requeue(index, /*held=*/false);
  Write(RecordOf(audit::Event::kRestored, run, index));
  return true;
}

// Values, endpoints and counters, each found again by its name.
void Engine::State::TakeUpBlock(uint32_t index, const RunLayout& layout, const std::vector<uint64_t>& block,
                                const std::vector<std::pair<uint32_t, std::string>>& texts_kept) {
  Run& run = runs[index];
  const abi::WorkflowInfo& info = current->workflows[run.plan->workflow.index()];
  const auto slot_named = [&](size_t slot) {
    size_t at = 0;
    while (at < info.slots.size() && info.slots[at].name != layout.slots[slot]) ++at;
    const bool same = at < info.slots.size() && static_cast<uint8_t>(info.slots[at].type) == layout.slot_types[slot];
    return same ? static_cast<uint32_t>(at) : UINT32_MAX;
  };
  const auto is_text = [&](uint32_t slot) {
    return layout.slot_types[slot] == static_cast<uint8_t>(abi::SlotType::kText);
  };
  for (uint32_t slot = 0; slot < layout.slots.size(); ++slot) {
    if (!BitAt(block.data(), slot) || is_text(slot)) continue;
    Value value{.slot = slot_named(slot), .value = {}};
    if (value.slot == UINT32_MAX) continue;
    std::memcpy(&value.value, &block[layout.values_at + slot], sizeof(value.value));
    StoreValues(index, std::span(&value, 1), run.plan->slot_positions[value.slot]);
  }
  for (const auto& [slot, bytes] : texts_kept) {
    if (slot >= layout.slots.size() || !BitAt(block.data(), slot) || !is_text(slot)) continue;
    const abi::Text text{bytes.data(), bytes.size()};
    Value value{.slot = slot_named(slot), .value = {.text = &text}};
    if (value.slot != UINT32_MAX) StoreValues(index, std::span(&value, 1), run.plan->slot_positions[value.slot]);
  }
  for (size_t i = 0; i < layout.endpoints.size(); ++i) {
    if (!BitAt(&block[layout.used_at], i)) continue;
    const EndpointId endpoint = current->FindEndpoint(layout.endpoints[i]);
    if (endpoint.valid()) UsedOf(run)[endpoint.index() / 64] |= uint64_t{1} << (endpoint.index() % 64);
  }
  for (const StepPlan& plan : run.plan->steps) {
    if (plan.replan_counter == kNoPosition) continue;
    for (size_t i = 0; i < layout.counters.size(); ++i) {
      if (layout.counters[i] != info.steps[plan.step.index()].name) continue;
      uint16_t replans = 0;
      std::memcpy(&replans, reinterpret_cast<const uint16_t*>(&block[layout.counters_at]) + i, sizeof(replans));
      CountersOf(run)[plan.replan_counter] = replans;
    }
  }
}

// Everything that is due of ended runs, or, with a tenant, everything of it. What is erased is written down, and only
// then said to be.
absl::StatusOr<uint64_t> Engine::State::Erase(const std::string* tenant) {
  if (durable == nullptr) return absl::FailedPreconditionError("this engine keeps nothing");
  if (absl::Status status = Await(Seal(/*exact=*/false)); !status.ok()) return status;
  absl::StatusOr<std::vector<std::string>> names = durable->directory.Tenants();
  if (!names.ok()) return names.status();
  const TimeNs wall_now = clock->WallNow();
  durable::Removal removal;
  std::vector<audit::Record> records;
  uint64_t erased = 0;
  for (const std::string& name : *names) {
    if (tenant != nullptr && name != *tenant) continue;
    int64_t values = 0;
    absl::Status status;
    durable::WithTenant(durable->journal->store(), name, [&](auto mine) {
      status = mine.ForEachRun([&](const auto& run, std::string_view bytes) {
        const std::optional<KeptState> state = DecodeState(bytes);
        const bool due = state.has_value() && state->header.ended && state->header.erase_after_wall_ns <= wall_now;
        if (!due && tenant == nullptr) return;
        ++erased;
        ++values;
        status.Update(mine.ForEachText(run, [&](uint32_t, std::string_view) { ++values; }));
        mine.RemoveRun(&removal, run);
      });
    });
    if (!status.ok()) return status;
    if (values == 0) continue;
    audit::Record record;
    record.wall_ns = wall_now;
    record.event = audit::Event::kErased;
    record.epoch = store.current();
    record.tenant = current->FindTenant(name).value();
    record.amount_micros = values;
    records.push_back(record);
  }
  if (removal.empty()) return 0;
  if (absl::Status status = durable->directory.Purge(removal); !status.ok()) {
    sink_failed = true;
    return status;
  }
  for (const audit::Record& record : records) Write(record);
  if (absl::Status status = Await(0); !status.ok()) return status;
  return erased;
}

absl::StatusOr<uint64_t> Engine::EraseDue() { return state_->Erase(nullptr); }

absl::StatusOr<uint64_t> Engine::EraseTenant(const std::string& name) {
  const TenantId tenant = state_->current->FindTenant(name);
  for (uint32_t index = 0; index < state_->runs.size(); ++index) {
    const Run& run = state_->runs[index];
    if (run.state == RunState::kGone || run.record->tenant != tenant) continue;
    return absl::FailedPreconditionError("runs of " + name + " are in flight: cancel them first");
  }
  return state_->Erase(&name);
}

CommitTicket Engine::Seal() { return {state_->Seal(/*exact=*/false)}; }
CommitTicket Engine::SealExactly() { return {state_->Seal(/*exact=*/true)}; }

// First the records, then the state they are about: after a crash between the two a decision is made again, and
// recorded again; the other way round it would have been made without a record.
absl::Status Engine::State::Await(uint64_t ticket) {
  absl::Status status = sink->Commit();
  if (status.ok() && durable != nullptr) status = durable->journal->Commit(ticket);
  if (!status.ok()) sink_failed = true;
  return status;
}

absl::Status Engine::Await(CommitTicket ticket) { return state_->Await(ticket.number); }

absl::Status Engine::Commit() { return Await(Seal()); }

const Recovery& Engine::recovery() const {
  static const Recovery kNothing;
  return state_->durable == nullptr ? kNothing : state_->durable->recovery;
}

}  // namespace bylaw::engine

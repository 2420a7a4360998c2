// Engine: taking up what an earlier process left, and erasing what nobody may keep any longer.
#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"
#include "runtime/durable/tenant_data.h"
#include "runtime/engine/durable.h"
#include "runtime/engine/run_layout.h"
#include "runtime/engine/state.h"

namespace bylaw::engine {
namespace {

bool BitAt(const uint64_t* words, size_t i) { return (words[i / 64] >> (i % 64) & 1) != 0; }

bool IsText(abi::SlotType type) { return type == abi::SlotType::kText || type == abi::SlotType::kTextList; }

// UINT32_MAX if the workflow has no value of this name and type.
uint32_t SlotNamed(const abi::WorkflowInfo& info, std::string_view name, abi::SlotType type) {
  for (uint32_t slot = 0; slot < info.slots.size(); ++slot) {
    if (info.slots[slot].name == name && info.slots[slot].type == type) return slot;
  }
  return UINT32_MAX;
}

uint16_t PositionOf(const WorkflowPlan& plan, StepId step) {
  uint16_t position = 0;
  while (position < plan.steps.size() && plan.steps[position].step != step) ++position;
  return position;
}

}  // namespace

absl::Status Engine::State::Recover() {
  const Currency currency = current->held.image().currency;
  if (absl::Status status = durable->directory.ClaimCurrency(currency); !status.ok()) return status;
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
  const policy::Directory& names = current->held.policy->names();
  for (uint32_t i = 0; i < orgs.size(); ++i) {
    const OrgId org(i);
    const absl::Status status = durable->directory.ForEachOrgMonth(
        names.orgs.NameOf(org), [&](int32_t month, int64_t micros) { ledger.CarryOver(org, month, micros); });
    if (!status.ok()) return status;
    durable->orgs[i] = {.month = ledger.org(org).month(), .micros_max = ledger.org(org).current().spent};
  }
  if (absl::Status status = RecoverRates(TenantId::None()); !status.ok()) return status;
  const absl::StatusOr<std::vector<std::string>> kept = durable->directory.Tenants();
  if (!kept.ok()) return kept.status();
  for (const std::string& name : *kept) {
    if (absl::Status status = RecoverTenant(name, names.tenants.Find(name), layouts); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// Every limit that the policy still has takes up its lease.
absl::Status Engine::State::RecoverRates(TenantId tenant) {
  const policy::Directory& names = current->held.policy->names();
  const TimeNs now = Now(), wall_now = clock->WallNow();
  const auto take_up = [&](bool endpoint, uint32_t id, std::string_view limit, int64_t units, TimeNs until) {
    auto decoded = DecodeLimit(limit);
    if (!decoded.has_value()) return;
    auto& [owner, resource] = *decoded;
    owner.endpoint = endpoint;
    owner.id = id;
    if (!endpoint) owner.resource = names.resources.Find(resource).value();
    rates.CarryOver(owner, {.units_max = units, .until = until}, now, wall_now);
  };
  if (!tenant.valid()) {
    absl::Status status;
    for (const EndpointId endpoint : current->held.policy->parts().endpoints) {
      status.Update(durable->directory.ForEachQuota(names.endpoints.NameOf(endpoint),
                                                    [&](std::string_view limit, int64_t units, TimeNs until) {
                                                      take_up(/*endpoint=*/true, endpoint.value(), limit, units, until);
                                                    }));
    }
    return status;
  }
  return durable::WithTenant(durable->journal->store(), TenantName(tenant), [&](auto mine) {
    return mine.ForEachLimit([&](std::string_view limit, int64_t units, TimeNs until) {
      take_up(/*endpoint=*/false, tenant.value(), limit, units, until);
    });
  });
}

absl::Status Engine::State::RecoverTenant(const std::string& name, TenantId tenant,
                                          const std::vector<RunLayout>& layouts) {
  std::vector<FoundRun> found;
  absl::Status status;
  if (tenant.valid()) status.Update(RecoverRates(tenant));
  durable::WithTenant(durable->journal->store(), name, [&](auto mine) {
    if (tenant.valid()) {
      status.Update(mine.ForEachMonth([&](int32_t month, int64_t micros) { ledger.CarryOver(tenant, month, micros); }));
      const budget::MonthAccounts& months = ledger.tenant(tenant);
      durable->tenants[tenant.index()] = {.month = months.month(), .micros_max = months.current().spent};
    }
    status.Update(mine.ForEachRun([&](const auto& run, std::string_view bytes) {
      std::optional<KeptState> state = DecodeState(bytes);
      if (!state.has_value() || state->header.layout >= layouts.size() ||
          state->block.size() != layouts[state->header.layout].block_words) {
        return status.Update(absl::DataLossError("a run of " + name + " cannot be read"));
      }
      if (state->header.ended) return;
      FoundRun one{run.name(), *std::move(state), nullptr, {}};
      one.layout = &layouts[one.state.header.layout];
      status.Update(mine.ForEachText(run, [&](std::string_view value, std::string_view encoded) {
        std::optional<std::vector<std::string>> values = DecodeTexts(encoded);
        if (values.has_value()) one.texts.emplace_back(value, *std::move(values));
      }));
      found.push_back(std::move(one));
    }));
  });
  if (!status.ok()) return status;
  std::stable_sort(found.begin(), found.end(), [](const FoundRun& a, const FoundRun& b) {
    return a.state.header.submitted_wall_ns < b.state.header.submitted_wall_ns;
  });
  for (const FoundRun& one : found) {
    const bool taken_up = tenant.valid() && TakeUp(tenant, one);
    ++(taken_up ? durable->recovery.runs_taken_up : durable->recovery.runs_left);
  }
  return absl::OkStatus();
}

// False if the policy no longer has its workflow or its step, or nowhere to run it: it stays in the store.
bool Engine::State::TakeUp(TenantId tenant, const FoundRun& found) {
  const abi::PolicyImage& image = current->held.image();
  const abi::TenantRecord* record = RecordNow(tenant);
  const RunLayout& layout = *found.layout;
  const WorkflowId workflow = image.FindWorkflow(layout.workflow);
  if (record == nullptr || !workflow.valid() || !tenants[tenant.index()].home.node.valid()) return false;
  const abi::ShapeWorkflow& table = image.shape_workflow(*record, workflow);
  const KeptHeader& header = found.state.header;
  StepId step = StepId::None();
  if (header.step < layout.steps.size()) step = image.FindStep(workflow, layout.steps[header.step]);
  if (!table.may_run || (header.step != StepId::None().value() && !step.valid())) return false;

  const uint32_t index = runs.Allocate();
  Run& run = runs[index];
  run.edition = current;
  policies.Pin(*current);
  run.tenant = tenant;
  run.record = record;
  run.plan = &current->held.policy->parts().tables.workflow(workflow);
  run.entries = table.steps.data();
  run.block = blocks.Allocate(run.plan->block_words);
  run.lane = static_cast<abi::Lane>(header.lane);
  run.position = PositionOf(*run.plan, step);
  run.attempt = abi::Planted(abi::PlantedBug::kAttemptsForgotten) ? 1 : header.attempt;
  run.visit = header.visit;
  if (header.approved) run.flags |= kRunApproved;
  const TimeNs offset = Now() - clock->WallNow();
  run.submitted_at = std::min(Now(), header.submitted_wall_ns + offset);
  if (header.suspended_wall_ns != 0) run.suspended_since = std::min(Now(), header.suspended_wall_ns + offset);
  run.basis_until = image.BasisUntil(*record, header.submitted_wall_ns);
  run.last = abi::ProceedDecision();
  run.last_epoch = current->epoch;
  // Named once its values are there: what was kept of them is not written again.
  TakeUpBlock(index, found);
  TakeUpTexts(index, found);
  durable->RunAt(index) = {.name = found.name,
                           .noted = false,
                           .spent_max = header.spent_max_micros,
                           .spent_before = header.spent_max_micros};
  run.state = RunState::kQueued;
  Requeue(index, /*held=*/false);
  Write(RecordOf(audit::Event::kRestored, run, index));
  return true;
}

// Values, endpoints and counters, each found again by its name.
void Engine::State::TakeUpBlock(uint32_t index, const FoundRun& found) {
  Run& run = runs[index];
  const RunLayout& layout = *found.layout;
  const std::vector<uint64_t>& block = found.state.block;
  const abi::PolicyImage& image = current->held.image();
  const abi::WorkflowInfo& info = image.workflows[run.plan->workflow.index()];
  for (uint32_t slot = 0; slot < layout.slots.size(); ++slot) {
    const auto type = static_cast<abi::SlotType>(layout.slot_types[slot]);
    if (!BitAt(block.data(), slot) || IsText(type)) continue;
    Value value{.slot = SlotNamed(info, layout.slots[slot], type), .value = {}};
    if (value.slot == UINT32_MAX) continue;
    std::memcpy(&value.value, &block[layout.values_at + slot], sizeof(value.value));
    StoreValues(index, std::span(&value, 1), run.plan->slot_positions[value.slot]);
  }
  for (size_t i = 0; i < layout.endpoints.size(); ++i) {
    if (!BitAt(&block[layout.used_at], i)) continue;
    const EndpointId endpoint = image.FindEndpoint(layout.endpoints[i]);
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

void Engine::State::TakeUpTexts(uint32_t index, const FoundRun& found) {
  const Run& run = runs[index];
  const RunLayout& layout = *found.layout;
  const abi::WorkflowInfo& info = current->held.image().workflows[run.plan->workflow.index()];
  for (const auto& [name, values] : found.texts) {
    const size_t slot =
        static_cast<size_t>(std::find(layout.slots.begin(), layout.slots.end(), name) - layout.slots.begin());
    // A replan may have made it absent since it was kept.
    if (slot == layout.slots.size() || !BitAt(found.state.block.data(), slot)) continue;
    const auto type = static_cast<abi::SlotType>(layout.slot_types[slot]);
    std::vector<abi::Text> views;
    for (const std::string& text : values) views.push_back({text.data(), text.size()});
    const abi::TextList list{views.data(), views.size()};
    Value value{.slot = IsText(type) ? SlotNamed(info, name, type) : UINT32_MAX, .value = {}};
    if (value.slot == UINT32_MAX || (type == abi::SlotType::kText && views.size() != 1)) continue;
    if (type == abi::SlotType::kText) {
      value.value.text = views.data();
    } else {
      value.value.list = &list;
    }
    StoreValues(index, std::span(&value, 1), run.plan->slot_positions[value.slot]);
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
        const bool early = abi::Planted(abi::PlantedBug::kErasesTooEarly);
        const bool due =
            state.has_value() && state->header.ended && (early || state->header.erase_after_wall_ns <= wall_now);
        if (!due && tenant == nullptr) return;
        ++erased;
        ++values;
        status.Update(mine.ForEachText(run, [&](std::string_view, std::string_view) { ++values; }));
        if (erased == 1 || !abi::Planted(abi::PlantedBug::kErasesOneOnly)) mine.RemoveRun(&removal, run);
      });
    });
    if (!status.ok()) return status;
    if (values == 0) continue;
    audit::Record record;
    record.wall_ns = wall_now;
    record.event = audit::Event::kErased;
    record.epoch = current->epoch;
    record.tenant = current->held.image().FindTenant(name).value();
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
  const TenantId tenant = state_->current->held.policy->names().tenants.Find(name);
  for (uint32_t index = 0; index < state_->runs.size(); ++index) {
    const Run& run = state_->runs[index];
    if (run.state == RunState::kGone || run.tenant != tenant) continue;
    return absl::FailedPreconditionError("runs of " + name + " are in flight: cancel them first");
  }
  return state_->Erase(&name);
}

CommitTicket Engine::Seal() { return {state_->Seal(/*exact=*/false)}; }
CommitTicket Engine::SealExactly() { return {state_->Seal(/*exact=*/true)}; }

// First the records, then the state they are about: after a crash between the two a decision is made again, and
// recorded again; the other way round it would have been made without a record.
absl::Status Engine::State::Await(uint64_t ticket) {
  absl::Status status;
  if (abi::Planted(abi::PlantedBug::kStateBeforeRecords) && durable != nullptr)
    status = durable->journal->Commit(ticket);
  if (status.ok()) status = sink->Commit();
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

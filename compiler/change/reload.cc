#include "compiler/change/reload.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/check.h"
#include "compiler/change/match.h"
#include "compiler/sema/candidates.h"
#include "compiler/sema/legality.h"

namespace bylaw::change {
namespace {

using abi::Hindrance;
using abi::ReloadPoint;
using abi::ReloadTable;

template <typename IdType>
IdType At(const std::vector<IdType>& match, IdType id) {
  return id.valid() ? match[id.index()] : IdType::None();
}

// What the mandatory steps from each step on cost at least, by StepId.
std::vector<int64_t> FloorsBefore(const abi::ShapeWorkflow& shape, const abi::WorkflowInfo& workflow) {
  std::vector<int64_t> floors(workflow.steps.size(), shape.floor_entry_micros);
  int64_t floor = shape.floor_entry_micros;
  for (const StepId id : workflow.order) {
    floors[id.index()] = floor;
    floor = shape.steps[id.index()].floor_after_micros;
  }
  return floors;
}

// Where a run at each step of the old workflow goes on in the new one.
class Repins {
 public:
  Repins(const abi::WorkflowInfo& was, const abi::WorkflowInfo& is) : was_(was) {
    absl::flat_hash_map<std::string_view, size_t> old_at;  // positions in the old order
    for (size_t at = 0; at < was.order.size(); ++at) old_at.try_emplace(was.steps[was.order[at].index()].name, at);
    size_t done_from = 0;  // a run that stands here or behind has done what is mandatory so far
    for (const StepId id : is.order) {
      const abi::StepInfo& step = is.steps[id.index()];
      by_name_.try_emplace(step.name, Target{id, done_from});
      if (step.optional) continue;
      const auto known = old_at.find(step.name);
      done_from = known == old_at.end() ? was.order.size() : std::max(done_from, known->second + 1);
    }
  }

  // The step of the same name, if a run at `position` of the old order has done what the new order puts before it.
  StepId At(size_t position) const {
    const auto found = by_name_.find(was_.steps[was_.order[position].index()].name);
    return found != by_name_.end() && position >= found->second.done_from ? found->second.step : StepId();
  }

 private:
  struct Target {
    StepId step;
    size_t done_from = 0;
  };
  const abi::WorkflowInfo& was_;
  absl::flat_hash_map<std::string_view, Target> by_name_;
};

class ReloadBuilder {
 public:
  ReloadBuilder(const plan::Plan& before, const plan::Plan& after)
      : before_(before), after_(after), old_(before.program()), new_(after.program()) {
    table_.tenants = MatchByName<TenantId>(old_.tenants, new_.tenants);
    table_.workflows = MatchByName<WorkflowId>(old_.workflows, new_.workflows);
    table_.endpoints = MatchByName<EndpointId>(old_.endpoints, new_.endpoints);
    table_.resources = MatchByName<ResourceId>(old_.resources, new_.resources);
    stores_ = MatchByName<StoreId>(old_.stores, new_.stores);
    for (const sema::Program* program : {&old_, &new_}) {
      for (const TimeNs at : sema::ChangeInstants(*program, new_.activation_ns, new_.horizon_ns)) {
        instants_.push_back(at);
      }
    }
    std::sort(instants_.begin(), instants_.end());
    instants_.erase(std::unique(instants_.begin(), instants_.end()), instants_.end());
    for (uint32_t w = 0; w < old_.workflows.size(); ++w) table_.slots.push_back(SlotsOf(WorkflowId(w)));
  }

  ReloadTable Build() {
    std::map<std::pair<ShapeId, ShapeId>, uint32_t> rows;
    for (uint32_t i = 0; i < old_.tenants.size(); ++i) {
      const TenantId now = table_.tenants[i];
      const ShapeId shape = now.valid() ? new_.tenants[now.index()].shape : ShapeId();
      const auto [at, fresh] =
          rows.try_emplace({old_.tenants[i].shape, shape}, static_cast<uint32_t>(table_.rows.size()));
      if (fresh) table_.rows.push_back(RowOf(old_.tenants[i].shape, shape));
      table_.row_of.push_back(at->second);
    }
    return std::move(table_);
  }

 private:
  std::vector<uint32_t> SlotsOf(WorkflowId workflow) const {
    std::vector<uint32_t> slots;
    const WorkflowId now = table_.workflows[workflow.index()];
    if (!now.valid()) return slots;
    const std::vector<abi::SlotInfo>& old_slots = old_.workflows[workflow.index()].slots;
    for (const abi::SlotInfo& slot : new_.workflows[now.index()].slots) {
      const auto same = std::find_if(old_slots.begin(), old_slots.end(), [&](const abi::SlotInfo& other) {
        return other.name == slot.name && other.type == slot.type && other.choices == slot.choices;
      });
      slots.push_back(same == old_slots.end() ? ReloadTable::kNoSlot : static_cast<uint32_t>(same - old_slots.begin()));
    }
    return slots;
  }

  std::vector<std::vector<ReloadPoint>> RowOf(ShapeId before, ShapeId after) const {
    std::vector<std::vector<ReloadPoint>> row;
    for (uint32_t w = 0; w < old_.workflows.size(); ++w) row.push_back(PointsOf(before, after, WorkflowId(w)));
    return row;
  }

  std::vector<ReloadPoint> PointsOf(ShapeId before, ShapeId after, WorkflowId workflow) const {
    const abi::WorkflowInfo& info = before_.tables.workflows[workflow.index()];
    const abi::ShapeWorkflow& was = before_.tables.shapes[before.index()].workflows[workflow.index()];
    std::vector<ReloadPoint> points(info.steps.size());
    const WorkflowId now = table_.workflows[workflow.index()];
    Hindrance whole = Hindrance::kNone;
    if (!after.valid()) {
      whole = Hindrance::kTenantGone;
    } else if (!now.valid() || !after_.tables.shapes[after.index()].workflows[now.index()].may_run) {
      whole = Hindrance::kWorkflowGone;
    } else if (!StateStays(before, after)) {
      whole = Hindrance::kState;
    }
    // From the last step back: what hinders a later step hinders every earlier point.
    Hindrance later = Hindrance::kNone;
    StepId blocked;
    const std::vector<int64_t> floors = FloorsBefore(was, info);
    for (auto at = info.order.rbegin(); at != info.order.rend(); ++at) {
      if (whole == Hindrance::kNone && !info.steps[at->index()].optional) {
        const Hindrance own =
            StepHindrance(after, *static_cast<const plan::StepProgram*>(was.steps[at->index()].program));
        if (own != Hindrance::kNone) {
          later = own;
          blocked = *at;
        }
      }
      ReloadPoint& point = points[at->index()];
      point.hindrance = whole != Hindrance::kNone ? whole : later;
      point.blocked = whole != Hindrance::kNone ? StepId() : blocked;
      point.pinned_min_micros = floors[at->index()];
    }
    if (whole == Hindrance::kNone) Repin(after, workflow, points);
    return points;
  }

  const sema::Terms& NewTerms(ShapeId after) const { return new_.terms(new_.shapes[after.index()].representative); }

  bool StateStays(ShapeId before, ShapeId after) const {
    const StoreId was = before_.tables.shapes[before.index()].stores[0];
    if (!was.valid()) return true;
    const StoreId now = stores_[was.index()];
    return now.valid() && std::all_of(instants_.begin(), instants_.end(), [&](TimeNs at) {
             return sema::LegalAt(new_, NewTerms(after), sema::PlaceSubject::kState, new_.stores[now.index()].location,
                                  at)
                 .legal;
           });
  }

  // Every model or tool that the pinned step may be told to call, its ladder apart.
  Hindrance StepHindrance(ShapeId after, const plan::StepProgram& step) const {
    std::vector<bool> called(step.calls.size(), false);
    if (!called.empty()) called[0] = true;
    for (const plan::Rule& rule : step.rules) {
      if (rule.call != plan::kNoCall) called[rule.call] = true;
    }
    for (size_t i = 0; i < called.size(); ++i) {
      const plan::Call& call = step.calls[i];
      if (!called[i] || !call.allowed) continue;
      const ResourceId now = At(table_.resources, call.resource);
      if (!now.valid() || !sema::IsAllowed(new_, NewTerms(after), now).allowed) return Hindrance::kDenied;
      const bool served = std::all_of(instants_.begin(), instants_.end(), [&](TimeNs at) {
        return std::any_of(call.candidates.begin(), call.candidates.end(), [&](const plan::Candidate& candidate) {
          return LegalInBoth(after, call.servers[candidate.server], at);
        });
      });
      if (!served) return Hindrance::kIllegal;
    }
    return Hindrance::kNone;
  }

  bool LegalInBoth(ShapeId after, const plan::Server& server, TimeNs at) const {
    const EndpointId now = At(table_.endpoints, server.endpoint);
    if (!now.valid()) return false;
    bool was = false;
    for (const plan::LegalSpan& span : server.spans) {
      if (span.from <= at) was = span.legal;
    }
    const sema::Location& place = new_.endpoints[now.index()].location;
    return was && sema::LegalAt(new_, NewTerms(after), sema::PlaceSubject::kCalls, place, at).legal;
  }

  // Where the new order lets the run go on, if the run brings the inputs.
  void Repin(ShapeId after, WorkflowId workflow, std::vector<ReloadPoint>& points) const {
    const abi::WorkflowInfo& was = before_.tables.workflows[workflow.index()];
    const WorkflowId now = table_.workflows[workflow.index()];
    const abi::WorkflowInfo& is = after_.tables.workflows[now.index()];
    const std::vector<uint32_t>& slots = table_.slots[workflow.index()];
    for (uint32_t i = 0; i < is.input_count; ++i) {
      if (slots[i] == ReloadTable::kNoSlot || slots[i] >= was.input_count) return;
    }
    const Repins repins(was, is);
    const std::vector<int64_t> floors = FloorsBefore(after_.tables.shapes[after.index()].workflows[now.index()], is);
    for (size_t position = 0; position < was.order.size(); ++position) {
      const StepId target = repins.At(position);
      if (!target.valid()) continue;
      ReloadPoint& point = points[was.order[position].index()];
      point.repin_at = target;
      point.repin_min_micros = floors[target.index()];
    }
  }

  const plan::Plan& before_;
  const plan::Plan& after_;
  const sema::Program& old_;
  const sema::Program& new_;
  std::vector<StoreId> stores_;
  std::vector<TimeNs> instants_;
  ReloadTable table_;
};

std::string WhyText(const plan::Plan& before, WorkflowId workflow, const ReloadPoint& point) {
  const sema::Program& program = before.program();
  const auto called = [&] {
    const sema::Step& step = program.workflows[workflow.index()].steps[point.blocked.index()];
    return fmt::format("what step {} calls", step.name);
  };
  switch (point.hindrance) {
    case Hindrance::kNone:
      return "";
    case Hindrance::kTenantGone:
      return "the new policy does not know the tenant";
    case Hindrance::kWorkflowGone:
      return "the new policy does not let the tenant run it";
    case Hindrance::kDenied:
      return called() + " is denied now";
    case Hindrance::kIllegal:
      return called() + " has no endpoint that is legal under both policies";
    case Hindrance::kState:
      return "the store that keeps its state is gone or illegal now";
  }
  BYLAW_UNREACHABLE("hindrance");
}

}  // namespace

ReloadTable BuildReloadTable(const plan::Plan& before, const plan::Plan& after) {
  return ReloadBuilder(before, after).Build();
}

std::vector<InFlight> TellReload(const plan::Plan& before, const ReloadTable& table) {
  std::vector<InFlight> told;
  std::map<std::tuple<WorkflowId, bool, StepId, std::string>, size_t> index;
  std::vector<std::optional<std::vector<size_t>>> lines_of_row(table.rows.size());
  for (uint32_t t = 0; t < table.row_of.size(); ++t) {
    std::optional<std::vector<size_t>>& lines = lines_of_row[table.row_of[t]];
    if (!lines) {
      lines.emplace();
      const auto& row = table.rows[table.row_of[t]];
      for (uint32_t w = 0; w < row.size(); ++w) {
        if (!before.tables.shape_workflow(before.tables.tenants[t], WorkflowId(w)).may_run) continue;
        for (const StepId step : before.tables.workflows[w].order) {
          const ReloadPoint& point = row[w][step.index()];
          if (point.hindrance == Hindrance::kNone) continue;
          const std::string why = WhyText(before, WorkflowId(w), point);
          const auto [at, fresh] = index.try_emplace({WorkflowId(w), point.drains(), point.blocked, why}, told.size());
          if (fresh) told.push_back({WorkflowId(w), point.drains(), point.blocked, why, 0, {}});
          told[at->second].left_min_micros = std::max(told[at->second].left_min_micros, point.repin_min_micros);
          if (std::find(lines->begin(), lines->end(), at->second) == lines->end()) lines->push_back(at->second);
        }
      }
    }
    for (const size_t line : *lines) told[line].tenants.push_back(TenantId(t));
  }
  return told;
}

}  // namespace bylaw::change

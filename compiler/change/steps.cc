#include "compiler/change/steps.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/change/search.h"
#include "compiler/change/words.h"
#include "compiler/verify/words.h"

namespace bylaw::change {
namespace {

constexpr std::string_view kKinds[] = {"step", "endpoints", "step-cost", "step-manner"};

bool HasGuards(const plan::StepProgram& program) {
  return std::any_of(program.rules.begin(), program.rules.end(),
                     [](const plan::Rule& rule) { return !rule.guards.empty(); });
}

ClauseId ClauseOf(const StepSide& side, const abi::Decision& decision) {
  return side.plan->tables.ResolveClause(*side.record, decision.clause);
}

const std::optional<Shown>& FirstShown(const AxisFindings& findings) {
  if (findings.stricter) return findings.stricter;
  return findings.looser ? findings.looser : findings.different;
}

std::string EndpointName(const StepSide& side, const abi::Decision& decision) {
  const auto& endpoints = side.plan->tables.endpoints;
  return decision.endpoint < endpoints.size() ? endpoints[decision.endpoint].name : "nothing";
}

std::string MannerText(const Shown& shown) {
  if (shown.old_decision.lane != shown.new_decision.lane) {
    const auto lane = [](uint8_t raw) {
      return raw == abi::kLaneUnchanged ? std::string_view("as submitted") : abi::LaneText(static_cast<abi::Lane>(raw));
    };
    return fmt::format("lane {} → {}", lane(shown.old_decision.lane), lane(shown.new_decision.lane));
  }
  return FromTo(shown.before, shown.after);
}

class Telling {
 public:
  Telling(const StepSide& before, const StepSide& after, const AxisFindings& findings)
      : before_(before), after_(after), findings_(findings) {}

  std::string Text(Axis axis) const {
    const Relation relation = findings_.seen.relation();
    const std::string subject =
        fmt::format("step {} of {}", after_.program().step_name, after_.program().workflow_name);
    const std::optional<Shown>& shown = FirstShown(findings_);
    if (!shown) return fmt::format("{}: not decided, its conditions are beyond what is searched", subject);
    if (axis == Axis::kUses) return fmt::format("{} {}", subject, UsesText(*shown));
    if (findings_.stricter && findings_.looser) {
      return fmt::format("{}: {} → {} for some requests, {} → {} for others", subject,
                         Side(axis, *findings_.stricter, true), Side(axis, *findings_.stricter, false),
                         Side(axis, *findings_.looser, true), Side(axis, *findings_.looser, false));
    }
    std::string text = axis == Axis::kManner ? fmt::format("{}: {}", subject, MannerText(*shown))
                                             : fmt::format("{}: {}", subject,
                                                           FromTo(Side(axis, *shown, true), Side(axis, *shown, false)));
    if (relation == Relation::kUndecided) text += ", and more that is not decided";
    return text;
  }

 private:
  std::string Side(Axis axis, const Shown& shown, bool before) const {
    if (axis != Axis::kCost) return before ? shown.before : shown.after;
    const abi::Decision& decision = before ? shown.old_decision : shown.new_decision;
    const std::string at = decision.endpoint == abi::kNoId ? "" : " at " + EndpointName(before_, shown.old_decision);
    return fmt::format("at most {}{}", verify::MoneyText(after_.plan->program(), decision.reserved_micros), at);
  }
  std::string UsesText(const Shown& shown) const {
    if (findings_.old_uses == findings_.new_uses) {
      return "prefers " + FromTo(EndpointName(before_, shown.old_decision), EndpointName(after_, shown.new_decision));
    }
    return fmt::format("may call {} → {}", SomeNames(findings_.old_uses), SomeNames(findings_.new_uses));
  }

  const StepSide& before_;
  const StepSide& after_;
  const AxisFindings& findings_;
};

}  // namespace

StepsComparison::StepsComparison(const plan::Plan& before, const plan::Plan& after, const std::vector<WorkMatch>& work)
    : before_(before), after_(after), work_(work), old_speller_(before), new_speller_(after) {}

StepsComparison::Pair StepsComparison::MakePair(const StepSide& before, const StepSide& after) const {
  Pair pair{before.workflow, after.workflow, before.step, after.step};
  const auto spell = [](const StepSide& side) {
    return side.speller->Step(side.program(), side.workflow, side.entry().floor_after_micros);
  };
  pair.same = spell(before) == spell(after);
  const Reads was = before.AllReads(), is = after.AllReads();
  pair.settings = !was.settings.empty() || !is.settings.empty();
  pair.personal = was.tenant || is.tenant || HasGuards(before.program()) || HasGuards(after.program());
  pair.remaining = was.remaining || is.remaining;
  return pair;
}

const std::vector<StepsComparison::Pair>& StepsComparison::PairsOf(ShapeId before, ShapeId after) {
  std::unique_ptr<std::vector<Pair>>& pairs = pairs_[{before, after}];
  if (pairs != nullptr) return *pairs;
  pairs = std::make_unique<std::vector<Pair>>();
  const abi::TenantRecord& was = before_.tables.tenant(before_.program().shapes[before.index()].representative);
  const abi::TenantRecord& is = after_.tables.tenant(after_.program().shapes[after.index()].representative);
  for (uint32_t w = 0; w < work_.size(); ++w) {
    if (!work_[w].before.valid() || !before_.tables.shape_workflow(was, work_[w].before).may_run ||
        !after_.tables.shape_workflow(is, WorkflowId(w)).may_run) {
      continue;
    }
    for (uint32_t s = 0; s < work_[w].steps.size(); ++s) {
      if (!work_[w].steps[s].valid()) continue;
      const Pair pair = MakePair({&before_, &old_speller_, &was, work_[w].before, work_[w].steps[s]},
                                 {&after_, &new_speller_, &is, WorkflowId(w), StepId(s)});
      if (!pair.same || pair.settings || pair.personal) pairs->push_back(pair);
    }
  }
  return *pairs;
}

void StepsComparison::Compare(TenantId before, TenantId after, std::vector<Difference>& out) {
  const abi::TenantRecord& was = before_.tables.tenant(before);
  const abi::TenantRecord& is = after_.tables.tenant(after);
  for (const Pair& pair : PairsOf(was.shape, is.shape)) {
    const StepSide old_side{&before_, &old_speller_, &was, pair.old_workflow, pair.old_step};
    const StepSide new_side{&after_, &new_speller_, &is, pair.new_workflow, pair.new_step};
    std::string settings, tenants;
    bool same = pair.same;
    if (pair.settings) {
      const std::string old_settings = SettingsText(old_side, old_side.AllReads());
      const std::string new_settings = SettingsText(new_side, new_side.AllReads());
      same = same && old_settings == new_settings;
      settings = old_settings + "\n" + new_settings;
    }
    if (pair.personal) {
      const std::string old_tenant = TenantTexts(old_side), new_tenant = TenantTexts(new_side);
      same = same && old_tenant == new_tenant;
      tenants = old_tenant + "\n" + new_tenant;
    }
    if (same) continue;
    const std::vector<Difference>& found = Find(pair, old_side, new_side, settings, tenants);
    out.insert(out.end(), found.begin(), found.end());
  }
}

const std::vector<Difference>& StepsComparison::Find(const Pair& pair, const StepSide& before, const StepSide& after,
                                                     const std::string& settings, const std::string& tenants) {
  std::string key = fmt::format("{} {} {} {} {}\n{}\n{}", static_cast<const void*>(&before.program()),
                                static_cast<const void*>(&after.program()), before.entry().floor_after_micros,
                                after.entry().floor_after_micros, AmountOrder(before, after), settings, tenants);
  if (pair.remaining) key += fmt::format("\n{}", after.record->budget_workflow_micros);
  std::unique_ptr<std::vector<Difference>>& found = found_[key];
  if (found == nullptr) found = std::make_unique<std::vector<Difference>>(Search(before, after));
  return *found;
}

std::vector<Difference> StepsComparison::Search(const StepSide& before, const StepSide& after) const {
  const StepFindings findings = SearchStep(before, after);
  std::vector<Difference> differences;
  for (size_t axis = 0; axis < kAxes; ++axis) {
    const AxisFindings& one = findings[axis];
    const Relation relation = one.seen.relation();
    if (relation == Relation::kEqual) continue;
    Difference difference;
    difference.kind = kKinds[axis];
    difference.text = Telling(before, after, one).Text(static_cast<Axis>(axis));
    difference.relation = relation;
    for (const std::optional<Shown>* shown : {&one.stricter, &one.looser, &one.different}) {
      if (shown->has_value()) difference.shown.push_back(**shown);
    }
    if (!difference.shown.empty()) {
      difference.before = ClauseOf(before, difference.shown.front().old_decision);
      difference.after = ClauseOf(after, difference.shown.front().new_decision);
    }
    differences.push_back(std::move(difference));
  }
  return differences;
}

}  // namespace bylaw::change

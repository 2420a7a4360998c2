// A situation told as a request: what does not matter is left out.
#include <fmt/format.h>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "compiler/change/situation.h"
#include "compiler/change/words.h"
#include "compiler/sema/legality.h"
#include "compiler/verify/words.h"

namespace bylaw::change {
namespace {

std::string InstantText(const sema::Program& program, TimeNs at) {
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(program.time_zone, &zone)) zone = absl::UTCTimeZone();
  const absl::CivilMinute minute = absl::ToCivilMinute(absl::FromUnixNanos(at), zone);
  const std::string date = FormatDate(sema::DateAt(program, at));
  if (minute.hour() == 0 && minute.minute() == 0) return "on " + date;
  return fmt::format("on {} at {:02}:{:02}", date, minute.hour(), minute.minute());
}

std::string VariableName(const Variable& variable) {
  switch (variable.kind) {
    case Variable::Kind::kSlot:
      return (variable.name.find('.') == std::string::npos ? "request." : "steps.") + variable.name;
    case Variable::Kind::kAttempt:
      return "step.attempt";
    case Variable::Kind::kSpent:
      return "workflow.spent";
    case Variable::Kind::kAge:
      return "workflow.age";
  }
  return variable.name;
}

}  // namespace

Shown Situations::Show(Situation situation, const Still& still) {
  Point point = *situation.point;
  situation.point = &point;
  filled_ = nullptr;
  const Answers first = Ask(situation);
  const auto holds = [&](const Situation& changed) {
    filled_ = nullptr;
    return still(first, Ask(changed));
  };
  const auto attempt = [&](auto change) {
    Situation changed = situation;
    change(changed);
    if (holds(changed)) situation = changed;
  };
  attempt([](Situation& s) { s.up = ~uint64_t{0}; });
  for (size_t i = 0; i < servers_.size(); ++i) attempt([&](Situation& s) { s.up |= uint64_t{1} << i; });
  attempt([](Situation& s) { s.approved = false; });
  attempt([&](Situation& s) { s.at = instants_.front(); });
  attempt([&](Situation& s) { s.remaining = remaining_.front(); });
  for (size_t v = 0; v < point.size(); ++v) {
    if (grid_.variables()[v].kind != Variable::Kind::kSlot) continue;
    const uint8_t value = point[v];
    point[v] = static_cast<uint8_t>(grid_.variables()[v].values.size());
    if (!holds(situation)) point[v] = value;
  }

  filled_ = nullptr;
  const Answers last = Ask(situation);
  Shown shown;
  shown.request.tenant = after_.plan->tables.tenant_names[after_.record->tenant.index()];
  shown.request.workflow = after_.program().workflow_name;
  shown.request.step = after_.program().step_name;
  shown.request.at = situation.at;
  shown.request.remaining_micros = situation.remaining;
  shown.request.budget_micros = after_.record->budget_workflow_micros;
  shown.request.attempt = attempt_;
  shown.request.spent_micros = spent_;
  shown.request.age_ns = age_;
  shown.request.approved = situation.approved;
  for (size_t i = 0; i < servers_.size(); ++i) {
    if ((situation.up >> i & 1) == 0) shown.request.down.push_back(servers_[i].name);
  }
  for (size_t v = 0; v < point.size(); ++v) {
    const Variable& variable = grid_.variables()[v];
    if (variable.kind != Variable::Kind::kSlot || IsAbsent(point, v)) continue;
    const abi::SlotValue& value = variable.values[point[v]];
    Input& input = shown.request.inputs.emplace_back(Input{variable.name, variable.type, value, {}, {}});
    if (variable.type == abi::SlotType::kText) input.text.assign(value.text->data, value.text->size);
    for (uint64_t i = 0; variable.type == abi::SlotType::kTextList && i < value.list->size; ++i) {
      input.items.emplace_back(value.list->items[i].data, value.list->items[i].size);
    }
  }
  shown.words = WordsOf(situation, still, first);
  shown.old_decision = last.first;
  shown.new_decision = last.second;
  shown.before = DecisionText(before_.plan->tables, last.first);
  shown.after = DecisionText(after_.plan->tables, last.second);
  filled_ = nullptr;
  return shown;
}

std::string Situations::WordsOf(const Situation& situation, const Still& still, const Answers& first) {
  const sema::Program& program = after_.plan->program();
  std::vector<std::string> parts;
  Point point = *situation.point;
  Situation changed = situation;
  changed.point = &point;
  for (size_t v = 0; v < point.size(); ++v) {
    const Variable& variable = grid_.variables()[v];
    const uint8_t stands = point[v];
    bool matters = false;
    for (point[v] = 0; point[v] < variable.values.size() && !matters; ++point[v]) {
      filled_ = nullptr;
      matters = !still(first, Ask(changed));
    }
    point[v] = stands;
    if (!matters) continue;
    if (IsAbsent(point, v)) {
      parts.push_back(fmt::format("{} has no value", VariableName(variable)));
    } else {
      parts.push_back(
          fmt::format("{} is {}", VariableName(variable), SlotText(program, variable.type, variable.values[stands])));
    }
  }
  std::vector<std::string> down;
  for (size_t i = 0; i < servers_.size(); ++i) {
    if ((situation.up >> i & 1) == 0) down.push_back(servers_[i].name);
  }
  if (!down.empty()) parts.push_back(fmt::format("{} {} down", verify::JoinAnd(down), down.size() == 1 ? "is" : "are"));
  if (situation.remaining != remaining_.front()) {
    parts.push_back(fmt::format("{} is left", verify::MoneyText(program, situation.remaining)));
  }
  if (situation.approved) parts.emplace_back("the reviewers have approved");
  std::string words = parts.empty() ? "" : "when " + verify::JoinAnd(parts);
  if (situation.at != instants_.front()) {
    words += (words.empty() ? "" : ", ") + InstantText(program, situation.at);
  }
  return words;
}

}  // namespace bylaw::change

#include "tools/bylaw/plan_json.h"

#include <array>
#include <vector>

#include <nlohmann/json.hpp>

#include "compiler/change/change.h"
#include "compiler/change/reload.h"
#include "compiler/change/words.h"

namespace bylaw::cli {
namespace {

using nlohmann::json;

json ClauseJson(const plan::Plan& plan, ClauseId clause) {
  if (!clause.valid()) return nullptr;
  const abi::ClauseInfo info = plan.tables.clauses[clause.index()];
  return {{"file", info.file}, {"line", info.line}, {"sentence", info.sentence}};
}

json AmountJson(int64_t micros) { return micros == abi::kUnlimitedMicros ? json(nullptr) : json(micros); }

json ShownJson(const sema::Program& program, const change::Shown& shown) {
  json inputs = json::object();
  for (const change::Input& input : shown.request.inputs) {
    if (input.type == abi::SlotType::kTextList) {
      inputs[input.name] = input.items;
    } else {
      inputs[input.name] =
          input.type == abi::SlotType::kText ? input.text : change::SlotText(program, input.type, input.value);
    }
  }
  return {{"tenant", shown.request.tenant},
          {"workflow", shown.request.workflow},
          {"step", shown.request.step},
          {"at_unix_ns", shown.request.at},
          {"inputs", std::move(inputs)},
          {"down", shown.request.down},
          {"remaining_micros", AmountJson(shown.request.remaining_micros)},
          {"budget_micros", AmountJson(shown.request.budget_micros)},
          {"attempt", shown.request.attempt},
          {"approved", shown.request.approved},
          {"when", shown.words},
          {"before", shown.before},
          {"after", shown.after}};
}

json ChangesJson(const PlanHeading& heading, const driver::Comparison& comparison) {
  const sema::Program& program = comparison.after->program();
  json rows = json::array();
  for (const change::Change& change : comparison.report.changes) {
    json tenants = json::array();
    for (const TenantId tenant : change.tenants) tenants.push_back(program.tenants[tenant.index()].name);
    json shown = json::array();
    for (const change::Shown& one : change.difference.shown) shown.push_back(ShownJson(program, one));
    rows.push_back({{"kind", change.difference.kind},
                    {"relation", change::RelationName(change.difference.relation)},
                    {"text", change.difference.text},
                    {"tenants", std::move(tenants)},
                    {"before", ClauseJson(*comparison.before, change.difference.before)},
                    {"after", ClauseJson(*comparison.after, change.difference.after)},
                    {"shown", std::move(shown)}});
    const std::string& demonstration = heading.demonstrations[rows.size() - 1];
    if (!demonstration.empty()) rows.back()["demonstration"] = demonstration;
  }
  return rows;
}

json ExceptionsJson(const driver::Comparison& comparison) {
  constexpr std::array<const char*, 3> kChanges = {"added", "removed", "changed"};
  json rows = json::array();
  for (const change::ExceptionChange& exception : comparison.report.exceptions) {
    rows.push_back({{"change", kChanges[static_cast<size_t>(exception.kind)]},
                    {"name", exception.name},
                    {"tenant", exception.tenant},
                    {"terms", exception.terms},
                    {"relation", change::RelationName(exception.relation)},
                    {"from", FormatDate(exception.from)},
                    {"until", FormatDate(exception.until)},
                    {"because", exception.because},
                    {"ticket", exception.ticket},
                    {"approved_by", exception.approved_by},
                    {"approved_on", exception.approved_on ? json(FormatDate(*exception.approved_on)) : json(nullptr)},
                    {"where", exception.where}});
  }
  return rows;
}

json InFlightJson(const driver::Comparison& comparison) {
  const sema::Program& program = comparison.before->program();
  json rows = json::array();
  for (const change::InFlight& line : change::TellReload(*comparison.before, comparison.reload)) {
    const sema::Workflow& workflow = program.workflows[line.workflow.index()];
    json tenants = json::array();
    for (const TenantId tenant : line.tenants) tenants.push_back(program.tenants[tenant.index()].name);
    rows.push_back({{"workflow", workflow.name},
                    {"tenants", std::move(tenants)},
                    {"drain", line.drains},
                    {"until_step", line.until.valid() ? json(workflow.steps[line.until.index()].name) : json(nullptr)},
                    {"why", line.why},
                    {"left_min_micros", line.drains ? json(nullptr) : json(line.left_min_micros)}});
  }
  return rows;
}

}  // namespace

std::string PlanJson(const PlanHeading& heading, const driver::Comparison& comparison) {
  const change::ChangeReport& report = comparison.report;
  const sema::Program& program = comparison.after->program();
  std::array<size_t, 5> counts{};
  json relations = json::object();
  for (size_t i = 0; i < report.relations.size(); ++i) {
    if (!report.before[i].valid()) continue;
    ++counts[static_cast<size_t>(report.relations[i])];
    if (report.relations[i] != change::Relation::kEqual) {
      relations[program.tenants[i].name] = change::RelationName(report.relations[i]);
    }
  }
  json summary{{"added", report.added.size()}, {"removed", report.removed.size()}};
  for (size_t i = 0; i < counts.size(); ++i) {
    summary[std::string(change::RelationName(static_cast<change::Relation>(i)))] = counts[i];
  }
  const json document{{"format", 1},
                      {"before", heading.before},
                      {"after", heading.after},
                      {"as_of", FormatDate(heading.as_of)},
                      {"verified", heading.errors == 0},
                      {"summary", std::move(summary)},
                      {"changes", ChangesJson(heading, comparison)},
                      {"tenants", std::move(relations)},
                      {"added", report.added},
                      {"removed", report.removed},
                      {"exceptions", ExceptionsJson(comparison)},
                      {"in_flight", InFlightJson(comparison)}};
  return document.dump(2) + "\n";
}

}  // namespace bylaw::cli

#include "compiler/sema/import_column.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "compiler/sema/contracts.h"

namespace bylaw::sema {
namespace {

constexpr std::array<std::pair<std::string_view, ColumnKind>, 11> kColumns = {{
    {"tenant", ColumnKind::kTenant},
    {"org", ColumnKind::kOrg},
    {"class", ColumnKind::kClass},
    {"state", ColumnKind::kState},
    {"calls", ColumnKind::kCalls},
    {"data", ColumnKind::kData},
    {"regulations", ColumnKind::kRegulations},
    {"reviewers", ColumnKind::kReviewers},
    {"workflows_at_once", ColumnKind::kAtOnce},
    {"budget_per_workflow", ColumnKind::kBudgetWorkflow},
    {"budget_per_month", ColumnKind::kBudgetMonth},
}};

}  // namespace

Column ColumnOf(Context& context, const CsvCell& cell, Span span) {
  Column column;
  column.title = cell.text;
  for (const auto& [name, kind] : kColumns) {
    if (cell.text == name) column.kind = kind;
  }
  const auto subject = [&](std::string_view prefix) {
    return syntax::Name{std::string(cell.text.substr(prefix.size())), span};
  };
  if (cell.text.starts_with("route.")) {
    column.subject = subject("route.");
    if (context.resources.Find(column.subject.text).valid()) {
      column.kind = ColumnKind::kRoute;
    } else {
      context.Unknown("model or tool", column.subject, ServedNames(context, true, true));
    }
  } else if (cell.text.starts_with("set.")) {
    column.subject = subject("set.");
    const SettingId setting = context.settings.Find(column.subject.text);
    if (setting.valid()) {
      column.kind = ColumnKind::kSet;
      column.text_value = context.program.settings[setting.index()].type.kind == syntax::TypeExpr::Kind::kText;
    } else {
      context.Unknown("setting", column.subject, context.settings.names());
    }
  } else if (column.kind == ColumnKind::kUnknown) {
    std::vector<std::string_view> names;
    for (const auto& known : kColumns) names.push_back(known.first);
    diag::Diagnostic& diagnostic = context.Report(
        Kind::kImportRow, span, fmt::format("no column is named {}", cell.text.empty() ? "(nothing)" : cell.text));
    const std::string nearest = diag::NearestName(cell.text, names);
    diagnostic.help.push_back(nearest.empty()
                                  ? fmt::format("the columns are {}, route.MODEL and set.NAME", fmt::join(names, ", "))
                                  : fmt::format("did you mean `{}`?", nearest));
  }
  return column;
}

}  // namespace bylaw::sema

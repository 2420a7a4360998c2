#include "tools/bylaw/shared_terms.h"

#include <fmt/format.h>

#include "compiler/sema/shapes.h"

namespace bylaw::cli {
namespace {

using sema::Maybe;
using sema::Terms;

// Whose sentence it is; '-' where nobody says anything.
template <typename T>
char StatedBy(const sema::Program& program, const Maybe<T>& term) {
  if (!term) return '-';
  return static_cast<char>('0' + static_cast<int>(program.clauses[term->clause.index()].level));
}

std::string Calendar(const Maybe<CalendarDuration>& term) { return term ? FormatCalendarDuration(term->value) : "-"; }

}  // namespace

std::string SharedTerms(const sema::Program& program, TenantId tenant) {
  const sema::Tenant& row = program.tenants[tenant.index()];
  const Terms& terms = program.effective[row.effective];
  std::string text = fmt::format("{} {} {} ", row.tier.value(), row.klass.value(), row.org.value());
  for (const char by :
       {StatedBy(program, terms.at_once), StatedBy(program, terms.burst), StatedBy(program, terms.waiting),
        StatedBy(program, terms.budget_workflow), StatedBy(program, terms.budget_month)}) {
    text += by;
  }
  text += fmt::format(" {} {} {}", terms.weight ? terms.weight->value : 0, terms.min_slots ? terms.min_slots->value : 0,
                      terms.suspended_max_ns ? terms.suspended_max_ns->value : -1);
  for (const Maybe<int64_t>& share : terms.lane_share_ppm) text += fmt::format(" {}", share ? share->value : -1);
  if (terms.sla) text += fmt::format(" sla {} {}", terms.sla->value.share_ppm, terms.sla->value.within_ns);
  text += " " + Calendar(terms.delete_within);
  for (const Maybe<CalendarDuration>& keep : terms.keep_at_least) text += " " + Calendar(keep);
  for (const sema::Rate& rate : terms.rates) text += fmt::format(" rate {} {}", rate.spec.amount, rate.spec.burst);
  for (const sema::Expects& expects : terms.expects) {
    text += fmt::format(" expects {} {} {} {}", expects.workflow.value(), static_cast<int>(expects.per), expects.runs,
                        expects.peak);
  }
  for (const auto& [setting, stated] : terms.settings) text += fmt::format(" set {}", setting.value());
  return text + sema::ShapeKey(terms);
}

}  // namespace bylaw::cli

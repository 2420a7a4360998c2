// A change as a person reads it: who, what, in which direction, and the request that shows it.

#include "tools/bylaw/plan_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "compiler/change/change.h"
#include "compiler/change/reload.h"
#include "compiler/verify/words.h"
#include "tools/bylaw/plan_json.h"

namespace bylaw::cli {
namespace {

using change::Change;
using change::ExceptionChange;
using change::Relation;

// More changes than these are counted, not told: JSON has them all.
constexpr size_t kChangesMax = 60;
constexpr size_t kNamesMax = 6;

std::string Counted(size_t n, std::string_view noun) { return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s"); }

class PlanText {
 public:
  PlanText(const Options& options, const PlanHeading& heading, const driver::Comparison& comparison)
      : options_(options),
        heading_(heading),
        comparison_(comparison),
        report_(comparison.report),
        program_(comparison.after->program()) {}

  std::string Render() {
    if (!options_.quiet)
      text_ += fmt::format("{} → {}, as of {}\n\n", heading_.before, heading_.after, FormatDate(heading_.as_of));
    Changes();
    Exceptions();
    Tenants("new", report_.added);
    Tenants("gone", report_.removed);
    InFlight();
    Summary();
    return std::move(text_);
  }

 private:
  std::string Word(Relation relation) const {
    const std::string_view color =
        relation == Relation::kStricter ? "32" : (relation == Relation::kLooser ? "33" : "35");
    return Paint(options_, color, change::RelationName(relation));
  }

  std::string Who(const std::vector<TenantId>& tenants) const {
    if (tenants.empty()) return "the platform";
    if (tenants.size() > 3) {
      if (tenants.size() == program_.tenant_count()) return fmt::format("all {} tenants", tenants.size());
      return verify::TenantsText(program_, tenants);
    }
    std::vector<std::string> names;
    for (const TenantId tenant : tenants) names.push_back(verify::TenantName(program_, tenant));
    return verify::JoinAnd(names);
  }

  static std::string Where(const plan::Plan& plan, ClauseId clause) {
    if (!clause.valid()) return "";
    const abi::ClauseInfo info = plan.tables.clauses[clause.index()];
    return info.file.empty() ? "" : fmt::format("{}:{}", info.file, info.line);
  }
  std::string WhereOf(const change::Difference& difference) const {
    if (std::string now = Where(*comparison_.after, difference.after); !now.empty()) return now;
    const std::string was = Where(*comparison_.before, difference.before);
    return was.empty() ? "" : "was " + was;
  }

  void Changes() {
    size_t told = 0;
    const std::vector<TenantId>* heading = nullptr;
    for (const Change& change : report_.changes) {
      if (++told > kChangesMax) break;
      if (heading == nullptr || *heading != change.tenants) {
        text_ += Paint(options_, "1", Who(change.tenants)) + "\n";
        heading = &change.tenants;
      }
      const change::Difference& difference = change.difference;
      const std::string where = WhereOf(difference);
      text_ +=
          fmt::format("  {}{}{}\n", difference.text,
                      difference.relation == Relation::kEqual ? "" : fmt::format(" ({})", Word(difference.relation)),
                      where.empty() ? "" : Paint(options_, "34", "  " + where));
      for (const change::Shown& shown : difference.shown) Show(difference, shown);
      const std::string& demonstration = heading_.demonstrations[told - 1];
      if (!demonstration.empty()) {
        text_ += fmt::format("    for {}, {}\n", verify::TenantName(program_, change.tenants.front()), demonstration);
      }
    }
    if (told > kChangesMax) {
      text_ += fmt::format("… and {} more changes; --format json has them all\n", report_.changes.size() - kChangesMax);
    }
    if (!report_.changes.empty()) text_ += "\n";
  }

  // What the text says already is not said again.
  void Show(const change::Difference& difference, const change::Shown& shown) {
    std::string line = "    for " + shown.request.tenant;
    if (!shown.words.empty()) line += ", " + shown.words;
    const bool said = difference.kind == "step" && difference.shown.size() == 1;
    if (!said) line += fmt::format(": {} → {}", shown.before, shown.after);
    text_ += line + "\n";
  }

  void Exceptions() {
    if (report_.exceptions.empty()) return;
    text_ += Paint(options_, "1", "exceptions") + "\n";
    for (const ExceptionChange& exception : report_.exceptions) {
      constexpr std::array<std::string_view, 3> kVerbs = {"new", "gone", "changed"};
      text_ += fmt::format("  {} {} for {}: {} ({} while it lasts), from {} until {}{}\n",
                           kVerbs[static_cast<size_t>(exception.kind)], exception.name, exception.tenant,
                           exception.terms, Word(exception.relation), FormatDate(exception.from),
                           FormatDate(exception.until), Paint(options_, "34", "  " + exception.where));
      text_ +=
          fmt::format("    because \"{}\"{}, approved by {}{}\n", exception.because,
                      exception.ticket.empty() ? "" : fmt::format(", ticket {}", exception.ticket),
                      exception.approved_by, exception.approved_on ? " on " + FormatDate(*exception.approved_on) : "");
    }
    text_ += "\n";
  }

  void Tenants(std::string_view what, const std::vector<std::string>& names) {
    if (names.empty()) return;
    std::vector<std::string> some(names.begin(),
                                  names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kNamesMax)));
    if (names.size() > kNamesMax) some.push_back(fmt::format("{} more", names.size() - kNamesMax));
    text_ += fmt::format("{} {}: {}\n\n", Paint(options_, "1", Counted(names.size(), "tenant")), what,
                         verify::JoinAnd(some));
  }

  void InFlight() {
    const std::vector<change::InFlight> lines = change::TellReload(*comparison_.before, comparison_.reload);
    if (lines.empty()) return;
    const sema::Program& old_program = comparison_.before->program();
    text_ += Paint(options_, "1", "runs in flight") + "\n";
    for (const change::InFlight& line : lines) {
      const sema::Workflow& workflow = old_program.workflows[line.workflow.index()];
      const std::string until =
          line.until.valid() ? fmt::format(" that have not done step {}", workflow.steps[line.until.index()].name)
                             : std::string();
      const std::string whose =
          fmt::format("runs of {} of {}{}", workflow.name, verify::TenantsText(old_program, line.tenants), until);
      if (line.drains) {
        text_ += fmt::format("  drain {} before the reload: {}\n", whose, line.why);
      } else {
        text_ += fmt::format("  {} go on under the new policy if {} is left: {}\n", whose,
                             verify::MoneyText(program_, line.left_min_micros), line.why);
      }
    }
    text_ += "\n";
  }

  void Summary() {
    std::array<size_t, 5> counts{};
    for (size_t i = 0; i < report_.relations.size(); ++i) {
      if (report_.before[i].valid()) ++counts[static_cast<size_t>(report_.relations[i])];
    }
    std::vector<std::string> parts;
    for (const Relation relation :
         {Relation::kStricter, Relation::kLooser, Relation::kIncomparable, Relation::kUndecided}) {
      const size_t count = counts[static_cast<size_t>(relation)];
      if (count > 0) parts.push_back(fmt::format("{} {}", count, Word(relation)));
    }
    text_ += fmt::format("{}: {}{}{} proved unchanged\n", Counted(program_.tenant_count(), "tenant"),
                         verify::JoinComma(parts), parts.empty() ? "" : ", ", report_.unchanged);
    const bool all = change::TellReload(*comparison_.before, comparison_.reload).empty();
    if (all) text_ += "every run in flight can finish under the policy it was admitted with\n";
    if (heading_.errors > 0) {
      text_ += fmt::format("the new policy does not verify ({}): it cannot be published; `bylaw verify {}` says why\n",
                           Counted(heading_.errors, "error"), heading_.after);
    }
  }

  const Options& options_;
  const PlanHeading& heading_;
  const driver::Comparison& comparison_;
  const change::ChangeReport& report_;
  const sema::Program& program_;
  std::string text_;
};

}  // namespace

std::string RenderPlan(const Options& options, Format format, const PlanHeading& heading,
                       const driver::Comparison& comparison) {
  if (format == Format::kJson) return PlanJson(heading, comparison);
  return PlanText(options, heading, comparison).Render();
}

}  // namespace bylaw::cli

// `bylaw show tenant X`: every effective term and the sentence it comes from.

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "compiler/change/words.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/diag/render.h"
#include "compiler/driver/compile.h"
#include "compiler/sema/legality.h"
#include "compiler/sema/program.h"
#include "compiler/sema/volume.h"
#include "tools/bylaw/commands.h"

namespace bylaw::cli {
namespace {

using sema::Program;
using sema::Terms;

struct Row {
  std::string term, value;
  ClauseId clause;
};

constexpr std::string_view kDataNames[] = {"state", "checkpoints", "audit", "queues"};
constexpr std::string_view kLaneNames[] = {"urgent", "normal", "background"};

// Collects the rows of one tenant; the program outlives it.
class TermTable {
 public:
  TermTable(const Program& program, const sema::Tenant& tenant)
      : program_(program), tenant_(tenant), terms_(program.effective[tenant.effective]) {}

  std::vector<Row> Rows() {
    Identity();
    Numbers();
    Choices();
    Places();
    return std::move(rows_);
  }

 private:
  void Add(std::string term, std::string value, ClauseId clause) {
    rows_.push_back({std::move(term), std::move(value), clause});
  }
  std::string Usd(int64_t micros) const { return FormatMoney({micros, program_.currency}); }
  template <typename IdType, typename Table>
  std::string Names(const std::vector<IdType>& ids, const Table& table) const {
    std::string text;
    for (const IdType id : ids) text += (text.empty() ? "" : ", ") + table[id.index()].name;
    return text.empty() ? "none" : text;
  }

  void Identity() {
    Add("tier", program_.tiers[tenant_.tier.index()].name, tenant_.clause);
    if (tenant_.klass.valid()) Add("class", program_.classes[tenant_.klass.index()].name, tenant_.clause);
    if (tenant_.org.valid()) Add("org", program_.orgs[tenant_.org.index()].name, tenant_.clause);
    for (const auto& regulation : terms_.regulations) {
      Add("subject to", program_.regulations[regulation.value].name, regulation.clause);
    }
  }

  void Numbers() {
    if (terms_.weight) Add("weight", std::to_string(terms_.weight->value), terms_.weight->clause);
    if (terms_.at_once) Add("workflows at once", std::to_string(terms_.at_once->value), terms_.at_once->clause);
    if (terms_.burst) {
      Add("bursting to",
          fmt::format("{} for {}", terms_.burst->value.to, FormatDuration(terms_.burst->value.within_ns)),
          terms_.burst->clause);
    }
    if (terms_.min_slots) Add("slots at least", std::to_string(terms_.min_slots->value), terms_.min_slots->clause);
    if (terms_.waiting) Add("workflows waiting", std::to_string(terms_.waiting->value), terms_.waiting->clause);
    if (terms_.budget_workflow) {
      Add("budget per workflow", Usd(terms_.budget_workflow->value), terms_.budget_workflow->clause);
    }
    if (terms_.budget_month) Add("budget per month", Usd(terms_.budget_month->value), terms_.budget_month->clause);
    for (const sema::Rate& rate : terms_.rates) AddRate(rate);
    for (size_t lane = 0; lane < terms_.lane_share_ppm.size(); ++lane) {
      if (const auto& share = terms_.lane_share_ppm[lane]) {
        Add(fmt::format("lane {}", kLaneNames[lane]), fmt::format("at most {:g}%", share->value / 1e4), share->clause);
      }
    }
    if (terms_.sla) {
      Add("sla",
          fmt::format("{:g}% within {}", terms_.sla->value.share_ppm / 1e4,
                      FormatDuration(terms_.sla->value.within_ns)),
          terms_.sla->clause);
    }
    for (const sema::Expects& expects : terms_.expects) {
      Add("expects", sema::VolumeText(program_, expects), expects.clause);
    }
    if (terms_.delete_within) {
      Add("delete data within", FormatCalendarDuration(terms_.delete_within->value), terms_.delete_within->clause);
    }
    for (size_t data = 0; data < terms_.keep_at_least.size(); ++data) {
      if (const auto& keep = terms_.keep_at_least[data]) {
        Add(fmt::format("keep {}", kDataNames[data]), "at least " + FormatCalendarDuration(keep->value), keep->clause);
      }
    }
    for (const auto& [setting, value] : terms_.settings) {
      Add(fmt::format("setting {}", program_.settings[setting.index()].name), SettingText(setting, value.value),
          value.clause);
    }
  }

  std::string SettingText(SettingId setting, abi::SlotValue value) const {
    return change::SlotText(program_, program_.settings[setting.index()].info.type, value);
  }

  void AddRate(const sema::Rate& rate) {
    constexpr std::string_view kUnits[] = {"second", "minute", "hour", "day", "month"};
    const std::string_view unit = kUnits[static_cast<size_t>(rate.per)];
    std::string text = fmt::format("at most {} per ", rate.spec.amount);
    switch (rate.spec.window) {
      case abi::RateWindow::kAnchored:
        text += fmt::format("{}, from the first one", unit);
        break;
      case abi::RateWindow::kRolling:
        text += fmt::format("rolling {}", unit);
        break;
      case abi::RateWindow::kCalendar:
        text += fmt::format("calendar {}", unit);
        break;
      case abi::RateWindow::kEvenly:
        text += fmt::format("{}, evenly", unit);
        break;
    }
    Add(fmt::format("{} to {}", rate.spec.tokens ? "tokens" : "calls",
                    program_.resources[rate.spec.resource.index()].name),
        std::move(text), rate.clause);
  }

  void Choices() {
    for (const sema::ModelChoice& choice : terms_.models) {
      Add(choice.step.empty() ? "model" : fmt::format("model for step {}", choice.step),
          program_.resources[choice.model.index()].name, choice.clause);
    }
    if (terms_.may_use_models) {
      Add("may use models", Names(terms_.may_use_models->value, program_.resources), terms_.may_use_models->clause);
    }
    if (terms_.may_use_tools) {
      Add("may use tools", Names(terms_.may_use_tools->value, program_.resources), terms_.may_use_tools->clause);
    }
    for (const auto& [resource, clause] : terms_.must_not_use) {
      Add("must not use", program_.resources[resource.index()].name, clause);
    }
    if (terms_.may_run) Add("may run", Names(terms_.may_run->value, program_.workflows), terms_.may_run->clause);
    for (const sema::Route& route : terms_.routes) {
      std::string text;
      for (const EndpointId endpoint : route.endpoints) {
        text += (text.empty() ? "" : " then ") + program_.endpoints[endpoint.index()].name;
      }
      if (route.else_suspend) text += " else suspend";
      Add(fmt::format("route {}", program_.resources[route.resource.index()].name), text, route.clause);
    }
    if (terms_.ladder) Add("ladder", program_.ladders[terms_.ladder->value.index()].name, terms_.ladder->clause);
    for (const sema::StoreChoice& store : terms_.stores) {
      Add(fmt::format("store for {}", kDataNames[static_cast<size_t>(store.data)]),
          program_.stores[store.store.index()].name, store.clause);
    }
    if (terms_.pool) Add("pool", program_.pools[terms_.pool->value.index()].name, terms_.pool->clause);
    if (terms_.reviewers) {
      Add("reviewers", Names(terms_.reviewers->value, program_.reviewers), terms_.reviewers->clause);
    }
    if (terms_.prefer_fastest) {
      Add("prefer", terms_.prefer_fastest->value ? "fastest" : "cheapest", terms_.prefer_fastest->clause);
    }
  }

  void Places() {
    constexpr std::string_view kSubjects[] = {"state stays in", "calls go only to", "reviewers based in"};
    for (const sema::PlaceConstraint& constraint : terms_.places) {
      Add(std::string(kSubjects[static_cast<size_t>(constraint.subject)]), constraint.places.text, constraint.clause);
    }
  }

  const Program& program_;
  const sema::Tenant& tenant_;
  const Terms& terms_;
  std::vector<Row> rows_;
};

// What differs from the tenant's own terms while exceptions are in force.
struct Exceptional {
  const sema::Tenant* phase;
  std::vector<Row> rows;
};

std::vector<Exceptional> ExceptionalTerms(const Program& program, TenantId tenant, const std::vector<Row>& own) {
  std::vector<Exceptional> all;
  for (size_t i = program.tenant_count(); i < program.tenants.size(); ++i) {
    const sema::Tenant& phase = program.tenants[i];
    if (phase.phase_of != tenant || phase.until_ns <= program.activation_ns) continue;
    std::vector<Row> rows = TermTable(program, phase).Rows();
    std::erase_if(rows, [&](const Row& row) {
      return std::any_of(own.begin(), own.end(),
                         [&](const Row& other) { return row.term == other.term && row.value == other.value; });
    });
    all.push_back({&phase, std::move(rows)});
  }
  return all;
}

std::string DayText(const Program& program, TimeNs at) { return FormatDate(sema::DateAt(program, at)); }

nlohmann::json TermsJson(const Program& program, const std::vector<Row>& rows) {
  nlohmann::json terms = nlohmann::json::array();
  for (const Row& row : rows) {
    terms.push_back({{"term", row.term}, {"value", row.value}, {"from", program.Where(row.clause)}});
  }
  return terms;
}

std::string RenderJson(const Program& program, const sema::Tenant& tenant, const std::vector<Row>& rows,
                       const std::vector<Exceptional>& exceptions) {
  nlohmann::json report{{"format", 1}, {"tenant", tenant.name}, {"terms", TermsJson(program, rows)}};
  report["exceptions"] = nlohmann::json::array();
  for (const Exceptional& exception : exceptions) {
    report["exceptions"].push_back({{"from", DayText(program, exception.phase->from_ns)},
                                    {"until", DayText(program, exception.phase->until_ns - 1)},
                                    {"terms", TermsJson(program, exception.rows)}});
  }
  return report.dump(2) + "\n";
}

std::string RenderText(const Options& options, const Program& program, const sema::Tenant& tenant,
                       const std::vector<Row>& rows, const std::vector<Exceptional>& exceptions) {
  size_t term_width = 0, value_width = 0;
  for (const Row& row : rows) {
    term_width = std::max(term_width, row.term.size());
    value_width = std::max(value_width, std::min<size_t>(row.value.size(), 48));
  }
  std::string text =
      fmt::format("{} ({})\n", Paint(options, "1", "tenant " + tenant.name), program.Where(tenant.clause));
  const auto add = [&](const Row& row) {
    const std::string where = row.clause.valid() ? fmt::format("{} ({})", program.Where(row.clause),
                                                               program.clauses[row.clause.index()].owner)
                                                 : "by default";
    text += fmt::format("  {:<{}}  {:<{}}  {}\n", row.term, term_width, row.value, value_width,
                        Paint(options, "34", where));
  };
  for (const Row& row : rows) add(row);
  for (const Exceptional& exception : exceptions) {
    text += fmt::format("from {} until {}{}:\n", DayText(program, exception.phase->from_ns),
                        DayText(program, exception.phase->until_ns - 1),
                        exception.phase->from_ns <= program.activation_ns ? ", in force now" : "");
    for (const Row& row : exception.rows) add(row);
  }
  return text;
}

}  // namespace

int RunShow(const Options& options, const ShowFlags& flags) {
  const auto compile = ToCompileOptions(options, flags.paths);
  if (!compile) return kUsage;
  absl::StatusOr<driver::Compilation> compilation = driver::Check(*compile);
  if (!compilation.ok()) return Fail(std::string(compilation.status().message()));
  if (compilation->sink.has_errors()) {
    for (const diag::Diagnostic& d : compilation->sink.diagnostics()) {
      std::fputs(diag::RenderText(*compilation->sources, d, {}).c_str(), stderr);
    }
    return kViolation;
  }
  const Program& program = *compilation->program;
  std::vector<std::string_view> names;
  for (uint32_t i = 0; i < program.tenant_count(); ++i) {
    const sema::Tenant& tenant = program.tenants[i];
    names.push_back(tenant.name);
    if (tenant.name != flags.tenant) continue;
    const std::vector<Row> rows = TermTable(program, tenant).Rows();
    const std::vector<Exceptional> exceptions = ExceptionalTerms(program, TenantId(i), rows);
    const auto render = [&](const Options& how, Format format) {
      return format == Format::kJson ? RenderJson(program, tenant, rows, exceptions)
                                     : RenderText(how, program, tenant, rows, exceptions);
    };
    return Emit(options, render, kClean);
  }
  const std::string nearest = diag::NearestName(flags.tenant, names);
  return Fail(fmt::format("there is no tenant {}{}", flags.tenant,
                          nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
}

}  // namespace bylaw::cli

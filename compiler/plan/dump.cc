#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "base/check.h"
#include "base/money.h"
#include "compiler/plan/plan.h"

namespace bylaw::plan {
namespace {

class Dumper {
 public:
  explicit Dumper(const Plan& plan) : plan_(plan), tables_(plan.tables) {}

  std::string Run() {
    Line("plan: {} tenants, {} shapes, {} step programs{}", tables_.tenants.size(), tables_.shapes.size(),
         plan_.programs.size(), tables_.replay_only ? ", for replay only" : "");
    for (size_t i = 0; i < tables_.shapes.size(); ++i) Shape(i);
    for (size_t i = 0; i < plan_.programs.size(); ++i) Program(i, *plan_.programs[i]);
    return std::move(text_);
  }

 private:
  template <typename... Args>
  void Line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }

  std::string Micros(int64_t micros) const { return FormatMoney({micros, tables_.currency}); }
  static std::string Number(const char* what, bool valid, uint32_t value) {
    return valid ? fmt::format("{} {}", what, value) : fmt::format("no {}", what);
  }
  template <typename Rows, typename IdType>
  static std::string NameAt(const Rows& rows, IdType id) {
    return id.valid() ? rows[id.index()].name : "none";
  }
  // A tenant's own term is shown as its position: the sentence differs from tenant to tenant.
  std::string Clause(abi::ClauseRef clause) const {
    if (clause == abi::kNoClause) return "";
    if ((clause & abi::kTenantTerm) != 0) return fmt::format("  @term {}", clause & ~abi::kTenantTerm);
    return "  @" + tables_.ClauseText(ClauseId(clause));
  }

  size_t IndexOf(const void* program) const {
    const auto at = std::find_if(plan_.programs.begin(), plan_.programs.end(),
                                 [&](const auto& kept) { return kept.get() == program; });
    return static_cast<size_t>(at - plan_.programs.begin());
  }

  void Shape(size_t index) {
    const abi::ShapeInfo& shape = tables_.shapes[index];
    const auto members = std::count_if(tables_.tenants.begin(), tables_.tenants.end(),
                                       [&](const auto& tenant) { return tenant.shape.index() == index; });
    Line("shape {}: {} tenants, pool {}, state in {}, reviewers {}", index, members, NameAt(tables_.pools, shape.pool),
         NameAt(tables_.stores, shape.stores[0]), NameAt(tables_.reviewers, shape.reviewers));
    for (size_t w = 0; w < shape.workflows.size(); ++w) {
      const abi::ShapeWorkflow& row = shape.workflows[w];
      const abi::WorkflowInfo& workflow = tables_.workflows[w];
      if (!row.may_run) {
        Line("  {}: may not run", workflow.name);
        continue;
      }
      Line("  {}: floor {}", workflow.name, Micros(row.floor_entry_micros));
      for (size_t s = 0; s < row.steps.size(); ++s) {
        Line("    {}: program {}, at most {}, floor after {}", workflow.steps[s].name, IndexOf(row.steps[s].program),
             Micros(row.steps[s].hi_max_micros), Micros(row.steps[s].floor_after_micros));
      }
    }
  }

  void CallLines(size_t index, const Call& call) {
    Line("  call {}: {}{}", index, tables_.resources[call.resource.index()],
         call.allowed ? "" : ", not allowed" + Clause(call.contract_clause));
    for (size_t i = 0; i < call.candidates.size(); ++i) {
      const Candidate& candidate = call.candidates[i];
      Line("    {}. {} at most {}{}", i, tables_.endpoints[call.servers[candidate.server].endpoint.index()].name,
           Micros(candidate.hi_micros), Clause(candidate.clause));
    }
    for (const Server& server : call.servers) {
      for (const LegalSpan& span : server.spans) {
        if (span.legal && server.spans.size() == 1) continue;
        Line("    {} {}{}{}", tables_.endpoints[server.endpoint.index()].name, span.legal ? "legal" : "illegal",
             span.from == kBeginningOfTimeNs ? "" : fmt::format(" from {} ns", span.from), Clause(span.clause));
      }
    }
  }

  static std::string_view CourseText(Course course) {
    switch (course) {
      case Course::kDeny:
        return "deny";
      case Course::kSuspend:
        return "suspend";
      case Course::kSend:
        return "send";
      case Course::kAsk:
        return "ask";
      case Course::kWait:
        return "wait";
      case Course::kSkip:
        return "skip";
      case Course::kNone:
        return "go on";
    }
    BYLAW_UNREACHABLE("course");
  }

  void RuleLine(const Rule& rule) {
    std::string effects(CourseText(rule.course));
    if (rule.course == Course::kAsk) effects += fmt::format(" {}", rule.ask_count);
    if (rule.course == Course::kAsk || rule.course == Course::kSend) {
      effects += " of " + NameAt(tables_.reviewers, rule.reviewers);
    }
    if (rule.call != kNoCall) effects += fmt::format(", call {}", rule.call);
    if (rule.lane != abi::kLaneUnchanged) {
      effects += fmt::format(", lane {}", abi::LaneText(static_cast<abi::Lane>(rule.lane)));
    }
    for (const Guard& guard : rule.guards) {
      effects += fmt::format(", for {} {}", Number("tier", guard.tier.valid(), guard.tier.value()),
                             Number("tenant", guard.tenant.valid(), guard.tenant.value()));
    }
    Line("  rule{}: {}{}", rule.when == nullptr ? "" : " on condition", effects, Clause(rule.clause));
  }

  void RungLine(size_t index, const Rung& rung) {
    const std::string below =
        rung.is_percent ? fmt::format("{}%", static_cast<double>(rung.below) / 1e4) : Micros(rung.below);
    std::string effect;
    switch (rung.effect) {
      case RungEffect::kUseModel:
        effect = rung.call == kNoCall ? "no effect here" : fmt::format("call {}", rung.call);
        break;
      case RungEffect::kSkipOptional:
        effect = "skip if optional";
        break;
      case RungEffect::kSendToReviewers:
        effect = "send to " + NameAt(tables_.reviewers, rung.reviewers);
        break;
      case RungEffect::kSuspend:
        effect = "suspend";
        break;
    }
    Line("  rung {} below {}: {}{}", index + 1, below, effect, Clause(rung.clause));
  }

  void Program(size_t index, const StepProgram& program) {
    Line("program {}: {}step {} of {}{}", index, program.optional ? "optional " : "", program.step_name,
         program.workflow_name, Clause(program.step_clause));
    if (!program.may_run) Line("  denied: the contract does not let it run");
    if (program.calls_unknown) Line("  denied: no model is chosen");
    if (program.when != nullptr) Line("  skipped unless its condition holds{}", Clause(program.when_clause));
    if (program.calls.empty()) Line("  calls nothing, at most {}", Micros(program.own_cost_micros));
    for (size_t i = 0; i < program.calls.size(); ++i) CallLines(i, program.calls[i]);
    for (const Rule& rule : program.rules) RuleLine(rule);
    for (size_t i = 0; i < program.rungs.size(); ++i) RungLine(i, program.rungs[i]);
  }

  const Plan& plan_;
  const abi::PolicyImage& tables_;
  std::string text_;
};

}  // namespace

std::string DumpPlan(const Plan& plan) { return Dumper(plan).Run(); }

}  // namespace bylaw::plan

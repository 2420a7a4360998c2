// V13, rules: no two of them ask for different models for one step, and none is dead: each can match, has something to
// act on, and is not overruled by a stricter one whenever it matches. Conditions are decided by enumeration, and what
// that leaves open by the solver (condition_space.h); what is opaque is never taken for a proof.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "compiler/verify/condition_space.h"
#include "compiler/verify/theorem.h"
#include "compiler/verify/words.h"

namespace bylaw::verify {
namespace {

using sema::Program;
using sema::Rule;
using sema::RuleEffect;
using Effect = syntax::RuleEffect::Kind;
using Answer = ConditionSpace::Answer;

const RuleEffect* FindEffect(const Rule& rule, Effect kind) {
  for (const RuleEffect& effect : rule.effects) {
    if (effect.kind == kind) return &effect;
  }
  return nullptr;
}

const cel::TypedExpr* WhenOf(const Rule& rule) { return rule.when.has_value() ? rule.when->expr.get() : nullptr; }

bool AppliesTo(const Program& program, const Rule& rule, TenantId tenant, WorkflowId workflow, StepId step) {
  if (rule.scopes.empty()) return true;
  return std::any_of(rule.scopes.begin(), rule.scopes.end(), [&](const sema::RuleScope& scope) {
    return (!scope.workflow.valid() || scope.workflow == workflow) && (!scope.step.valid() || scope.step == step) &&
           (!scope.tenant.valid() || scope.tenant == tenant) &&
           (!scope.tier.valid() || scope.tier == program.tenants[tenant.index()].tier);
  });
}

bool NamesTenants(const Rule& rule) {
  return std::any_of(rule.scopes.begin(), rule.scopes.end(),
                     [](const sema::RuleScope& scope) { return scope.tenant.valid() || scope.tier.valid(); });
}

// What a condition reads that differs between the tenants of a shape.
struct TenantReads {
  std::set<uint32_t> settings;
  bool names = false;
};
void Gather(const cel::TypedExpr& expr, TenantReads& reads) {
  if (expr.op == cel::Op::kSetting) reads.settings.insert(expr.slot);
  if (expr.op == cel::Op::kTenantText) reads.names = true;
  for (const auto& arg : expr.args) {
    if (arg != nullptr) Gather(*arg, reads);
  }
}

// How strict an effect on the course of a step is: 0 the strictest; none of the others are on the course.
int Strictness(Effect effect) {
  constexpr Effect kOrder[] = {Effect::kDeny,         Effect::kSuspend,   Effect::kSendToReviewers,
                               Effect::kAskReviewers, Effect::kWaitUntil, Effect::kSkip};
  const auto* const it = std::find(std::begin(kOrder), std::end(kOrder), effect);
  return it == std::end(kOrder) ? -1 : static_cast<int>(it - std::begin(kOrder));
}
// The strictest effect of a rule on the course; a number past the last if there is none.
int StrictestOf(const Rule& rule) {
  int strictest = 99;
  for (const RuleEffect& effect : rule.effects) {
    const int strictness = Strictness(effect.kind);
    if (strictness >= 0) strictest = std::min(strictest, strictness);
  }
  return strictest;
}
// An error of the condition counts as a match from `ask` up.
bool ErrorMatches(const Rule& rule) { return StrictestOf(rule) <= Strictness(Effect::kAskReviewers); }
bool Matched(const Rule& rule, Truth truth) {
  return truth == Truth::kTrue || (truth == Truth::kError && ErrorMatches(rule));
}

// Whether nothing of `rule` counts where `other` matches as well (decision 12).
bool Overrules(const Rule& other, const Rule& rule) {
  const int by = StrictestOf(other);
  if (by > Strictness(Effect::kSendToReviewers)) return false;
  const bool lanes_stay = by == Strictness(Effect::kSendToReviewers);
  for (const RuleEffect& effect : rule.effects) {
    if (effect.kind == Effect::kNote || (lanes_stay && effect.kind == Effect::kPutInLane)) return false;
  }
  const int own = StrictestOf(rule);
  // Among equals the first declared decides.
  return own > by || (own == by && &other < &rule && other.clause != rule.clause);
}

// What the solver may spend on all rules of a policy: about a second.
constexpr uint64_t kSolverUnits = 1'200'000;

class RuleProofs {
 public:
  explicit RuleProofs(const Facts& facts) : facts_(facts), program_(facts.program()) {}

  Outcome Prove() {
    for (const Rule& rule : program_.rules) ProveAlive(rule);
    ProveModels();
    outcome_.findings = findings_.Take(program_);
    return std::move(outcome_);
  }

 private:
  // Calls `visit` for every context in which all of `rules` apply, contexts alike once, until it returns false.
  void ForEachContext(const std::vector<const Rule*>& rules,
                      const std::function<bool(const ConditionContext&)>& visit) const {
    TenantReads reads;
    bool by_member = false;
    for (const Rule* rule : rules) {
      if (WhenOf(*rule) != nullptr) Gather(*WhenOf(*rule), reads);
      by_member = by_member || NamesTenants(*rule);
    }
    by_member = by_member || reads.names || !reads.settings.empty();
    std::set<std::string> done;
    for (uint32_t i = 0; i < facts_.shape_count(); ++i) {
      const std::vector<TenantId>& members = program_.shapes[i].members;
      for (uint32_t w = 0; w < program_.workflows.size(); ++w) {
        if (!facts_.shape(ShapeId(i)).works[w].runs) continue;
        for (uint32_t s = 0; s < program_.workflows[w].steps.size(); ++s) {
          for (size_t m = 0; m < (by_member ? members.size() : 1); ++m) {
            const bool apply = std::all_of(rules.begin(), rules.end(), [&](const Rule* rule) {
              return AppliesTo(program_, *rule, members[m], WorkflowId(w), StepId(s));
            });
            if (!apply || !done.insert(KeyOf(reads, members[m], ShapeId(i), w, s)).second) continue;
            if (!visit({program_, members[m], WorkflowId(w), StepId(s), &solver_units_})) return;
          }
        }
      }
    }
  }
  std::string KeyOf(const TenantReads& reads, TenantId tenant, ShapeId shape, uint32_t workflow, uint32_t step) const {
    std::string key = fmt::format("{} {} {}", workflow, step, shape.value());
    if (reads.names) key += fmt::format(" t{}", tenant.value());
    for (const auto& [id, stated] : program_.terms(tenant).settings) {
      if (!reads.settings.contains(id.value())) continue;
      key += fmt::format(" {}={}/{}", id.value(), stated.value.integer, stated.value.number);
    }
    return key;
  }

  bool CallsModel(const ConditionContext& context) const {
    const sema::Step& step = program_.workflows[context.workflow.index()].steps[context.step.index()];
    return step.calls == sema::Step::Calls::kModel || step.calls == sema::Step::Calls::kAnyModel;
  }
  // Whether the rule can do anything to this step.
  bool CanAct(const Rule& rule, const ConditionContext& context) const {
    const sema::Step& step = program_.workflows[context.workflow.index()].steps[context.step.index()];
    return std::any_of(rule.effects.begin(), rule.effects.end(), [&](const RuleEffect& effect) {
      if (effect.kind == Effect::kUseModel) return CallsModel(context);
      return effect.kind != Effect::kSkip || step.optional;
    });
  }

  void Dead(const Rule& rule, std::string message, std::string caret, std::string help, TheoremResult& result,
            diag::Note note = {"", "", {}}) {
    Weaken(result.verdict, Verdict::kAdvisory);
    result.witness.path.push_back(message);
    findings_.Add(diag::Kind::kDeadRule, rule.span, "", {}, [&] {
      Finding finding{MakeDiagnostic(diag::Kind::kDeadRule, rule.span, std::move(message)), {}, {}};
      finding.diagnostic.caret = std::move(caret);
      if (!note.text.empty()) finding.diagnostic.notes.push_back(std::move(note));
      finding.diagnostic.help.push_back(std::move(help));
      finding.witness.path = result.witness.path;
      return finding;
    });
  }

  void ProveAlive(const Rule& rule) {
    TheoremResult result;
    result.id = "V13";
    result.subject = "rule " + rule.name;
    bool concerns = false, acts = false;
    Answer can_match = Answer::kNo;
    ForEachContext({&rule}, [&](const ConditionContext& context) {
      concerns = true;
      if (!CanAct(rule, context)) return true;
      acts = true;
      ConditionSpace space(context, {WhenOf(rule)});
      const Answer answer = space.Find([](const std::vector<Truth>& truths) { return truths[0] == Truth::kTrue; });
      if (answer != Answer::kNo) can_match = answer == Answer::kYes ? Answer::kYes : std::max(can_match, answer);
      return can_match != Answer::kYes;
    });
    if (!concerns) {
      Dead(rule, fmt::format("rule {} concerns nobody", rule.name), "no tenant in its scope runs such a step",
           "leave it out, or name whom it is for: `for every tenant on tier …`", result);
    } else if (!acts) {
      Dead(rule, fmt::format("rule {} has nothing to act on", rule.name),
           "`use model` needs a step that calls a model, `skip` an optional step",
           "name such a step: `for step … of …`", result);
    } else if (can_match == Answer::kNo) {
      const std::string but = ErrorMatches(rule) ? "it counts as matched only where a value it reads is missing" : "";
      Dead(rule, fmt::format("rule {} can never match", rule.name), "", "correct the condition, or leave the rule out",
           result,
           {"note", but.empty() ? "no values make this true" : "no values make this true; " + but, rule.when->span});
    } else if (!ProveNotShadowed(rule, result) && can_match == Answer::kUnknown) {
      Weaken(result.verdict, Verdict::kAdvisory);
      result.assumptions.push_back(fmt::format("not decided: whether the condition of rule {} can be true ({})",
                                               rule.name, program_.Where(rule.clause)));
    }
    outcome_.results.push_back(std::move(result));
  }

  // True if some other rule overrules it in every context and whenever it matches.
  bool ProveNotShadowed(const Rule& rule, TheoremResult& result) {
    for (const Rule& other : program_.rules) {
      if (&other == &rule || !Overrules(other, rule)) continue;
      bool always = true;
      ForEachContext({&rule}, [&](const ConditionContext& context) {
        always = CanAct(rule, context) ? AppliesTo(program_, other, context.tenant, context.workflow, context.step) &&
                                             Implies(rule, other, context)
                                       : always;
        return always;
      });
      if (!always) continue;
      Dead(rule, fmt::format("rule {} never counts: rule {} always overrules it", rule.name, other.name), "",
           "leave one of them out, or narrow the stricter one", result,
           {"note", "this matches whenever it does, and is stricter or comes first", other.span});
      return true;
    }
    return false;
  }
  bool Implies(const Rule& rule, const Rule& other, const ConditionContext& context) const {
    ConditionSpace space(context, {WhenOf(rule), WhenOf(other)});
    return space.Find([&](const std::vector<Truth>& truths) {
      const bool counts = truths[0] == Truth::kTrue || truths[0] == Truth::kError;
      return counts && !Matched(other, truths[1]);
    }) == Answer::kNo;
  }

  void ProveModels() {
    TheoremResult result;
    result.id = "V13";
    result.subject = "one model for each step, by all rules together";
    bool chooses = false;
    for (size_t a = 0; a < program_.rules.size(); ++a) {
      const RuleEffect* first = FindEffect(program_.rules[a], Effect::kUseModel);
      if (first == nullptr) continue;
      chooses = true;
      for (size_t b = a + 1; b < program_.rules.size(); ++b) {
        const RuleEffect* second = FindEffect(program_.rules[b], Effect::kUseModel);
        if (second == nullptr || second->model == first->model) continue;
        ProvePair(program_.rules[a], program_.rules[b], *first, *second, result);
      }
    }
    if (chooses) outcome_.results.push_back(std::move(result));
  }

  void ProvePair(const Rule& a, const Rule& b, const RuleEffect& first, const RuleEffect& second,
                 TheoremResult& result) {
    const auto both = [](const std::vector<Truth>& truths) {
      return truths[0] == Truth::kTrue && truths[1] == Truth::kTrue;
    };
    ForEachContext({&a, &b}, [&](const ConditionContext& context) {
      if (!CallsModel(context)) return true;
      ConditionSpace space(context, {WhenOf(a), WhenOf(b)});
      const Answer answer = space.Find(both);
      if (answer == Answer::kNo) return true;
      Weaken(result.verdict, answer == Answer::kYes ? Verdict::kRefuted : Verdict::kUnknown);
      Finding finding = Contradiction(a, b, first, second, context, space, answer == Answer::kYes);
      if (result.witness.path.empty()) result.witness = finding.witness;
      findings_.Add(diag::Kind::kContradictingRules, finding.diagnostic.span, a.name, {},
                    [&] { return std::move(finding); });
      return answer != Answer::kYes;
    });
  }

  Finding Contradiction(const Rule& a, const Rule& b, const RuleEffect& first, const RuleEffect& second,
                        const ConditionContext& context, const ConditionSpace& space, bool shown) const {
    const sema::Workflow& workflow = program_.workflows[context.workflow.index()];
    const std::string step = fmt::format("step {} of {}", workflow.steps[context.step.index()].name, workflow.name);
    const std::string &one = program_.resources[first.model.index()].name,
                      &two = program_.resources[second.model.index()].name;
    Finding finding{
        MakeDiagnostic(
            diag::Kind::kContradictingRules, program_.SpanOf(second.clause),
            shown ? fmt::format("rules {} and {} ask for two different models for {}", a.name, b.name, step)
                  : fmt::format("whether rules {} and {} ask for two different models for {} cannot be decided", a.name,
                                b.name, step)),
        {},
        {}};
    diag::Diagnostic& diagnostic = finding.diagnostic;
    diagnostic.caret = fmt::format("rule {} asks for {}", b.name, two);
    diagnostic.notes.push_back(
        {"note", fmt::format("rule {} asks for {}", a.name, one), program_.SpanOf(first.clause)});
    std::string path = fmt::format("{}, {}", TenantName(program_, context.tenant), step);
    if (const std::string model = shown ? space.ModelText() : ""; !model.empty()) path += ", where " + model;
    if (shown) diagnostic.notes.push_back({"path", path, {}});
    diagnostic.help.push_back(
        shown ? fmt::format("give one of them a condition that the other excludes, or let both say `use model {}`", one)
              : "write conditions of which one plainly excludes the other, on the same value");
    finding.witness.path.push_back(path);
    Probe probe;
    probe.tenant = context.tenant;
    probe.workflow = context.workflow;
    probe.step = context.step;
    probe.at = program_.activation_ns;
    probe.verdict.reset();
    probe.resource = first.model;  // the first declared decides, against the other
    if (shown && OnlyTheseApply(a, b, context) && space.FillProbe(probe)) finding.witness.probes.push_back(probe);
    return finding;
  }
  // Whether nothing else has a say in which model the step calls.
  bool OnlyTheseApply(const Rule& a, const Rule& b, const ConditionContext& context) const {
    const bool alone = std::none_of(program_.rules.begin(), program_.rules.end(), [&](const Rule& rule) {
      return &rule != &a && &rule != &b && AppliesTo(program_, rule, context.tenant, context.workflow, context.step);
    });
    const sema::Step& step = program_.workflows[context.workflow.index()].steps[context.step.index()];
    return alone && !step.when.has_value() && a.effects.size() == 1 && b.effects.size() == 1;
  }

  const Facts& facts_;
  const Program& program_;
  mutable uint64_t solver_units_ = kSolverUnits;
  Findings findings_;
  Outcome outcome_;
};

}  // namespace

Outcome ProveRules(const Facts& facts) { return RuleProofs(facts).Prove(); }

}  // namespace bylaw::verify

#include "compiler/sema/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/contracts.h"
#include "compiler/sema/values.h"
#include "compiler/sema/work.h"

namespace bylaw::sema {
namespace {

using EffectKind = syntax::RuleEffect::Kind;

// Where a rule applies: steps or workflows, and tenants or tiers. Lines of one sort widen each other, lines of both
// sorts narrow each other ("this step, for these tenants").
struct Where {
  WorkflowId workflow;
  StepId step;
};
struct Whom {
  TierId tier;
  TenantId tenant;
};

class RuleReader {
 public:
  RuleReader(Context& context, const syntax::RuleDecl& decl, Span header)
      : context_(context), decl_(decl), owner_("rule " + decl.name.text) {
    clause_ = context.AddClause(header, Level::kPlatform, owner_);
  }

  void Read() {
    const bool scoped = ReadScopes();
    ReadEffects();
    for (size_t i = 1; i < decl_.when.size(); ++i) {
      context_.Repeated("when", owner_, decl_.when[i].span, decl_.when[0].span);
    }
    if (const syntax::Value* because = OneValue(context_, "because", owner_, decl_.because)) {
      because_ = TextOf(context_, *because, {"because {}", "\"below the workspace's threshold\""}).value_or("");
    }
    if (scoped) AddRows();
  }

 private:
  bool ReadScopes() {
    bool complete = true;
    for (const syntax::RuleScope& scope : decl_.scopes) {
      Where where;
      Whom whom;
      if (scope.workflow) {
        where.workflow = context_.Resolve("workflow", *scope.workflow, context_.workflows);
        complete = complete && where.workflow.valid();
      }
      if (scope.step && where.workflow.valid()) {
        where.step = ResolveStep(context_, where.workflow, *scope.step);
        complete = complete && where.step.valid();
      }
      if (scope.tier) {
        whom.tier = context_.Resolve("tier", *scope.tier, context_.tiers);
        complete = complete && whom.tier.valid();
      }
      if (scope.tenant) {
        whom.tenant = context_.Resolve("tenant", *scope.tenant, context_.tenants);
        complete = complete && whom.tenant.valid();
      }
      if (where.workflow.valid()) where_.push_back(where);
      if (whom.tier.valid() || whom.tenant.valid()) whom_.push_back(whom);
    }
    return complete;
  }

  void ReadEffects() {
    std::vector<std::pair<EffectKind, Span>> seen;
    for (const syntax::RuleEffect& term : decl_.effects) {
      const auto before = std::find_if(seen.begin(), seen.end(), [&](const auto& s) { return s.first == term.kind; });
      if (before != seen.end()) {
        context_.Repeated(context_.Said(term.span, "the effect"), owner_, term.span, before->second);
        continue;
      }
      seen.emplace_back(term.kind, term.span);
      std::optional<RuleEffect> effect = EffectOf(term);
      if (effect) effects_.push_back(*std::move(effect));
    }
    if (decl_.effects.empty()) {
      context_.Report(Kind::kMissingTerm, decl_.name.span, fmt::format("{} has no effect", owner_))
          .help.emplace_back("send to reviewers");
    }
  }

  std::optional<RuleEffect> EffectOf(const syntax::RuleEffect& term) {
    RuleEffect effect;
    effect.kind = term.kind;
    effect.clause = context_.AddClause(term.span, Level::kPlatform, owner_);
    effect.lane = static_cast<abi::Lane>(term.lane);
    switch (term.kind) {
      case EffectKind::kDeny:
      case EffectKind::kSuspend:
      case EffectKind::kPutInLane:
        return effect;
      case EffectKind::kSkip:
        if (!CheckSkip(term.span)) return std::nullopt;
        return effect;
      case EffectKind::kSendToReviewers:
      case EffectKind::kAskReviewers:
        if (term.kind == EffectKind::kAskReviewers) {
          const std::optional<int64_t> count = CountOf(context_, *term.value, {"ask {} of reviewers", "1"}, 1, 255);
          if (!count) return std::nullopt;
          effect.count = static_cast<uint32_t>(*count);
        }
        if (term.name) {
          effect.reviewers = context_.Resolve("reviewers", *term.name, context_.reviewers);
          if (!effect.reviewers.valid()) return std::nullopt;
        }
        return effect;
      case EffectKind::kWaitUntil: {
        const WindowId window = context_.Resolve("window", *term.name, context_.windows);
        effect.window = window.value();
        if (!window.valid()) return std::nullopt;
        return effect;
      }
      case EffectKind::kUseModel:
        effect.model = ResolveResource(context_, *term.name, true);
        if (!effect.model.valid()) return std::nullopt;
        return effect;
      case EffectKind::kNote: {
        const std::optional<std::string> note = TextOf(context_, *term.value, {"note {}", "\"large amount\""});
        if (!note) return std::nullopt;
        effect.note = *note;
        return effect;
      }
    }
    return std::nullopt;
  }

  // Only what is optional can be skipped.
  bool CheckSkip(Span span) {
    for (const Where& where : where_) {
      if (!where.step.valid()) continue;
      const Step& step = context_.program.workflows[where.workflow.index()].steps[where.step.index()];
      if (step.optional) continue;
      diag::Diagnostic& diagnostic = context_.Report(
          Kind::kUnexpectedText, span, fmt::format("{} skips step {}, which is not optional", owner_, step.name));
      diagnostic.notes.push_back({"note", "the step is declared here", step.span});
      diagnostic.help.push_back(fmt::format("optional step {} {{", step.name));
      return false;
    }
    return true;
  }

  // A row a workflow, since a condition reads the slots of one; or one row for every workflow.
  void AddRows() {
    std::vector<WorkflowId> workflows;
    for (const Where& where : where_) {
      if (std::find(workflows.begin(), workflows.end(), where.workflow) == workflows.end()) {
        workflows.push_back(where.workflow);
      }
    }
    if (workflows.empty() && !decl_.when.empty() && ReadsRun(decl_.when[0])) {
      if (!CheckEverywhere(decl_.when[0])) return;
      for (uint32_t i = 0; i < context_.program.workflows.size(); ++i) workflows.push_back(WorkflowId(i));
    }
    if (workflows.empty()) workflows.push_back(WorkflowId::None());
    for (const WorkflowId workflow : workflows) {
      if (!AddRow(workflow)) return;
    }
  }

  // A condition without a workflow must be sound in all of them. False, with a report, if it is in some only.
  bool CheckEverywhere(const syntax::Condition& condition) {
    std::vector<std::string> sound;
    const Workflow* unsound = nullptr;
    for (const Workflow& workflow : context_.program.workflows) {
      if (HoldsIn(context_, condition, workflow)) {
        sound.push_back(workflow.name);
      } else if (unsound == nullptr) {
        unsound = &workflow;
      }
    }
    if (unsound == nullptr || sound.empty()) return true;  // if in none, the first one says what is wrong
    diag::Diagnostic& diagnostic = context_.Report(
        Kind::kConditionType, condition.span,
        fmt::format("{} is for every workflow, and {} has not all that it reads", owner_, unsound->name));
    diagnostic.notes.push_back({"note", "this workflow", unsound->span});
    diagnostic.help.push_back(fmt::format("name those that have: for workflow {}", sound.front()));
    return false;
  }

  bool AddRow(WorkflowId workflow) {
    Rule rule;
    rule.name = decl_.name.text;
    rule.span = decl_.name.span;
    rule.clause = clause_;
    rule.effects = effects_;
    rule.because = because_;
    const std::vector<Whom> everybody(1);
    for (const Whom& whom : whom_.empty() ? everybody : whom_) {
      bool placed = false;
      for (const Where& where : where_) {
        if (where.workflow != workflow) continue;
        rule.scopes.push_back({where.workflow, where.step, whom.tier, whom.tenant});
        placed = true;
      }
      if (!placed && (!whom_.empty() || workflow.valid()))
        rule.scopes.push_back({workflow, StepId::None(), whom.tier, whom.tenant});
    }
    for (const Where& where : where_) {
      if (where.workflow == workflow && where.step.valid()) {
        rule.step_name = context_.program.workflows[workflow.index()].steps[where.step.index()].name;
        break;
      }
    }
    if (!decl_.when.empty()) {
      const Workflow* slots = workflow.valid() ? &context_.program.workflows[workflow.index()] : nullptr;
      rule.when = TypeCondition(context_, decl_.when[0], slots);
      if (!rule.when) return false;
    }
    context_.program.rules.push_back(std::move(rule));
    return true;
  }

  Context& context_;
  const syntax::RuleDecl& decl_;
  std::string owner_;
  ClauseId clause_;
  std::vector<Where> where_;
  std::vector<Whom> whom_;
  std::vector<RuleEffect> effects_;
  std::string because_;
};

}  // namespace

const syntax::Value* OneValue(Context& context, std::string_view term, const std::string& owner,
                              const std::vector<syntax::Value>& values) {
  for (size_t i = 1; i < values.size(); ++i) context.Repeated(term, owner, values[i].span, values[0].span);
  return values.empty() ? nullptr : &values[0];
}

void ReadWindows(Context& context, const Inventory& inventory) {
  for (size_t i = 0; i < inventory.windows.size(); ++i) {
    const syntax::WindowDecl& decl = *inventory.windows[i];
    Window& window = context.program.windows[i];
    window.first_day = decl.first_day;
    window.last_day = decl.last_day;
    const std::optional<uint16_t> from =
        MinuteOf(context, decl.from, {"window business-hours is Monday to Friday {} to 18:00", "08:00"});
    const std::optional<uint16_t> to =
        MinuteOf(context, decl.to, {"window business-hours is Monday to Friday 08:00 to {}", "18:00"});
    if (!from || !to) continue;
    if (*from == *to) {
      context.Report(Kind::kOutOfRange, decl.to.span, fmt::format("window {} has no length", decl.name.text))
          .help.push_back(fmt::format("window {} is Monday to Friday 08:00 to 18:00", decl.name.text));
    }
    window.from_minute = *from;
    window.to_minute = *to;
  }
}

namespace {

// A step's decision asks every rule that is in its scope, and its program holds them.
constexpr size_t kRulesOfStepsMax = 500'000;

// `all`: of the policy. What several lines say twice counts twice.
size_t StepsInScope(const Program& program, const Rule& rule, size_t all) {
  if (rule.scopes.empty()) return all;
  size_t steps = 0;
  for (const RuleScope& scope : rule.scopes) {
    steps += scope.step.valid()       ? 1
             : scope.workflow.valid() ? program.workflows[scope.workflow.index()].steps.size()
                                      : all;
  }
  return steps;
}

void CheckRulesOfSteps(Context& context) {
  size_t all = 0, pairs = 0;
  for (const Workflow& workflow : context.program.workflows) all += workflow.steps.size();
  for (const Rule& rule : context.program.rules) {
    pairs += StepsInScope(context.program, rule, all);
    if (pairs <= kRulesOfStepsMax) continue;
    context
        .Report(
            Kind::kInputTooLarge, rule.span,
            fmt::format("the steps of this policy have more than {} rules, counted for each step", kRulesOfStepsMax))
        .help.emplace_back("say what each rule is about: `for step S of W`, or `for workflow W`");
    return;
  }
}

}  // namespace

void ReadRules(Context& context, const Inventory& inventory) {
  for (const syntax::Decl* whole : inventory.rules) {
    RuleReader(context, std::get<syntax::RuleDecl>(whole->decl), HeaderOf(*whole)).Read();
  }
  CheckRulesOfSteps(context);
}

}  // namespace bylaw::sema

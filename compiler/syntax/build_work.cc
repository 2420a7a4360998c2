// Workflows, steps, ladders, scenarios.
#include <utility>

#include "base/check.h"
#include "compiler/syntax/build.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;
using Ctx = antlr4::ParserRuleContext*;

Ctx Form(Ctx ctx) { return static_cast<Ctx>(ctx->children[0]); }

}  // namespace

WorkflowItem Builder::WorkflowLine(P::WorkflowLineContext* line) {
  Ctx ctx = Form(line);
  if (ctx->getRuleIndex() == P::RuleInLane) {
    return {SpanOf(ctx), WorkflowItem::InLane{Lane(static_cast<P::InLaneContext*>(ctx)->lane())}};
  }
  auto* input = static_cast<P::InputLineContext*>(ctx);
  return {SpanOf(ctx), InputDecl{Name(input->name()), Type(input->typeExpr())}};
}

StepDecl Builder::StepHeader(P::StepHeaderContext* ctx) {
  StepDecl step;
  step.name = Name(ctx->name());
  step.optional = ctx->OPTIONAL() != nullptr;
  step.span = SpanOf(ctx);
  return step;
}

StepTerm Builder::Step(P::StepLineContext* line) {
  using T = StepTerm;
  Ctx ctx = Form(line);
  const Span span = SpanOf(ctx);
  switch (ctx->getRuleIndex()) {
    case P::RuleAfter:
      return {span, T::After{Names(static_cast<P::AfterContext*>(ctx)->nameList())}};
    case P::RuleCallsTool: {
      auto* c = static_cast<P::CallsToolContext*>(ctx);
      return {span, T::CallsTool{Name(c->name()), Tokens(c->tokenEstimate())}};
    }
    case P::RuleCallsModel: {
      auto* c = static_cast<P::CallsModelContext*>(ctx);
      return {span, T::CallsModel{Name(c->name()), Tokens(c->tokenEstimate())}};
    }
    case P::RuleCallsAnyModel:
      return {span, T::CallsModel{std::nullopt, Tokens(static_cast<P::CallsAnyModelContext*>(ctx)->tokenEstimate())}};
    case P::RuleReads:
      return {span, T::Reads{Names(static_cast<P::ReadsContext*>(ctx)->nameList())}};
    case P::RuleCostsAtMost:
      return {span, T::CostsAtMost{Value(static_cast<P::CostsAtMostContext*>(ctx)->value())}};
    case P::RuleTakesAbout:
      return {span, T::TakesAbout{Value(static_cast<P::TakesAboutContext*>(ctx)->value())}};
    case P::RuleTakesAtMost:
      return {span, T::TakesAtMost{Value(static_cast<P::TakesAtMostContext*>(ctx)->value())}};
    case P::RuleRetries:
      return {span, T::Retries{Value(static_cast<P::RetriesContext*>(ctx)->value())}};
    case P::RuleWhenLine:
      return {span, T::When{Condition(static_cast<P::WhenLineContext*>(ctx)->condition())}};
    case P::RuleGives: {
      auto* c = static_cast<P::GivesContext*>(ctx);
      return {span, T::Gives{Name(c->name()), Type(c->typeExpr())}};
    }
    case P::RuleReplans: {
      auto* c = static_cast<P::ReplansContext*>(ctx);
      return {span, T::Replans{Name(c->name()), Value(c->value())}};
    }
    case P::RuleAsks: {
      auto* c = static_cast<P::AsksContext*>(ctx);
      T::Asks asks{Value(c->value()), MaybeName(c->name()), {}};
      if (c->condition() != nullptr) asks.when = Condition(c->condition());
      return {span, std::move(asks)};
    }
    default:
      BYLAW_UNREACHABLE("a line of a step");
  }
}

LadderRung Builder::Ladder(P::LadderLineContext* line) {
  LadderRung rung;
  rung.span = SpanOf(line);
  rung.below = Value(line->value());
  if (auto* use = line->useNamedModel()) {
    rung.effect = LadderRung::UseModel{Name(use->name())};
  } else if (line->skipOptional() != nullptr) {
    rung.effect = LadderRung::SkipOptional{};
  } else if (auto* send = line->sendToReviewers()) {
    rung.effect = LadderRung::SendToReviewers{MaybeName(send->name())};
  } else {
    rung.effect = LadderRung::Suspend{};
  }
  return rung;
}

ScenarioItem Builder::Scenario(P::ScenarioLineContext* line) {
  using T = ScenarioItem;
  Ctx ctx = Form(line);
  const Span span = SpanOf(ctx);
  const auto sends = [&](P::TrafficContext* traffic, std::optional<syntax::Name> tenant,
                         std::optional<syntax::Name> tier) {
    T::Sends item{std::move(tenant), std::move(tier), Value(traffic->value(0)), Name(traffic->name()), {}, {}, {}};
    if (traffic->period() != nullptr) item.per = Period(traffic->period());
    if (traffic->WITHIN() != nullptr) item.within = Value(traffic->value(1));
    if (traffic->FROM() != nullptr) item.from = Value(traffic->value(2));
    return item;
  };
  switch (ctx->getRuleIndex()) {
    case P::RuleEverySends: {
      auto* c = static_cast<P::EverySendsContext*>(ctx);
      return {span, sends(c->traffic(), std::nullopt, MaybeName(c->name()))};
    }
    case P::RuleTenantSends: {
      auto* c = static_cast<P::TenantSendsContext*>(ctx);
      return {span, sends(c->traffic(), Name(c->name()), std::nullopt)};
    }
    case P::RuleWorkflowTakes: {
      auto* c = static_cast<P::WorkflowTakesContext*>(ctx);
      return {span, T::Takes{Name(c->name()), Value(c->value())}};
    }
    case P::RuleStepFails: {
      auto* c = static_cast<P::StepFailsContext*>(ctx);
      return {span, T::Fails{Name(c->name(0)), Name(c->name(1)), Value(c->value())}};
    }
    case P::RuleStepFailsFirst: {
      auto* c = static_cast<P::StepFailsFirstContext*>(ctx);
      return {span, T::FailsFirst{Name(c->name(0)), Name(c->name(1)), Value(c->value())}};
    }
    case P::RuleStepCosts: {
      auto* c = static_cast<P::StepCostsContext*>(ctx);
      return {span, T::Costs{Name(c->name(0)), Name(c->name(1)), Value(c->value())}};
    }
    case P::RuleUsualValue: {
      auto* c = static_cast<P::UsualValueContext*>(ctx);
      T::UsualValue usual{PathIs(span, SpanOf(c->NAME()), c->settingValue()), {}};
      if (c->value() != nullptr) usual.share = Value(c->value());
      return {span, std::move(usual)};
    }
    case P::RuleRunFrom: {
      auto* c = static_cast<P::RunFromContext*>(ctx);
      return {span, T::Run{Value(c->value(0)), Value(c->value(1))}};
    }
    case P::RuleDownBetween: {
      auto* c = static_cast<P::DownBetweenContext*>(ctx);
      T::Down down{Name(c->name()), {}, {}};
      if (c->FROM() != nullptr) {
        down.from = Value(c->value(0));
        down.to = Value(c->value(1));
      }
      return {span, std::move(down)};
    }
    default:
      BYLAW_UNREACHABLE("a line of a scenario");
  }
}

}  // namespace bylaw::syntax

// The terms of contracts: tiers, classes, regulations, orgs, tenants, and those that exceptions quote.
#include <utility>

#include "base/check.h"
#include "compiler/syntax/build.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;
using Ctx = antlr4::ParserRuleContext*;

Ctx Form(Ctx ctx) { return static_cast<Ctx>(ctx->children[0]); }

}  // namespace

Clause Builder::Clause(Ctx line) {
  Ctx form = Form(line);
  if (form->getRuleIndex() == P::RuleTierLine) form = Form(form);
  return {SpanOf(form), Term(form)};
}

decltype(Clause::term) Builder::Term(Ctx form) {
  switch (form->getRuleIndex()) {
    case P::RuleWeight:
      return WeightTerm{Value(static_cast<P::WeightContext*>(form)->value())};
    case P::RuleAtOnce:
      return AtOnce(static_cast<P::AtOnceContext*>(form), false);
    case P::RuleTogetherAtOnce:
      return AtOnce(static_cast<P::TogetherAtOnceContext*>(form)->atOnce(), true);
    case P::RuleAtLeastSlots:
      return AtLeastSlotsTerm{Value(static_cast<P::AtLeastSlotsContext*>(form)->value())};
    case P::RuleRateLimit:
      return RateLimitTerm{RateLimit(static_cast<P::RateLimitContext*>(form))};
    case P::RuleWaiting:
      return WaitingTerm{Value(static_cast<P::WaitingContext*>(form)->value())};
    case P::RuleBudget:
      return Budget(static_cast<P::BudgetContext*>(form), false);
    case P::RuleTogetherBudget:
      return Budget(static_cast<P::TogetherBudgetContext*>(form)->budget(), true);
    case P::RuleExpects: {
      auto* c = static_cast<P::ExpectsContext*>(form);
      ExpectsTerm term{Value(c->value(0)), Name(c->name()), Period(c->period()), {}};
      if (c->PEAKING() != nullptr) term.peak = Value(c->value(1));
      return term;
    }
    case P::RuleLaneQuota: {
      auto* c = static_cast<P::LaneQuotaContext*>(form);
      return LaneQuotaTerm{Lane(c->lane()), Value(c->value())};
    }
    case P::RuleSla: {
      auto* c = static_cast<P::SlaContext*>(form);
      return SlaTerm{Value(c->value(0)), Value(c->value(1))};
    }
    case P::RuleKeepFor: {
      auto* c = static_cast<P::KeepForContext*>(form);
      return KeepTerm{Data(c->dataClass()), Value(c->value())};
    }
    case P::RuleDeleteData:
      return DeleteDataTerm{Value(static_cast<P::DeleteDataContext*>(form)->value())};
    case P::RuleSetTo: {
      auto* c = static_cast<P::SetToContext*>(form);
      return SetTerm{Name(c->name()), Value(c->settingValue())};
    }
    case P::RuleSuspendedAtMost:
      return SuspendedAtMostTerm{Value(static_cast<P::SuspendedAtMostContext*>(form)->value())};
    default:
      return PlaceOrChoiceTerm(form);
  }
}

decltype(Clause::term) Builder::PlaceOrChoiceTerm(Ctx form) {
  using Subject = PlacesTerm::Subject;
  switch (form->getRuleIndex()) {
    case P::RuleStaysIn: {
      auto* c = static_cast<P::StaysInContext*>(form);
      return PlacesTerm{c->DATA() != nullptr ? Subject::kData : Subject::kState, Places(c->placeList())};
    }
    case P::RuleCallsGoTo:
      return PlacesTerm{Subject::kCalls, Places(static_cast<P::CallsGoToContext*>(form)->placeList())};
    case P::RuleReviewersBased:
      return PlacesTerm{Subject::kReviewers, Places(static_cast<P::ReviewersBasedContext*>(form)->placeList())};
    case P::RuleUseModel:
      return UseModel(static_cast<P::UseModelContext*>(form));
    case P::RuleMayUse: {
      auto* c = static_cast<P::MayUseContext*>(form);
      return MayUseTerm{c->MODELS() != nullptr, Names(c->nameList())};
    }
    case P::RuleMustNotUse: {
      auto* c = static_cast<P::MustNotUseContext*>(form);
      return MustNotUseTerm{c->MODELS() != nullptr, Names(c->nameList())};
    }
    case P::RuleFollowLadder:
      return FollowLadderTerm{Name(static_cast<P::FollowLadderContext*>(form)->name())};
    case P::RuleRoute:
      return Route(static_cast<P::RouteContext*>(form));
    case P::RuleUseStore: {
      auto* c = static_cast<P::UseStoreContext*>(form);
      return UseStoreTerm{Name(c->name()), Data(c->dataList())};
    }
    case P::RuleUsePool:
      return UsePoolTerm{Name(static_cast<P::UsePoolContext*>(form)->name())};
    case P::RulePrefer:
      return PreferTerm{static_cast<P::PreferContext*>(form)->FASTEST() != nullptr};
    case P::RuleSubjectTo:
      return SubjectToTerm{Names(static_cast<P::SubjectToContext*>(form)->nameList())};
    case P::RuleOwnReviewers:
      return ReviewersTerm{Names(static_cast<P::OwnReviewersContext*>(form)->nameList())};
    case P::RuleMayRun:
      return MayRunTerm{Names(static_cast<P::MayRunContext*>(form)->nameList())};
    case P::RuleMayBeWaived:
      return MayBeWaivedTerm{};
    default:
      BYLAW_UNREACHABLE("a term of a contract");
  }
}

AtOnceTerm Builder::AtOnce(P::AtOnceContext* ctx, bool together) {
  AtOnceTerm term{together, Value(ctx->value(0)), {}, {}};
  if (ctx->BURSTING() != nullptr) {
    term.burst_to = Value(ctx->value(1));
    term.burst_for = Value(ctx->value(2));
  }
  return term;
}

BudgetTerm Builder::Budget(P::BudgetContext* ctx, bool together) {
  return {together, Value(ctx->value()), ctx->MONTH() != nullptr};
}

RateTerm Builder::RateLimit(P::RateLimitContext* ctx) {
  RateTerm rate;
  rate.amount = Value(ctx->value());
  rate.tokens = ctx->tokenWord() != nullptr;
  Period(ctx->ratePeriod(), rate);
  Pacing(ctx->pacing(), rate);
  rate.resource = Name(ctx->name());
  rate.span = SpanOf(ctx);
  return rate;
}

void Builder::Period(P::RatePeriodContext* ctx, RateTerm& rate) {
  rate.window = ctx->ROLLING() != nullptr    ? WindowKind::kRolling
                : ctx->CALENDAR() != nullptr ? WindowKind::kCalendar
                                             : WindowKind::kAnchored;
  rate.per = Period(ctx->period());
}

void Builder::Pacing(P::PacingContext* ctx, RateTerm& rate) {
  if (ctx == nullptr) return;
  rate.evenly = true;
  if (ctx->value() != nullptr) rate.bursts = Value(ctx->value());
}

UseModelTerm Builder::UseModel(P::UseModelContext* ctx) const { return {Name(ctx->name(0)), MaybeName(ctx->name(1))}; }

RouteTerm Builder::Route(P::RouteContext* ctx) const {
  RouteTerm route;
  const auto names = ctx->name();
  route.resource = Name(names[0]);
  for (size_t i = 1; i < names.size(); ++i) route.endpoints.push_back(Name(names[i]));
  route.else_suspend = ctx->ELSE() != nullptr;
  return route;
}

}  // namespace bylaw::syntax

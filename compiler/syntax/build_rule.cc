// Rules, exceptions, guarantees.
#include <utility>

#include "base/check.h"
#include "compiler/syntax/build.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;
using Ctx = antlr4::ParserRuleContext*;

Ctx Form(Ctx ctx) { return static_cast<Ctx>(ctx->children[0]); }

}  // namespace

RuleScope Builder::Scope(Ctx form) const {
  RuleScope scope;
  scope.span = SpanOf(form);
  switch (form->getRuleIndex()) {
    case P::RuleForStep: {
      auto* c = static_cast<P::ForStepContext*>(form);
      scope.step = Name(c->name(0));
      scope.workflow = Name(c->name(1));
      break;
    }
    case P::RuleForWorkflow:
      scope.workflow = Name(static_cast<P::ForWorkflowContext*>(form)->name());
      break;
    case P::RuleForEveryTenant:
      scope.tier = MaybeName(static_cast<P::ForEveryTenantContext*>(form)->name());
      break;
    default:
      scope.tenant = Name(static_cast<P::ForTenantContext*>(form)->name());
  }
  return scope;
}

RuleEffect Builder::Effect(Ctx form) {
  using EK = RuleEffect::Kind;
  RuleEffect effect;
  effect.span = SpanOf(form);
  switch (form->getRuleIndex()) {
    case P::RuleDeny:
      effect.kind = EK::kDeny;
      break;
    case P::RuleSuspend:
      effect.kind = EK::kSuspend;
      break;
    case P::RuleSendToReviewers:
      effect.kind = EK::kSendToReviewers;
      effect.name = MaybeName(static_cast<P::SendToReviewersContext*>(form)->name());
      break;
    case P::RuleAskReviewers: {
      auto* c = static_cast<P::AskReviewersContext*>(form);
      effect.kind = EK::kAskReviewers;
      effect.value = Value(c->value());
      effect.name = MaybeName(c->name());
      break;
    }
    case P::RuleWaitUntil:
      effect.kind = EK::kWaitUntil;
      effect.name = Name(static_cast<P::WaitUntilContext*>(form)->name());
      break;
    case P::RuleUseNamedModel:
      effect.kind = EK::kUseModel;
      effect.name = Name(static_cast<P::UseNamedModelContext*>(form)->name());
      break;
    case P::RuleSkipStep:
      effect.kind = EK::kSkip;
      break;
    case P::RulePutInLane:
      effect.kind = EK::kPutInLane;
      effect.lane = Lane(static_cast<P::PutInLaneContext*>(form)->lane());
      break;
    case P::RuleNote:
      effect.kind = EK::kNote;
      effect.value = Value(static_cast<P::NoteContext*>(form)->value());
      break;
    default:
      BYLAW_UNREACHABLE("an effect of a rule");
  }
  return effect;
}

void Builder::Rule(P::RuleLineContext* line, RuleDecl& decl) {
  Ctx form = Form(line);
  switch (form->getRuleIndex()) {
    case P::RuleForStep:
    case P::RuleForWorkflow:
    case P::RuleForEveryTenant:
    case P::RuleForTenant:
      decl.scopes.push_back(Scope(form));
      return;
    case P::RuleWhenLine:
      decl.when.push_back(Condition(static_cast<P::WhenLineContext*>(form)->condition()));
      return;
    case P::RuleBecause:
      decl.because.push_back(Value(static_cast<P::BecauseContext*>(form)->value()));
      return;
    default:
      decl.effects.push_back(Effect(form));
  }
}

void Builder::Exception(P::ExceptionLineContext* line, ExceptionDecl& decl) {
  Ctx form = Form(line);
  switch (form->getRuleIndex()) {
    case P::RuleReplaceTerm:
      decl.replace.push_back(Clause(static_cast<P::ReplaceTermContext*>(form)->tierLine()));
      return;
    case P::RuleWithTerm:
      decl.with.push_back(Clause(static_cast<P::WithTermContext*>(form)->tierLine()));
      return;
    case P::RuleValidity: {
      auto* c = static_cast<P::ValidityContext*>(form);
      decl.from.push_back(Value(c->value(0)));
      decl.until.push_back(Value(c->value(1)));
      return;
    }
    case P::RuleBecause:
      decl.because.push_back(Value(static_cast<P::BecauseContext*>(form)->value()));
      return;
    case P::RuleTicket:
      decl.ticket.push_back(Value(static_cast<P::TicketContext*>(form)->value()));
      return;
    case P::RuleApproval: {
      auto* c = static_cast<P::ApprovalContext*>(form);
      decl.approvals.push_back({Value(c->value(0)), Value(c->value(1)), SpanOf(c)});
      return;
    }
    default:
      BYLAW_UNREACHABLE("a line of an exception");
  }
}

void Builder::Guarantee(P::GuaranteeLineContext* line, GuaranteeDecl& decl) {
  Ctx form = Form(line);
  if (form->getRuleIndex() == P::RuleBecause) {
    decl.because.push_back(Value(static_cast<P::BecauseContext*>(form)->value()));
    return;
  }
  if (form->getRuleIndex() != P::RuleForEvery) {
    decl.requirements.push_back(Require(form));
    return;
  }
  auto* c = static_cast<P::ForEveryContext*>(form);
  GuaranteeScope scope;
  scope.span = SpanOf(c);
  scope.every_workflow = c->WORKFLOW() != nullptr;
  if (c->SUBJECT() != nullptr) scope.regulation = Name(c->name());
  if (c->TIER() != nullptr) scope.tier = Name(c->name());
  if (c->CLASS() != nullptr) scope.klass = Name(c->name());
  if (c->ORG() != nullptr) scope.org = Name(c->name());
  decl.scopes.push_back(std::move(scope));
}

Requirement Builder::Require(Ctx form) {
  using RK = Requirement::Kind;
  Requirement need;
  need.span = SpanOf(form);
  switch (form->getRuleIndex()) {
    case P::RuleNeverKeep:
      need.kind = RK::kNeverKeepOutside;
      need.places = Places(static_cast<P::NeverKeepContext*>(form)->placeList());
      break;
    case P::RuleNeverSend:
      need.kind = RK::kNeverSendOutside;
      need.places = Places(static_cast<P::NeverSendContext*>(form)->placeList());
      break;
    case P::RuleNeverUse: {
      auto* c = static_cast<P::NeverUseContext*>(form);
      need.kind = RK::kNeverUse;
      need.what = c->MODEL() != nullptr ? "model" : c->TOOL() != nullptr ? "tool" : "endpoint";
      need.name = Name(c->name());
      break;
    }
    case P::RuleWorstCaseCost: {
      auto* c = static_cast<P::WorstCaseCostContext*>(form);
      need.kind = RK::kWorstCaseCost;
      if (c->value() != nullptr) need.value = Value(c->value());
      break;
    }
    case P::RuleAvailability: {
      auto* c = static_cast<P::AvailabilityContext*>(form);
      need.kind = RK::kAvailability;
      need.what = c->ENDPOINT() != nullptr ? "endpoint" : c->REGION() != nullptr ? "region" : "provider";
      break;
    }
    case P::RuleSlaAtLeast: {
      auto* c = static_cast<P::SlaAtLeastContext*>(form);
      need.kind = RK::kSlaAtLeast;
      need.value = Value(c->value(0));
      need.value2 = Value(c->value(1));
      break;
    }
    case P::RuleReviewersOnStep: {
      auto* c = static_cast<P::ReviewersOnStepContext*>(form);
      need.kind = RK::kReviewersOnStep;
      need.value = Value(c->value());
      need.name = Name(c->name());
      break;
    }
    default:
      BYLAW_UNREACHABLE("a requirement of a guarantee");
  }
  return need;
}

}  // namespace bylaw::syntax

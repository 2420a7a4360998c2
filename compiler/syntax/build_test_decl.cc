// What tests say: given, when, then.
#include <utility>

#include "base/check.h"
#include "compiler/syntax/build.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;
using Ctx = antlr4::ParserRuleContext*;

Ctx Form(Ctx ctx) { return static_cast<Ctx>(ctx->children[0]); }

}  // namespace

TestGiven Builder::Given(P::GivenPhraseContext* phrase) {
  using T = TestGiven;
  Ctx ctx = Form(phrase);
  const Span span = SpanOf(ctx);
  switch (ctx->getRuleIndex()) {
    case P::RuleGivenTenant:
      return {span, T::Tenant{Name(static_cast<P::GivenTenantContext*>(ctx)->name())}};
    case P::RuleEndpointDown:
      return {span, T::EndpointDown{Name(static_cast<P::EndpointDownContext*>(ctx)->name())}};
    case P::RuleEndpointRevoked:
      return {span, T::EndpointRevoked{Name(static_cast<P::EndpointRevokedContext*>(ctx)->name())}};
    case P::RulePathIs: {
      auto* c = static_cast<P::PathIsContext*>(ctx);
      return PathIs(span, SpanOf(c->NAME()), c->settingValue());
    }
    case P::RuleAmountLeft:
      return {span, T::BudgetLeft{Value(static_cast<P::AmountLeftContext*>(ctx)->literal())}};
    case P::RuleShareLeft:
      return {span, T::BudgetLeft{Value(static_cast<P::ShareLeftContext*>(ctx)->literal())}};
    case P::RuleDateIs:
      return {span, T::DateIs{Value(static_cast<P::DateIsContext*>(ctx)->value())}};
    case P::RuleTimeIs:
      return {span, T::TimeIs{Value(static_cast<P::TimeIsContext*>(ctx)->value())}};
    case P::RuleRunning:
      return {span, T::Running{Value(static_cast<P::RunningContext*>(ctx)->value())}};
    case P::RuleCallsMade: {
      auto* c = static_cast<P::CallsMadeContext*>(ctx);
      return {span, T::CallsMade{Value(c->value()), Name(c->name()), Period(c->period())}};
    }
    default:
      BYLAW_UNREACHABLE("a given of a test");
  }
}

TestGiven Builder::PathIs(Span sentence, Span path, P::SettingValueContext* stated) {
  const std::string_view text = TextOf(path);
  const auto part = [&](size_t begin, size_t end) {
    return syntax::Name{std::string(text.substr(begin, end - begin)),
                        {file_, path.begin + static_cast<uint32_t>(begin), path.begin + static_cast<uint32_t>(end)}};
  };
  syntax::Value value = Value(stated);
  constexpr size_t kRequest = std::string_view("request.").size(), kSteps = std::string_view("steps.").size();
  if (text.starts_with("request."))
    return {sentence, TestGiven::RequestIs{part(kRequest, text.size()), std::move(value)}};
  const size_t dot = text.rfind('.');
  if (text.starts_with("steps.") && dot >= kSteps) {
    return {sentence, TestGiven::OutputIs{part(kSteps, dot), part(dot + 1, text.size()), std::move(value)}};
  }
  auto& d = sink_.Add(diag::Kind::kUnexpectedText, path,
                      "`" + std::string(text) + "` is neither an input nor the result of a step");
  const std::string rest = " is " + std::string(TextOf(value.span));
  d.help.push_back("for an input of the workflow: request." +
                   std::string(text.substr(dot == std::string_view::npos ? 0 : dot + 1)) + rest);
  d.help.push_back("for the result of a step: steps.STEP.OUTPUT" + rest);
  return {sentence, TestGiven::RequestIs{part(0, text.size()), std::move(value)}};
}

TestWhen Builder::When(P::WhenPhraseContext* phrase) {
  using T = TestWhen;
  Ctx ctx = Form(phrase);
  const Span span = SpanOf(ctx);
  switch (ctx->getRuleIndex()) {
    case P::RuleStepRuns: {
      auto* c = static_cast<P::StepRunsContext*>(ctx);
      return {span, T::StepRuns{Name(c->name(0)), Name(c->name(1))}};
    }
    case P::RuleSubmitted:
      return {span, T::Submitted{Name(static_cast<P::SubmittedContext*>(ctx)->name())}};
    case P::RuleArrive: {
      auto* c = static_cast<P::ArriveContext*>(ctx);
      return {span, T::Arrive{Value(c->value(0)), Name(c->name()), Value(c->value(1))}};
    }
    default:
      BYLAW_UNREACHABLE("a when of a test");
  }
}

TestThen Builder::Then(P::ThenPhraseContext* phrase) {
  using TK = TestThen::Kind;
  Ctx ctx = Form(phrase);
  TestThen then;
  then.span = SpanOf(phrase);
  if (phrase->name() != nullptr) then.reason = Name(phrase->name());
  switch (ctx->getRuleIndex()) {
    case P::RuleProceeds:
      then.kind = TK::kProceeds;
      break;
    case P::RuleIsSkipped:
      then.kind = TK::kSkipped;
      break;
    case P::RuleWaits:
      then.kind = TK::kWaits;
      break;
    case P::RuleSuspends:
      then.kind = TK::kSuspends;
      break;
    case P::RuleIsDenied:
      then.kind = TK::kDenied;
      break;
    case P::RuleIsQueued:
      then.kind = TK::kQueued;
      break;
    case P::RuleIsRefused:
      then.kind = TK::kRefused;
      break;
    case P::RuleGoesToReviewers: {
      auto* c = static_cast<P::GoesToReviewersContext*>(ctx);
      then.kind = TK::kReviewers;
      if (c->literal() != nullptr) then.count = Value(c->literal());
      then.name = MaybeName(c->name());
      break;
    }
    case P::RuleUsesModel:
      then.kind = TK::kUsesModel;
      then.name = Name(static_cast<P::UsesModelContext*>(ctx)->name());
      break;
    case P::RuleUsesEndpoint:
      then.kind = TK::kUsesEndpoint;
      then.name = Name(static_cast<P::UsesEndpointContext*>(ctx)->name());
      break;
    case P::RuleKeepsInStore: {
      auto* c = static_cast<P::KeepsInStoreContext*>(ctx);
      then.kind = TK::kKeepsInStore;
      then.data = Data(c->dataList());
      then.name = Name(c->name());
      break;
    }
    case P::RuleNoOtherWaits:
      then.kind = TK::kNoOtherWaits;
      then.duration = Value(static_cast<P::NoOtherWaitsContext*>(ctx)->value());
      break;
    default:
      BYLAW_UNREACHABLE("a then of a test");
  }
  return then;
}

}  // namespace bylaw::syntax

// Headers of all declarations; places, endpoints, stores, reviewers.
#include "base/check.h"
#include "compiler/syntax/build.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;
using Ctx = antlr4::ParserRuleContext*;

// The only child of a context that chooses between forms.
Ctx Form(Ctx ctx) { return static_cast<Ctx>(ctx->children[0]); }

}  // namespace

void Builder::Header(P::HeaderEntryContext* entry, Decl& decl) {
  Ctx ctx = Form(entry);
  switch (ctx->getRuleIndex()) {
    case P::RulePlainHeader:
      return Plain(static_cast<P::PlainHeaderContext*>(ctx), decl);
    case P::RuleEndpointHeader:
      decl.decl = EndpointDecl{Name(static_cast<P::EndpointHeaderContext*>(ctx)->name()), {}};
      return;
    case P::RuleStoreHeader:
      decl.decl = StoreDecl{Name(static_cast<P::StoreHeaderContext*>(ctx)->name()), {}};
      return;
    case P::RuleReviewersHeader:
      decl.decl = ReviewersDecl{Name(static_cast<P::ReviewersHeaderContext*>(ctx)->name()), {}};
      return;
    case P::RuleTierHeader:
      decl.decl = TierDecl{Name(static_cast<P::TierHeaderContext*>(ctx)->name()), {}};
      return;
    case P::RuleClassHeader:
      decl.decl = ClassDecl{Name(static_cast<P::ClassHeaderContext*>(ctx)->name()), {}};
      return;
    case P::RuleRegulationHeader:
      decl.decl = RegulationDecl{Name(static_cast<P::RegulationHeaderContext*>(ctx)->name()), {}};
      return;
    case P::RuleOrgHeader:
      decl.decl = OrgDecl{Name(static_cast<P::OrgHeaderContext*>(ctx)->name()), {}};
      return;
    case P::RuleWorkflowHeader:
      decl.decl = WorkflowDecl{Name(static_cast<P::WorkflowHeaderContext*>(ctx)->name()), {}};
      return;
    case P::RuleLadderHeader:
      decl.decl = LadderDecl{Name(static_cast<P::LadderHeaderContext*>(ctx)->name()), {}};
      return;
    case P::RuleRuleHeader:
      decl.decl = RuleDecl{Name(static_cast<P::RuleHeaderContext*>(ctx)->name()), {}, {}, {}, {}};
      return;
    case P::RuleGuaranteeHeader:
      decl.decl = GuaranteeDecl{Name(static_cast<P::GuaranteeHeaderContext*>(ctx)->name()), {}, {}, {}};
      return;
    case P::RuleTestHeader:
      decl.decl = TestDecl{Value(static_cast<P::TestHeaderContext*>(ctx)->value()), {}, {}, {}};
      return;
    case P::RuleScenarioHeader:
      decl.decl = ScenarioDecl{Name(static_cast<P::ScenarioHeaderContext*>(ctx)->name()), {}};
      return;
    default:
      return LinkingHeader(ctx, decl);
  }
}

void Builder::LinkingHeader(Ctx ctx, Decl& decl) {
  switch (ctx->getRuleIndex()) {
    case P::RuleAdequacyHeader: {
      auto* c = static_cast<P::AdequacyHeaderContext*>(ctx);
      AdequacyDecl adequacy;
      adequacy.from = Name(c->name(0));
      adequacy.to = Name(c->name(1));
      decl.decl = std::move(adequacy);
      return;
    }
    case P::RulePoolHeader: {
      auto* c = static_cast<P::PoolHeaderContext*>(ctx);
      PoolDecl pool{Name(c->name(0)), Name(c->name(1)), Value(c->value(0)), {}, {}};
      if (c->ROOM() != nullptr) pool.room = Value(c->value(1));
      decl.decl = std::move(pool);
      return;
    }
    case P::RuleTenantHeader: {
      auto* c = static_cast<P::TenantHeaderContext*>(ctx);
      TenantDecl tenant;
      tenant.name = Name(c->name());
      Memberships(c->membership(), tenant);
      decl.decl = std::move(tenant);
      return;
    }
    case P::RuleExceptionHeader: {
      auto* c = static_cast<P::ExceptionHeaderContext*>(ctx);
      ExceptionDecl exception;
      exception.name = Name(c->name(0));
      exception.tenant = Name(c->name(1));
      decl.decl = std::move(exception);
      return;
    }
    default:
      BYLAW_UNREACHABLE("a header of the grammar");
  }
}

void Builder::Plain(P::PlainHeaderContext* plain, Decl& decl) {
  Ctx ctx = Form(plain);
  switch (ctx->getRuleIndex()) {
    case P::RuleEdition:
      decl.decl = EditionDecl{Value(static_cast<P::EditionContext*>(ctx)->value())};
      return;
    case P::RuleUseModule:
      decl.decl = UseDecl{Name(static_cast<P::UseModuleContext*>(ctx)->name())};
      return;
    case P::RuleTimeZone:
      decl.decl = TimeZoneDecl{Value(static_cast<P::TimeZoneContext*>(ctx)->value())};
      return;
    case P::RuleCountries:
      decl.decl = CountryDecl{Names(static_cast<P::CountriesContext*>(ctx)->nameList())};
      return;
    case P::RuleRegion: {
      auto* c = static_cast<P::RegionContext*>(ctx);
      decl.decl = RegionDecl{Name(c->name(0)), Name(c->name(1))};
      return;
    }
    case P::RulePlace: {
      auto* c = static_cast<P::PlaceContext*>(ctx);
      decl.decl = PlaceDecl{Name(c->name()), Names(c->nameList())};
      return;
    }
    case P::RuleModelPrice: {
      auto* c = static_cast<P::ModelPriceContext*>(ctx);
      decl.decl = ModelPriceDecl{Name(c->name()), Value(c->value(0)), Value(c->value(1))};
      return;
    }
    case P::RuleTenantsFrom: {
      auto* c = static_cast<P::TenantsFromContext*>(ctx);
      TenantsFromDecl tenants;
      tenants.path = Value(c->value());
      Memberships(c->membership(), tenants);
      decl.decl = std::move(tenants);
      return;
    }
    case P::RuleSetting:
      decl.decl = Setting(static_cast<P::SettingContext*>(ctx));
      return;
    case P::RuleWindow:
      decl.decl = Window(static_cast<P::WindowContext*>(ctx));
      return;
    default:
      BYLAW_UNREACHABLE("a plain header of the grammar");
  }
}

template <typename Tenants>
void Builder::Memberships(const std::vector<P::MembershipContext*>& list, Tenants& decl) const {
  for (P::MembershipContext* ctx : list) {
    std::vector<syntax::Name>& to = ctx->TIER() != nullptr    ? decl.tier
                                    : ctx->CLASS() != nullptr ? decl.klass
                                                              : decl.org;
    to.push_back(Name(ctx->name()));
  }
}

SettingDecl Builder::Setting(P::SettingContext* ctx) {
  SettingDecl setting;
  setting.name = Name(ctx->name());
  setting.type = Type(ctx->typeExpr());
  if (ctx->settingValue() != nullptr) setting.default_value = Value(ctx->settingValue());
  if (ctx->RAISE() != nullptr) setting.direction = SettingDecl::Direction::kRaiseOnly;
  if (ctx->LOWER() != nullptr) setting.direction = SettingDecl::Direction::kLowerOnly;
  return setting;
}

WindowDecl Builder::Window(P::WindowContext* ctx) {
  const auto day = [](P::WeekdayContext* weekday) -> uint8_t {
    switch (weekday->getStart()->getType()) {
      case P::MONDAY:
        return 0;
      case P::TUESDAY:
        return 1;
      case P::WEDNESDAY:
        return 2;
      case P::THURSDAY:
        return 3;
      case P::FRIDAY:
        return 4;
      case P::SATURDAY:
        return 5;
      default:
        return 6;
    }
  };
  WindowDecl window;
  window.name = Name(ctx->name());
  const auto days = ctx->weekday();
  if (!days.empty()) {
    window.first_day = day(days.front());
    window.last_day = day(days.back());
  }
  window.from = Value(ctx->value(0));
  window.to = Value(ctx->value(1));
  return window;
}

void Builder::Adequacy(P::AdequacyLineContext* line, AdequacyDecl& decl) {
  Ctx ctx = Form(line);
  switch (ctx->getRuleIndex()) {
    case P::RuleBasis:
      decl.basis.push_back(Value(static_cast<P::BasisContext*>(ctx)->value()));
      return;
    case P::RuleOnlyCertified:
      for (syntax::Name& name : Names(static_cast<P::OnlyCertifiedContext*>(ctx)->nameList())) {
        decl.certified_by.push_back(std::move(name));
      }
      return;
    case P::RuleSince:
      decl.since.push_back(Value(static_cast<P::SinceContext*>(ctx)->value()));
      return;
    case P::RuleUntilDate:
      decl.until.push_back(Value(static_cast<P::UntilDateContext*>(ctx)->value()));
      return;
    case P::RuleReviewBy:
      decl.review_by.push_back(Value(static_cast<P::ReviewByContext*>(ctx)->value()));
      return;
    default:
      BYLAW_UNREACHABLE("a line of adequacy");
  }
}

CertifiedTerm Builder::Certified(P::CertifiedContext* ctx) {
  CertifiedTerm term{Name(ctx->name()), {}, SpanOf(ctx)};
  if (ctx->value() != nullptr) term.checked = Value(ctx->value());
  return term;
}

EndpointTerm Builder::Endpoint(P::EndpointLineContext* line) {
  Ctx ctx = Form(line);
  using T = EndpointTerm;
  const Span span = SpanOf(ctx);
  switch (ctx->getRuleIndex()) {
    case P::RuleServes: {
      auto* c = static_cast<P::ServesContext*>(ctx);
      return {span, T::Serves{c->MODEL() != nullptr, Name(c->name())}};
    }
    case P::RuleLocated:
      return {span, T::In{Name(static_cast<P::LocatedContext*>(ctx)->name())}};
    case P::RuleProvider:
      return {span, T::Provider{Name(static_cast<P::ProviderContext*>(ctx)->name())}};
    case P::RuleCostPerCall:
      return {span, T::CostPerCall{Value(static_cast<P::CostPerCallContext*>(ctx)->value())}};
    case P::RuleCostPerToken: {
      auto* c = static_cast<P::CostPerTokenContext*>(ctx);
      return {span, T::CostPerToken{Value(c->value(0)), Value(c->value(1))}};
    }
    case P::RuleTakesAbout:
      return {span, T::TakesAbout{Value(static_cast<P::TakesAboutContext*>(ctx)->value())}};
    case P::RuleTakesAtMost:
      return {span, T::TakesAtMost{Value(static_cast<P::TakesAtMostContext*>(ctx)->value())}};
    case P::RuleQuota:
      return {span, Quota(static_cast<P::QuotaContext*>(ctx))};
    case P::RuleCertified:
      return {span, Certified(static_cast<P::CertifiedContext*>(ctx))};
    default:
      BYLAW_UNREACHABLE("a line of an endpoint");
  }
}

RateTerm Builder::Quota(P::QuotaContext* ctx) {
  RateTerm rate;
  rate.amount = Value(ctx->value());
  rate.tokens = ctx->tokenWord() != nullptr;
  Period(ctx->ratePeriod(), rate);
  Pacing(ctx->pacing(), rate);
  rate.span = SpanOf(ctx);
  return rate;
}

StoreTerm Builder::Store(P::StoreLineContext* line) {
  Ctx ctx = Form(line);
  const Span span = SpanOf(ctx);
  switch (ctx->getRuleIndex()) {
    case P::RuleKeeps:
      return {span, StoreTerm::Keeps{Data(static_cast<P::KeepsContext*>(ctx)->dataList())}};
    case P::RuleLocated:
      return {span, StoreTerm::In{Name(static_cast<P::LocatedContext*>(ctx)->name())}};
    case P::RuleCertified:
      return {span, Certified(static_cast<P::CertifiedContext*>(ctx))};
    default:
      BYLAW_UNREACHABLE("a line of a store");
  }
}

ReviewersItem Builder::Reviewers(P::ReviewersLineContext* line) {
  Ctx ctx = Form(line);
  using T = ReviewersItem;
  const Span span = SpanOf(ctx);
  switch (ctx->getRuleIndex()) {
    case P::RuleBasedIn:
      return {span, T::BasedIn{Names(static_cast<P::BasedInContext*>(ctx)->nameList())}};
    case P::RuleStaff:
      return {span, T::Staff{Value(static_cast<P::StaffContext*>(ctx)->value())}};
    case P::RuleReviewTakes:
      return {span, T::ReviewTakes{Value(static_cast<P::ReviewTakesContext*>(ctx)->value())}};
    case P::RuleServesTiers:
      return {span, T::ServesTiers{Names(static_cast<P::ServesTiersContext*>(ctx)->nameList())}};
    case P::RuleCertified:
      return {span, Certified(static_cast<P::CertifiedContext*>(ctx))};
    default:
      BYLAW_UNREACHABLE("a line of reviewers");
  }
}

}  // namespace bylaw::syntax

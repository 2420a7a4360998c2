// The fields of every node of ast.h by name, spans apart: what walks whole trees (dumps, comparison) needs no list of
// its own.
#ifndef BYLAW_COMPILER_SYNTAX_AST_FIELDS_H_
#define BYLAW_COMPILER_SYNTAX_AST_FIELDS_H_

#include <string_view>

#include "compiler/syntax/ast.h"

namespace bylaw::syntax {

// NodeName(node) is the name of its type; Fields(node, f) calls f(name, field) for each field in order.
#define BYLAW_NODE(type, ...)                                                \
  inline std::string_view NodeName(const type&) { return #type; }            \
  template <typename F>                                                      \
  void Fields([[maybe_unused]] const type& t, [[maybe_unused]] const F& f) { \
    __VA_ARGS__                                                              \
  }

BYLAW_NODE(PlaceItem, f("adequate_for", t.adequate_for); f("name", t.name);)
BYLAW_NODE(PlaceList, f("items", t.items);)
BYLAW_NODE(RateTerm, f("amount", t.amount); f("tokens", t.tokens); f("window", t.window); f("per", t.per);
           f("evenly", t.evenly); f("bursts", t.bursts); f("resource", t.resource);)
BYLAW_NODE(TokenEstimate, f("at_most", t.at_most); f("input", t.input); f("output", t.output);)
BYLAW_NODE(TypeExpr, f("kind", t.kind); f("from", t.from); f("to", t.to); f("choices", t.choices);)
BYLAW_NODE(WeightTerm, f("weight", t.weight);)
BYLAW_NODE(AtOnceTerm, f("together", t.together); f("count", t.count); f("burst_to", t.burst_to);
           f("burst_for", t.burst_for);)
BYLAW_NODE(AtLeastSlotsTerm, f("count", t.count);)
BYLAW_NODE(RateLimitTerm, f("rate", t.rate);)
BYLAW_NODE(WaitingTerm, f("count", t.count);)
BYLAW_NODE(BudgetTerm, f("together", t.together); f("amount", t.amount); f("per_month", t.per_month);)
BYLAW_NODE(UseModelTerm, f("model", t.model); f("step", t.step);)
BYLAW_NODE(MayUseTerm, f("models", t.models); f("names", t.names);)
BYLAW_NODE(MustNotUseTerm, f("models", t.models); f("names", t.names);)
BYLAW_NODE(FollowLadderTerm, f("ladder", t.ladder);)
BYLAW_NODE(ExpectsTerm, f("runs", t.runs); f("workflow", t.workflow); f("per", t.per); f("peak", t.peak);)
BYLAW_NODE(LaneQuotaTerm, f("lane", t.lane); f("share", t.share);)
BYLAW_NODE(SlaTerm, f("share", t.share); f("within", t.within);)
BYLAW_NODE(KeepTerm, f("data", t.data); f("at_least", t.at_least);)
BYLAW_NODE(DeleteDataTerm, f("within", t.within);)
BYLAW_NODE(PlacesTerm, f("subject", t.subject); f("places", t.places);)
BYLAW_NODE(RouteTerm, f("resource", t.resource); f("endpoints", t.endpoints); f("else_suspend", t.else_suspend);)
BYLAW_NODE(UseStoreTerm, f("store", t.store); f("data", t.data);)
BYLAW_NODE(UsePoolTerm, f("pool", t.pool);)
BYLAW_NODE(PreferTerm, f("fastest", t.fastest);)
BYLAW_NODE(SubjectToTerm, f("regulations", t.regulations);)
BYLAW_NODE(ReviewersTerm, f("reviewers", t.reviewers);)
BYLAW_NODE(SetTerm, f("setting", t.setting); f("value", t.value);)
BYLAW_NODE(MayRunTerm, f("workflows", t.workflows);)
BYLAW_NODE(SuspendedAtMostTerm, f("duration", t.duration);)
BYLAW_NODE(MayBeWaivedTerm)
BYLAW_NODE(Clause, f("term", t.term);)
BYLAW_NODE(EditionDecl, f("year", t.year);)
BYLAW_NODE(UseDecl, f("module", t.module);)
BYLAW_NODE(TimeZoneDecl, f("zone", t.zone);)
BYLAW_NODE(CountryDecl, f("countries", t.countries);)
BYLAW_NODE(RegionDecl, f("name", t.name); f("place", t.place);)
BYLAW_NODE(PlaceDecl, f("name", t.name); f("members", t.members);)
BYLAW_NODE(ModelPriceDecl, f("model", t.model); f("input_per_million", t.input_per_million);
           f("output_per_million", t.output_per_million);)
BYLAW_NODE(AdequacyDecl, f("from", t.from); f("to", t.to); f("basis", t.basis); f("certified_by", t.certified_by);
           f("since", t.since); f("until", t.until); f("review_by", t.review_by);)
BYLAW_NODE(CertifiedTerm, f("certificate", t.certificate); f("checked", t.checked);)
BYLAW_NODE(EndpointTerm, f("term", t.term);)
BYLAW_NODE(EndpointTerm::Serves, f("model", t.model); f("resource", t.resource);)
BYLAW_NODE(EndpointTerm::In, f("place", t.place);)
BYLAW_NODE(EndpointTerm::Provider, f("provider", t.provider);)
BYLAW_NODE(EndpointTerm::CostPerCall, f("at_most", t.at_most);)
BYLAW_NODE(EndpointTerm::CostPerToken, f("input_per_million", t.input_per_million);
           f("output_per_million", t.output_per_million);)
BYLAW_NODE(EndpointTerm::TakesAbout, f("duration", t.duration);)
BYLAW_NODE(EndpointTerm::TakesAtMost, f("duration", t.duration);)
BYLAW_NODE(EndpointDecl, f("name", t.name); f("terms", t.terms);)
BYLAW_NODE(StoreTerm, f("term", t.term);)
BYLAW_NODE(StoreTerm::Keeps, f("data", t.data);)
BYLAW_NODE(StoreTerm::In, f("place", t.place);)
BYLAW_NODE(StoreDecl, f("name", t.name); f("terms", t.terms);)
BYLAW_NODE(ReviewersItem, f("term", t.term);)
BYLAW_NODE(ReviewersItem::BasedIn, f("places", t.places);)
BYLAW_NODE(ReviewersItem::Staff, f("count", t.count);)
BYLAW_NODE(ReviewersItem::ReviewTakes, f("about", t.about);)
BYLAW_NODE(ReviewersItem::ServesTiers, f("tiers", t.tiers);)
BYLAW_NODE(ReviewersDecl, f("name", t.name); f("terms", t.terms);)
BYLAW_NODE(PoolDecl, f("name", t.name); f("place", t.place); f("slots", t.slots); f("room", t.room);
           f("certified", t.certified);)
BYLAW_NODE(TierDecl, f("name", t.name); f("clauses", t.clauses);)
BYLAW_NODE(ClassDecl, f("name", t.name); f("clauses", t.clauses);)
BYLAW_NODE(RegulationDecl, f("name", t.name); f("clauses", t.clauses);)
BYLAW_NODE(OrgDecl, f("name", t.name); f("clauses", t.clauses);)
BYLAW_NODE(TenantDecl, f("name", t.name); f("tier", t.tier); f("klass", t.klass); f("org", t.org);
           f("clauses", t.clauses);)
BYLAW_NODE(TenantsFromDecl, f("path", t.path); f("tier", t.tier); f("klass", t.klass); f("org", t.org);)
BYLAW_NODE(SettingDecl, f("name", t.name); f("type", t.type); f("default_value", t.default_value);
           f("direction", t.direction);)
BYLAW_NODE(StepTerm, f("term", t.term);)
BYLAW_NODE(StepTerm::After, f("steps", t.steps);)
BYLAW_NODE(StepTerm::CallsTool, f("tool", t.tool); f("tokens", t.tokens);)
BYLAW_NODE(StepTerm::CallsModel, f("model", t.model); f("tokens", t.tokens);)
BYLAW_NODE(StepTerm::Reads, f("inputs", t.inputs);)
BYLAW_NODE(StepTerm::CostsAtMost, f("amount", t.amount);)
BYLAW_NODE(StepTerm::TakesAbout, f("duration", t.duration);)
BYLAW_NODE(StepTerm::TakesAtMost, f("duration", t.duration);)
BYLAW_NODE(StepTerm::Retries, f("at_most", t.at_most);)
BYLAW_NODE(StepTerm::When, f("condition", t.condition);)
BYLAW_NODE(StepTerm::Gives, f("output", t.output); f("type", t.type);)
BYLAW_NODE(StepTerm::Replans, f("target", t.target); f("at_most", t.at_most);)
BYLAW_NODE(StepTerm::Asks, f("count", t.count); f("reviewers", t.reviewers); f("when", t.when);)
BYLAW_NODE(StepDecl, f("name", t.name); f("optional", t.optional); f("terms", t.terms);)
BYLAW_NODE(InputDecl, f("name", t.name); f("type", t.type);)
BYLAW_NODE(WorkflowItem, f("item", t.item);)
BYLAW_NODE(WorkflowItem::InLane, f("lane", t.lane);)
BYLAW_NODE(WorkflowDecl, f("name", t.name); f("items", t.items);)
BYLAW_NODE(LadderRung, f("below", t.below); f("effect", t.effect);)
BYLAW_NODE(LadderRung::UseModel, f("model", t.model);)
BYLAW_NODE(LadderRung::SkipOptional)
BYLAW_NODE(LadderRung::SendToReviewers, f("reviewers", t.reviewers);)
BYLAW_NODE(LadderRung::Suspend)
BYLAW_NODE(LadderDecl, f("name", t.name); f("rungs", t.rungs);)
BYLAW_NODE(RuleEffect, f("kind", t.kind); f("name", t.name); f("value", t.value); f("lane", t.lane);)
BYLAW_NODE(RuleScope, f("step", t.step); f("workflow", t.workflow); f("tier", t.tier); f("tenant", t.tenant);)
BYLAW_NODE(RuleDecl, f("name", t.name); f("scopes", t.scopes); f("when", t.when); f("effects", t.effects);
           f("because", t.because);)
BYLAW_NODE(WindowDecl, f("name", t.name); f("first_day", t.first_day); f("last_day", t.last_day); f("from", t.from);
           f("to", t.to);)
BYLAW_NODE(ExceptionDecl, f("name", t.name); f("tenant", t.tenant); f("replace", t.replace); f("with", t.with);
           f("from", t.from); f("until", t.until); f("because", t.because); f("ticket", t.ticket);
           f("approvals", t.approvals);)
BYLAW_NODE(ExceptionDecl::Approval, f("by", t.by); f("on", t.on);)
BYLAW_NODE(GuaranteeScope, f("every_workflow", t.every_workflow); f("regulation", t.regulation); f("tier", t.tier);
           f("klass", t.klass); f("org", t.org);)
BYLAW_NODE(Requirement, f("kind", t.kind); f("places", t.places); f("what", t.what); f("name", t.name);
           f("value", t.value); f("value2", t.value2);)
BYLAW_NODE(GuaranteeDecl, f("name", t.name); f("scopes", t.scopes); f("requirements", t.requirements);
           f("because", t.because);)
BYLAW_NODE(TestGiven, f("given", t.given);)
BYLAW_NODE(TestGiven::Tenant, f("tenant", t.tenant);)
BYLAW_NODE(TestGiven::EndpointDown, f("endpoint", t.endpoint);)
BYLAW_NODE(TestGiven::EndpointRevoked, f("endpoint", t.endpoint);)
BYLAW_NODE(TestGiven::RequestIs, f("input", t.input); f("value", t.value);)
BYLAW_NODE(TestGiven::OutputIs, f("step", t.step); f("output", t.output); f("value", t.value);)
BYLAW_NODE(TestGiven::BudgetLeft, f("amount", t.amount);)
BYLAW_NODE(TestGiven::DateIs, f("date", t.date);)
BYLAW_NODE(TestGiven::TimeIs, f("time", t.time);)
BYLAW_NODE(TestGiven::Running, f("workflows", t.workflows);)
BYLAW_NODE(TestGiven::CallsMade, f("calls", t.calls); f("resource", t.resource); f("per", t.per);)
BYLAW_NODE(TestWhen, f("when", t.when);)
BYLAW_NODE(TestWhen::StepRuns, f("step", t.step); f("workflow", t.workflow);)
BYLAW_NODE(TestWhen::Submitted, f("workflow", t.workflow);)
BYLAW_NODE(TestWhen::Arrive, f("runs", t.runs); f("workflow", t.workflow); f("within", t.within);)
BYLAW_NODE(TestThen, f("kind", t.kind); f("name", t.name); f("count", t.count); f("data", t.data);
           f("duration", t.duration); f("reason", t.reason);)
BYLAW_NODE(TestDecl, f("title", t.title); f("given", t.given); f("when", t.when); f("then", t.then);)
BYLAW_NODE(ScenarioItem, f("item", t.item);)
BYLAW_NODE(ScenarioItem::Sends, f("tenant", t.tenant); f("tier", t.tier); f("runs", t.runs); f("workflow", t.workflow);
           f("per", t.per); f("within", t.within); f("from", t.from);)
BYLAW_NODE(ScenarioItem::Takes, f("workflow", t.workflow); f("about", t.about);)
BYLAW_NODE(ScenarioItem::Fails, f("step", t.step); f("workflow", t.workflow); f("share", t.share);)
BYLAW_NODE(ScenarioItem::FailsFirst, f("step", t.step); f("workflow", t.workflow); f("times", t.times);)
BYLAW_NODE(ScenarioItem::Costs, f("step", t.step); f("workflow", t.workflow); f("cost", t.cost);)
BYLAW_NODE(ScenarioItem::UsualValue, f("what", t.what); f("share", t.share);)
BYLAW_NODE(ScenarioItem::Run, f("from", t.from); f("to", t.to);)
BYLAW_NODE(ScenarioItem::Down, f("endpoint", t.endpoint); f("from", t.from); f("to", t.to);)
BYLAW_NODE(ScenarioDecl, f("name", t.name); f("items", t.items);)
BYLAW_NODE(Decl, f("decl", t.decl);)

#undef BYLAW_NODE

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_AST_FIELDS_H_

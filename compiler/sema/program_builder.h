// Builds small resolved programs for unit tests of what stands on sema::Program, without any text being parsed.
//
// Every sentence said becomes a line of one source file, so that clauses have places as in a real policy. Build() lays
// the file down and hands the program over; the builder is spent then.
#ifndef BYLAW_COMPILER_SEMA_PROGRAM_BUILDER_H_
#define BYLAW_COMPILER_SEMA_PROGRAM_BUILDER_H_

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/sema/program.h"

namespace bylaw::sema {

inline TimeNs AtDate(Date date) { return DaysFromCivil(date) * kDayNs; }

class ProgramBuilder {
 public:
  ProgramBuilder() {
    program_.activation_ns = AtDate({2026, 11, 23});
    program_.horizon_ns = program_.activation_ns + 365 * kDayNs;
  }

  Program& program() { return program_; }

  source::Span Line(std::string_view sentence) {
    const auto begin = static_cast<uint32_t>(text_.size());
    text_.append(sentence).append("\n");
    return {source::FileId(0), begin, begin + static_cast<uint32_t>(sentence.size())};
  }
  ClauseId Say(std::string_view sentence, Level level = Level::kPlatform, std::string owner = "") {
    program_.clauses.push_back({Line(sentence), level, std::move(owner)});
    return ClauseId(static_cast<uint32_t>(program_.clauses.size() - 1));
  }

  // A place of its own with one country.
  PlaceId Country(const std::string& name) {
    CountrySet countries;
    countries.set(program_.countries.size());
    program_.countries.push_back({name, Line("country " + name)});
    return Add<PlaceId>(program_.places, {name, countries, program_.countries.back().span});
  }
  PlaceId Place(const std::string& name, const std::vector<PlaceId>& members) {
    CountrySet countries;
    for (const PlaceId member : members) countries |= program_.places[member.index()].countries;
    return Add<PlaceId>(program_.places, {name, countries, Line("place " + name)});
  }
  RegionId Region(const std::string& name, PlaceId place) {
    return Add<RegionId>(program_.regions, {name, CountriesOf(place), Line("region " + name)});
  }
  CertificateId CertificateNamed(const std::string& name) {
    program_.certificates.push_back(name);
    return CertificateId(static_cast<uint32_t>(program_.certificates.size() - 1));
  }
  Adequacy& Adequate(PlaceId from, PlaceId to) {
    Adequacy adequacy;
    adequacy.from = from;
    adequacy.to = to;
    adequacy.to_countries = CountriesOf(to);
    adequacy.clause = adequacy.until_clause =
        Say("adequacy from " + program_.places[from.index()].name + " to " + program_.places[to.index()].name);
    return program_.adequacies.emplace_back(std::move(adequacy));
  }
  Location In(RegionId region) {
    const std::string& name = program_.regions[region.index()].name;
    const CountrySet& countries = program_.regions[region.index()].countries;
    std::string text = name + " (";
    for (size_t i = 0; i < program_.countries.size(); ++i) {
      if (countries.test(i)) text += (text.back() == '(' ? "" : ", ") + program_.countries[i].name;
    }
    Location location{region, countries, text + ")", {}, {}};
    location.clause = Say("in " + name);
    return location;
  }
  PlaceConstraint Stays(PlaceSubject subject, const std::vector<PlaceId>& places,
                        const std::vector<PlaceId>& adequate_for = {}) {
    PlaceConstraint constraint;
    constraint.subject = subject;
    std::string text;
    for (const PlaceId place : places) {
      constraint.places.countries |= CountriesOf(place);
      text += (text.empty() ? "" : ", ") + program_.places[place.index()].name;
    }
    for (const PlaceId place : adequate_for) {
      constraint.places.adequate_for.push_back(place);
      text += (text.empty() ? "" : ", ") + ("places adequate for " + program_.places[place.index()].name);
    }
    std::sort(constraint.places.adequate_for.begin(), constraint.places.adequate_for.end());
    constraint.places.text = text;
    const std::string_view verb = subject == PlaceSubject::kState   ? "state stays in "
                                  : subject == PlaceSubject::kCalls ? "calls go only to "
                                                                    : "reviewers based in ";
    constraint.clause = Say(std::string(verb) + text);
    return constraint;
  }

  ResourceId Model(const std::string& name) { return AddResource(name, true); }
  ResourceId Tool(const std::string& name) { return AddResource(name, false); }
  // An endpoint; `cents` per call, unpriced if negative.
  EndpointId Serve(const std::string& name, ResourceId resource, Location location, int64_t cents) {
    Endpoint endpoint;
    endpoint.name = name;
    endpoint.clause = Say("endpoint " + name);
    endpoint.span = program_.SpanOf(endpoint.clause);
    endpoint.resource = resource;
    endpoint.location = std::move(location);
    if (cents >= 0) endpoint.cost_per_call = Stated<Money>{Cents(cents), Say("costs at most " + Text(cents))};
    return Add<EndpointId>(program_.endpoints, std::move(endpoint));
  }

  WorkflowId AddWorkflow(const std::string& name) {
    Workflow workflow;
    workflow.name = name;
    workflow.clause = Say("workflow " + name);
    workflow.span = program_.SpanOf(workflow.clause);
    return Add<WorkflowId>(program_.workflows, std::move(workflow));
  }
  // A step after all earlier ones, calling nothing until told otherwise.
  Step& AddStep(WorkflowId workflow, const std::string& name) {
    Workflow& owner = program_.workflows[workflow.index()];
    Step step;
    step.name = name;
    step.clause = Say("step " + name);
    step.span = program_.SpanOf(step.clause);
    const auto id = static_cast<uint32_t>(owner.steps.size());
    if (id > 0) step.after.push_back(StepId(id - 1));
    owner.order.push_back(StepId(id));
    return owner.steps.emplace_back(std::move(step));
  }
  void Call(Step& step, ResourceId resource) {
    const Resource& called = program_.resources[resource.index()];
    step.calls = called.is_model ? Step::Calls::kModel : Step::Calls::kTool;
    step.resource = resource;
    step.resource_span = Line((called.is_model ? "calls model " : "calls tool ") + called.name);
  }
  Stated<Money> CostsAtMost(int64_t cents) { return {Cents(cents), Say("costs at most " + Text(cents))}; }
  Stated<int64_t> Budget(int64_t cents) {
    return {Cents(cents).micros, Say("budget " + Text(cents) + " per workflow", Level::kTier, "tier standard")};
  }
  Stated<uint32_t> AtMost(uint32_t value, std::string_view what) {
    return {value, Say("at most " + std::to_string(value) + " " + std::string(what))};
  }

  LadderId AddLadder(const std::string& name) {
    return Add<LadderId>(program_.ladders, {name, Line("ladder " + name), {}});
  }
  Rung& AddRung(LadderId ladder, Rung::Effect effect, ResourceId model = {}) {
    Rung rung;
    rung.effect = effect;
    rung.model = model;
    rung.clause = Say("when budget below … rung");
    rung.span = program_.SpanOf(rung.clause);
    return program_.ladders[ladder.index()].rungs.emplace_back(std::move(rung));
  }

  TierId AddTier(const std::string& name) { return Add<TierId>(program_.tiers, {name, Line("tier " + name), {}}); }
  // A tenant with these effective terms. Tenants given the same `shape` share it.
  TenantId AddTenant(const std::string& name, TierId tier, Terms terms, ShapeId shape = {}) {
    Tenant tenant;
    tenant.name = name;
    tenant.clause = Say("tenant " + name, Level::kTenant, "tenant " + name);
    tenant.tier = tier;
    tenant.effective = static_cast<uint32_t>(program_.effective.size());
    program_.effective.push_back(std::move(terms));
    const TenantId id(static_cast<uint32_t>(program_.tenants.size()));
    if (!shape.valid()) shape = Add<ShapeId>(program_.shapes, {id, {}});
    program_.shapes[shape.index()].members.push_back(id);
    tenant.shape = shape;
    program_.tenants.push_back(std::move(tenant));
    return id;
  }

  std::shared_ptr<const Program> Build() {
    auto sources = std::make_shared<source::SourceSet>();
    sources->Add("policy.bylaw", text_);
    program_.sources = std::move(sources);
    return std::make_shared<const Program>(std::move(program_));
  }

 private:
  static Money Cents(int64_t cents) { return {cents * 10'000, Currency::kUsd}; }
  static std::string Text(int64_t cents) { return FormatMoney(Cents(cents)); }
  const CountrySet& CountriesOf(PlaceId place) const { return program_.places[place.index()].countries; }
  template <typename Id, typename T>
  static Id Add(std::vector<T>& table, T value) {
    table.push_back(std::move(value));
    return Id(static_cast<uint32_t>(table.size() - 1));
  }
  ResourceId AddResource(const std::string& name, bool is_model) {
    return Add<ResourceId>(program_.resources, {name, is_model, Line(name)});
  }

  Program program_;
  std::string text_;
};

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_PROGRAM_BUILDER_H_

// The resolved program: every name an id, every value in its unit, every tenant's effective terms with the place each
// comes from.
//
// Built by Analyze (analyze.h) from the syntax trees and the imported CSV rows; immutable afterwards. It may be
// incomplete when there were errors; only a program without errors reaches verify/. Tables are in declaration order
// (files sorted by path), so ids are deterministic. Reading is thread-safe.
#ifndef BYLAW_COMPILER_SEMA_PROGRAM_H_
#define BYLAW_COMPILER_SEMA_PROGRAM_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/money.h"
#include "base/time.h"
#include "compiler/cel/typed.h"
#include "compiler/sema/places.h"
#include "compiler/sema/text_pool.h"
#include "compiler/source/source.h"
#include "compiler/syntax/ast.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/ids.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::sema {

// Who said a sentence.
enum class Level : uint8_t { kPlatform, kTier, kClass, kRegulation, kOrg, kTenant, kException };

// A sentence that a term, decision or proof can point to.
struct ClauseRecord {
  source::Span span;
  Level level = Level::kPlatform;
  std::string owner;  // "tier enterprise", "institutions.csv, row 3"
};

// A value and the sentence that states it. In effective terms the clause is the one that won.
template <typename T>
struct Stated {
  T value{};
  ClauseId clause;
};
template <typename T>
using Maybe = std::optional<Stated<T>>;

struct Burst {
  uint32_t to = 0;
  DurationNs within_ns = 0;
};
struct Rate {
  abi::RateSpec spec;  // spec.clause is set when the image is built
  syntax::PerUnit per = syntax::PerUnit::kHour;
  ClauseId clause;
};
// Two rates are the same term if they limit the same thing over the same kind of window.
bool SameRateTerm(const abi::RateSpec& a, const abi::RateSpec& b);

struct Route {
  ResourceId resource;
  std::vector<EndpointId> endpoints;
  std::vector<source::Span> endpoint_spans;  // for carets
  bool else_suspend = false;
  ClauseId clause;
};
struct ModelChoice {  // use model M [for step S]
  std::string step;   // empty: every step
  ResourceId model;
  ClauseId clause;
};
// state: state, checkpoints, queues and audit; calls: models, tools and pools; reviewers.
enum class PlaceSubject : uint8_t { kState, kCalls, kReviewers };
struct PlaceConstraint {
  PlaceSubject subject = PlaceSubject::kState;
  PlaceSet places;
  ClauseId clause;
};
struct StoreChoice {
  syntax::DataClass data = syntax::DataClass::kState;
  StoreId store;
  ClauseId clause;
};
struct Expects {
  WorkflowId workflow;
  double runs_per_day = 0;
  double peak_per_day = 0;
  ClauseId clause;
};
struct Sla {
  int64_t share_ppm = 0;
  DurationNs within_ns = 0;
};

// The terms of a contract: as stated at one level, or effective for one tenant (all levels merged: the tightest limit,
// the nearest choice; place constraints and denials accumulate).
struct Terms {
  // Limits: numbers. They differ between tenants of one shape.
  Maybe<uint32_t> weight, at_once, min_slots, waiting;
  Maybe<Burst> burst;
  Maybe<int64_t> budget_workflow, budget_month;
  std::array<Maybe<int64_t>, 3> lane_share_ppm;
  Maybe<Sla> sla;
  Maybe<DurationNs> suspended_max_ns;
  Maybe<CalendarDuration> delete_within;
  std::array<Maybe<CalendarDuration>, 4> keep_at_least;  // by DataClass
  std::vector<Rate> rates;
  std::vector<Expects> expects;
  std::vector<std::pair<SettingId, Stated<abi::SlotValue>>> settings;

  // Limits and choices without numbers: these make the shape.
  std::vector<PlaceConstraint> places;
  Maybe<std::vector<ResourceId>> may_use_models, may_use_tools;  // sorted; absent: all
  std::vector<std::pair<ResourceId, ClauseId>> must_not_use;
  Maybe<std::vector<WorkflowId>> may_run;
  std::vector<Route> routes;
  std::vector<ModelChoice> models;
  Maybe<LadderId> ladder;
  std::vector<StoreChoice> stores;
  Maybe<PoolId> pool;
  Maybe<std::vector<ReviewersId>> reviewers;
  Maybe<bool> prefer_fastest;
  std::vector<Stated<uint32_t>> regulations;  // indices into Program::regulations
};

struct Tier {
  std::string name;
  source::Span span;
  Terms terms;
};
struct Class {
  std::string name;
  source::Span span;
  Terms terms;
};
struct Regulation {
  std::string name;
  source::Span span;
  Terms terms;
  bool may_be_waived = false;
};
struct Org {
  std::string name;
  source::Span span;
  Terms terms;  // the members inherit them
  Maybe<uint32_t> together_at_once;
  Maybe<int64_t> together_budget_month;
  Maybe<uint32_t> weight;
};
struct Tenant {
  std::string name;
  ClauseId clause;  // its declaration or CSV row
  TierId tier;
  ClassId klass;
  OrgId org;
  uint32_t effective = 0;  // into Program::effective; shared by tenants that say nothing of their own
  ShapeId shape;
};

// Tenants that differ at most in numbers. Proofs and step tables are made once a shape.
struct Shape {
  TenantId representative;
  std::vector<TenantId> members;
};

struct Resource {  // a model or a tool
  std::string name;
  bool is_model = false;
  source::Span span;
};
struct Endpoint {
  std::string name;
  source::Span span;
  ResourceId resource;
  Location location;
  std::string provider;
  Maybe<Money> cost_per_call;
  Maybe<Money> input_per_million, output_per_million;
  Maybe<DurationNs> takes_about, takes_at_most;
  std::vector<Rate> quotas;
  ClauseId clause;
};
struct Store {
  std::string name;
  source::Span span;
  std::array<bool, 4> keeps{};  // by DataClass
  Location location;
  ClauseId clause;
};
struct Reviewers {
  std::string name;
  source::Span span;
  std::vector<Location> based_in;  // every one must be legal
  Maybe<uint32_t> staff;
  Maybe<DurationNs> review_takes;
  std::vector<TierId> serves;
  ClauseId clause;
};
struct Pool {
  std::string name;
  source::Span span;
  Location location;
  uint32_t slots = 0;
  std::optional<uint32_t> room;
  ClauseId clause;
};
struct Setting {
  std::string name;
  source::Span span;
  abi::SlotInfo info;
  syntax::TypeExpr type;
  syntax::SettingDecl::Direction direction = syntax::SettingDecl::Direction::kFree;
  std::optional<abi::SlotValue> default_value;
};

// A typed condition. `text` is what was written.
struct TypedCondition {
  std::string text;
  source::Span span;
  cel::TypedExprPtr expr;  // of type kBool
};

struct Ask {
  uint32_t count = 1;
  ReviewersId reviewers;  // none: the tenant's
  std::optional<TypedCondition> when;
  ClauseId clause;
};
struct Step {
  std::string name;
  source::Span span;
  bool optional = false;
  enum class Calls : uint8_t { kNothing, kTool, kModel, kAnyModel } calls = Calls::kNothing;
  ResourceId resource;  // kTool and kModel
  source::Span resource_span;
  std::optional<syntax::TokenEstimate> token_terms;
  int64_t input_tokens = 0, output_tokens = 0;
  bool tokens_stated = false, tokens_at_most = false;
  std::vector<StepId> after;
  std::vector<uint32_t> reads;  // slots
  Maybe<Money> cost_at_most;
  Maybe<DurationNs> takes_about, takes_at_most;
  Maybe<uint32_t> retries;
  StepId replan_target;
  Maybe<uint32_t> replans;
  std::optional<TypedCondition> when;
  std::vector<Ask> asks;
  ClauseId clause;
};
struct Workflow {
  std::string name;
  source::Span span;
  abi::Lane lane = abi::Lane::kNormal;
  std::vector<Step> steps;
  std::vector<StepId> order;         // topological, then file order; empty if there is a cycle
  std::vector<abi::SlotInfo> slots;  // inputs, then outputs in step order
  uint32_t input_count = 0;
  ClauseId clause;
};

struct Rung {
  bool is_percent = false;
  int64_t below_ppm = 0;  // of the workflow's budget
  int64_t below_micros = 0;
  enum class Effect : uint8_t { kUseModel, kSkipOptional, kSendToReviewers, kSuspend } effect = Effect::kSuspend;
  ResourceId model;
  ReviewersId reviewers;  // none: the tenant's
  ClauseId clause;
  source::Span span;
};
struct Ladder {
  std::string name;
  source::Span span;
  std::vector<Rung> rungs;
};

struct Window {
  std::string name;
  uint8_t first_day = 0, last_day = 6;  // Monday is 0
  uint16_t from_minute = 0, to_minute = 0;
};
struct RuleScope {  // every stated part must match
  WorkflowId workflow;
  StepId step;
  TierId tier;
  TenantId tenant;
};
struct RuleEffect {
  syntax::RuleEffect::Kind kind = syntax::RuleEffect::Kind::kDeny;
  ReviewersId reviewers;
  uint32_t count = 0;
  uint32_t window = 0;
  ResourceId model;
  abi::Lane lane = abi::Lane::kNormal;
  std::string note;
  ClauseId clause;
};
struct Rule {
  std::string name;
  source::Span span;
  std::vector<RuleScope> scopes;  // any one must match; empty: everything
  std::string step_name;          // kept for the scope `for step S of W`
  std::optional<TypedCondition> when;
  std::vector<RuleEffect> effects;
  std::string because;
  ClauseId clause;
};

struct Exception {
  std::string name;
  source::Span span;
  TenantId tenant;
  Terms replace, with;               // one term each
  Date from, until;                  // whole days, both included
  TimeNs from_ns = 0, until_ns = 0;  // [from, until)
  std::string because, ticket, approved_by;
  ClauseId clause;
};

struct Guarantee {
  std::string name;
  source::Span span;
  const syntax::GuaranteeDecl* decl = nullptr;  // scopes and requirements; names have been checked
};

// Tests and scenarios keep their tree (its names have been checked) with the clause of each sentence.
struct Test {
  std::string title;
  source::Span span;
  const syntax::TestDecl* decl = nullptr;
};
struct Scenario {
  std::string name;
  source::Span span;
  const syntax::ScenarioDecl* decl = nullptr;
};

struct Program {
  std::shared_ptr<const source::SourceSet> sources;
  std::vector<std::shared_ptr<const syntax::File>> files;  // keep what Guarantee, Test and Scenario point to

  std::string time_zone = "UTC";
  Currency currency = Currency::kUsd;  // the one currency of this policy (V2 sums need one)
  TimeNs activation_ns = 0;            // --as-of, midnight in the declared zone
  TimeNs horizon_ns = 0;               // activation + --horizon days

  std::vector<Country> countries;
  std::vector<Place> places;  // countries included, by PlaceId
  std::vector<Region> regions;
  std::vector<std::string> certificates;
  std::vector<Adequacy> adequacies;
  std::vector<Resource> resources;
  std::vector<Endpoint> endpoints;
  std::vector<Store> stores;
  std::vector<Reviewers> reviewers;
  std::vector<Pool> pools;
  std::vector<Setting> settings;
  std::vector<Tier> tiers;
  std::vector<Class> classes;
  std::vector<Regulation> regulations;
  std::vector<Org> orgs;
  std::vector<Workflow> workflows;
  std::vector<Ladder> ladders;
  std::vector<Window> windows;
  std::vector<Rule> rules;
  std::vector<Exception> exceptions;
  std::vector<Guarantee> guarantees;
  std::vector<Test> tests;
  std::vector<Scenario> scenarios;

  std::vector<Tenant> tenants;
  std::vector<Terms> effective;
  std::vector<Shape> shapes;
  std::vector<ClauseRecord> clauses;
  std::shared_ptr<TextPool> texts = std::make_shared<TextPool>();

  const Terms& terms(TenantId tenant) const { return effective[tenants[tenant.index()].effective]; }
  // "tiers.bylaw:12".
  std::string Where(ClauseId clause) const;
  source::Span SpanOf(ClauseId clause) const;
};

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_PROGRAM_H_

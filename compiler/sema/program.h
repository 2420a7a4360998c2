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
#include "compiler/sema/terms.h"
#include "compiler/sema/text_pool.h"
#include "compiler/source/source.h"
#include "compiler/syntax/ast.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/ids.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::sema {

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
  // Of a phase: whose it is, and how long it lasts on the wall clock, [from, until).
  TenantId phase_of;
  TimeNs from_ns = 0, until_ns = 0;
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
  std::shared_ptr<const cel::TypedExpr> expr;  // of type kBool
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

  // The tenants, then a row for each span of days on which exceptions are in force for one of them (phases.h), so that
  // what is proved of every tenant is proved of it then as well. Whatever counts or lists tenants stops at
  // tenant_count.
  std::vector<Tenant> tenants;
  uint32_t phase_count = 0;
  std::vector<Terms> effective;
  std::vector<Shape> shapes;
  std::vector<ClauseRecord> clauses;
  std::shared_ptr<TextPool> texts = std::make_shared<TextPool>();

  uint32_t tenant_count() const { return static_cast<uint32_t>(tenants.size()) - phase_count; }
  // The tenant itself, also for one of its phases.
  TenantId TenantOf(TenantId row) const {
    const TenantId of = tenants[row.index()].phase_of;
    return of.valid() ? of : row;
  }
  const Terms& terms(TenantId tenant) const { return effective[tenants[tenant.index()].effective]; }
  // "tiers.bylaw:12".
  std::string Where(ClauseId clause) const;
  source::Span SpanOf(ClauseId clause) const;
};

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_PROGRAM_H_

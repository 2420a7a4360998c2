// Contracts: the clauses of tiers, classes, regulations, orgs and tenants (and the quoted terms of exceptions), and who
// holds them.
#ifndef BYLAW_COMPILER_SYNTAX_AST_CONTRACT_H_
#define BYLAW_COMPILER_SYNTAX_AST_CONTRACT_H_

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "compiler/syntax/ast_value.h"

namespace bylaw::syntax {

struct WeightTerm {
  Value weight;
};
struct AtOnceTerm {  // [together] at most N workflows at once [bursting to M for D]
  bool together = false;
  Value count;
  std::optional<Value> burst_to, burst_for;
};
struct AtLeastSlotsTerm {
  Value count;
};
struct RateLimitTerm {
  RateTerm rate;
};
struct WaitingTerm {
  Value count;
};  // at most N workflows waiting
struct BudgetTerm {  // [together] budget $2 per workflow | per month
  bool together = false;
  Value amount;
  bool per_month = false;
};
struct UseModelTerm {
  Name model;
  std::optional<Name> step;
};
struct MayUseTerm {  // may use models|tools …
  bool models = false;
  std::vector<Name> names;
};
struct MustNotUseTerm {
  bool models = false;
  std::vector<Name> names;
};
struct FollowLadderTerm {
  Name ladder;
};
struct ExpectsTerm {  // expects N runs of W per PERIOD [peaking at M]
  Value runs;
  Name workflow;
  PerUnit per = PerUnit::kDay;
  std::optional<Value> peak;
};
struct LaneQuotaTerm {
  LaneName lane = LaneName::kUrgent;
  Value share;
};
struct SlaTerm {
  Value share;
  Value within;
};
struct KeepTerm {  // keep audit for at least 7 years
  DataClass data = DataClass::kAudit;
  Value at_least;
};
struct DeleteDataTerm {
  Value within;
};
struct PlacesTerm {
  enum class Subject : uint8_t { kState, kCalls, kReviewers, kData };
  Subject subject = Subject::kState;
  PlaceList places;
};
struct RouteTerm {  // route R to A then B [else suspend]
  Name resource;
  std::vector<Name> endpoints;
  bool else_suspend = false;
};
struct UseStoreTerm {
  Name store;
  std::vector<DataClass> data;
};
struct UsePoolTerm {
  Name pool;
};
struct PreferTerm {
  bool fastest = false;
};
struct SubjectToTerm {
  std::vector<Name> regulations;
};
struct ReviewersTerm {
  std::vector<Name> reviewers;
};  // the tenant's own pools, nearest first
struct SetTerm {
  Name setting;
  Value value;
};
struct MayRunTerm {
  std::vector<Name> workflows;
};
struct SuspendedAtMostTerm {
  Value duration;
};
struct MayBeWaivedTerm {};

struct Clause {
  Span span;
  std::variant<WeightTerm, AtOnceTerm, AtLeastSlotsTerm, RateLimitTerm, WaitingTerm, BudgetTerm, UseModelTerm,
               MayUseTerm, MustNotUseTerm, FollowLadderTerm, ExpectsTerm, LaneQuotaTerm, SlaTerm, KeepTerm,
               DeleteDataTerm, PlacesTerm, RouteTerm, UseStoreTerm, UsePoolTerm, PreferTerm, SubjectToTerm,
               ReviewersTerm, SetTerm, MayRunTerm, SuspendedAtMostTerm, MayBeWaivedTerm>
      term;
};

struct TierDecl {
  Name name;
  std::vector<Clause> clauses;
};
struct ClassDecl {
  Name name;
  std::vector<Clause> clauses;
};
struct RegulationDecl {
  Name name;
  std::vector<Clause> clauses;
};
struct OrgDecl {
  Name name;
  std::vector<Clause> clauses;
};
struct TenantDecl {
  Name name;
  std::vector<Name> tier, klass, org;  // `on tier T`, `in class C`, `in org O`; more than one is `repeated-term`
  std::vector<Clause> clauses;
};
struct TenantsFromDecl {
  Value path;
  std::vector<Name> tier, klass, org;
};
struct SettingDecl {
  enum class Direction : uint8_t { kFree, kRaiseOnly, kLowerOnly };
  Name name;
  TypeExpr type;
  std::optional<Value> default_value;
  Direction direction = Direction::kFree;
};

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_AST_CONTRACT_H_

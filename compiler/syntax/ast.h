// The abstract syntax tree: one node a sentence form, names unresolved, values with their units, every node with its
// span.
//
// A File holds declarations in source order. The tree keeps what was said, not what it means: `at most fifty workflows
// at once` is an AtOnce clause whose value is the *name* "fifty"; sema/ says that it is not a number. Every sentence
// that could not be read has produced a diagnostic and is absent. Trees are immutable after parsing and safe to read
// from several threads.
#ifndef BYLAW_COMPILER_SYNTAX_AST_H_
#define BYLAW_COMPILER_SYNTAX_AST_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/money.h"
#include "base/time.h"
#include "compiler/source/source.h"
#include "compiler/syntax/cel_ast.h"

namespace bylaw::syntax {

using source::Span;

// ---------------------------------------------------------------------------------------------------------------------
// Leaves.

struct Name {
  std::string text;
  Span span;
};

// A literal with its unit, or a name standing where a value is expected.
struct Value {
  enum class Kind : uint8_t {
    kNumber,     // number, and integer if is_integer
    kPercent,    // integer: parts per million of one (95% is 950,000)
    kMoney,      // integer: micros; currency
    kDate,       // date
    kTimeOfDay,  // integer: minutes since midnight
    kClock,      // integer: nanoseconds
    kCalendar,   // calendar
    kText,       // text, unescaped
    kName,       // text
    kYesNo,      // integer: 1 for yes
  };
  Kind kind = Kind::kName;
  Span span;
  bool is_integer = false;
  int64_t integer = 0;
  double number = 0;
  Currency currency = Currency::kUsd;
  Date date;
  CalendarDuration calendar;
  std::string text;
};

// What is kept somewhere: state, checkpoints, audit (and queues).
enum class DataClass : uint8_t { kState, kCheckpoints, kAudit, kQueues };

enum class LaneName : uint8_t { kUrgent, kNormal, kBackground };

// One item of a list of places: a place, country or region by name, or `places adequate for NAME`.
struct PlaceItem {
  bool adequate_for = false;
  Name name;
  Span span;
};
struct PlaceList {
  std::vector<PlaceItem> items;
  Span span;
};

enum class PerUnit : uint8_t { kSecond, kMinute, kHour, kDay, kMonth };
enum class WindowKind : uint8_t { kAnchored, kRolling, kCalendar };

// `at most VALUE calls|tokens per [rolling|calendar] UNIT [evenly [with bursts of VALUE]] [to RESOURCE]`
struct RateTerm {
  Value amount;
  bool tokens = false;
  WindowKind window = WindowKind::kAnchored;
  PerUnit per = PerUnit::kHour;
  bool evenly = false;
  std::optional<Value> bursts;
  std::optional<Name> resource;  // absent on endpoints, which limit themselves
  Span span;
};

// `about 2_000 input tokens, 500 output tokens` or `at most …`.
struct TokenEstimate {
  bool at_most = false;
  Value input;
  Value output;
  Span span;
};

// Types of inputs, outputs and settings.
struct TypeExpr {
  enum class Kind : uint8_t { kNumber, kCount, kMoney, kText, kYesNo, kDate, kDuration, kOneOf, kTextList };
  Kind kind = Kind::kText;
  std::optional<Value> from, to;  // `a number from A to B`
  std::vector<Name> choices;      // `one of a, b, c`
  Span span;
};

// ---------------------------------------------------------------------------------------------------------------------
// Clauses of contracts: tier, class, regulation, org, tenant (and the quoted terms of exceptions).

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
struct ExpectsTerm {  // expects N runs of W per day|month [peaking at M]
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

// ---------------------------------------------------------------------------------------------------------------------
// The world.

struct EditionDecl {
  Value year;
};
struct UseDecl {
  Name module;
};  // std.places
struct TimeZoneDecl {
  Value zone;
};
struct CountryDecl {
  std::vector<Name> countries;
};  // `country DE, FR`: atoms, stated by std.places
struct RegionDecl {
  Name name;
  Name place;
};
struct PlaceDecl {
  Name name;
  std::vector<Name> members;
};
struct AdequacyDecl {
  Name from, to;
  std::vector<Value> basis;
  std::vector<Name> certified_by;
  std::vector<Value> since, until, review_by;  // more than one is `repeated-term`
};

struct CertifiedTerm {
  Name certificate;
  std::optional<Value> checked;
  Span span;
};

struct EndpointTerm {
  struct Serves {
    bool model = false;
    Name resource;
  };
  struct In {
    Name place;
  };
  struct Provider {
    Name provider;
  };
  struct CostPerCall {
    Value at_most;
  };
  struct CostPerToken {
    Value input_per_million, output_per_million;
  };
  struct TakesAbout {
    Value duration;
  };
  struct TakesAtMost {
    Value duration;
  };
  Span span;
  std::variant<Serves, In, Provider, CostPerCall, CostPerToken, TakesAbout, TakesAtMost, RateTerm, CertifiedTerm> term;
};
struct EndpointDecl {
  Name name;
  std::vector<EndpointTerm> terms;
};

struct StoreTerm {
  struct Keeps {
    std::vector<DataClass> data;
  };
  struct In {
    Name place;
  };
  Span span;
  std::variant<Keeps, In, CertifiedTerm> term;
};
struct StoreDecl {
  Name name;
  std::vector<StoreTerm> terms;
};

struct ReviewersItem {
  struct BasedIn {
    std::vector<Name> places;
  };
  struct Staff {
    Value count;
  };
  struct ReviewTakes {
    Value about;
  };
  struct ServesTiers {
    std::vector<Name> tiers;
  };  // in that order
  Span span;
  std::variant<BasedIn, Staff, ReviewTakes, ServesTiers, CertifiedTerm> term;
};
struct ReviewersDecl {
  Name name;
  std::vector<ReviewersItem> terms;
};

struct PoolDecl {  // pool P in R has N slots with room for M waiting [{ certified by … }]
  Name name;
  Name place;
  Value slots;
  std::optional<Value> room;
  std::vector<CertifiedTerm> certified;
};

// ---------------------------------------------------------------------------------------------------------------------
// Contracts.

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

// ---------------------------------------------------------------------------------------------------------------------
// Work.

struct StepTerm {
  struct After {
    std::vector<Name> steps;
  };
  struct CallsTool {
    Name tool;
    std::optional<TokenEstimate> tokens;
  };
  struct CallsModel {
    std::optional<Name> model;
    std::optional<TokenEstimate> tokens;
  };  // none: `calls a model`
  struct Reads {
    std::vector<Name> inputs;
  };
  struct CostsAtMost {
    Value amount;
  };
  struct TakesAbout {
    Value duration;
  };
  struct TakesAtMost {
    Value duration;
  };
  struct Retries {
    Value at_most;
  };
  struct When {
    Condition condition;
  };
  struct Gives {
    Name output;
    TypeExpr type;
  };
  struct Replans {
    Name target;
    Value at_most;
  };  // on failure replans from STEP at most N times
  struct Asks {
    Value count;
    std::optional<Name> reviewers;
    std::optional<Condition> when;
  };
  Span span;
  std::variant<After, CallsTool, CallsModel, Reads, CostsAtMost, TakesAbout, TakesAtMost, Retries, When, Gives, Replans,
               Asks>
      term;
};
struct StepDecl {
  Name name;
  bool optional = false;
  std::vector<StepTerm> terms;
  Span span;
};
struct InputDecl {
  Name name;
  TypeExpr type;
};
struct WorkflowItem {
  struct InLane {
    LaneName lane = LaneName::kNormal;
  };
  Span span;
  std::variant<InputDecl, InLane, StepDecl> item;
};
struct WorkflowDecl {
  Name name;
  std::vector<WorkflowItem> items;
};

struct LadderRung {  // when budget below 40%|$0.05: EFFECT
  struct UseModel {
    Name model;
  };
  struct SkipOptional {};
  struct SendToReviewers {
    std::optional<Name> reviewers;
  };
  struct Suspend {};
  Span span;
  Value below;
  std::variant<UseModel, SkipOptional, SendToReviewers, Suspend> effect;
};
struct LadderDecl {
  Name name;
  std::vector<LadderRung> rungs;
};

// ---------------------------------------------------------------------------------------------------------------------
// Rules, windows, exceptions, guarantees.

struct RuleEffect {
  enum class Kind : uint8_t {
    kDeny,
    kSuspend,
    kSendToReviewers,
    kAskReviewers,
    kWaitUntil,
    kUseModel,
    kSkip,
    kPutInLane,
    kNote
  };
  Kind kind = Kind::kDeny;
  Span span;
  std::optional<Name> name;    // reviewers, window or model
  std::optional<Value> value;  // how many to ask; the note
  LaneName lane = LaneName::kNormal;
};
struct RuleScope {
  Span span;
  std::optional<Name> step, workflow, tier, tenant;  // `for step S of W` fills two
};
struct RuleDecl {
  Name name;
  std::vector<RuleScope> scopes;
  std::vector<Condition> when;
  std::vector<RuleEffect> effects;
  std::vector<Value> because;
};
struct WindowDecl {  // window W is Monday to Friday 08:00 to 18:00
  Name name;
  uint8_t first_day = 0, last_day = 6;  // Monday is 0
  Value from, to;
};
struct ExceptionDecl {
  Name name;
  std::optional<Name> tenant;
  std::vector<Clause> replace, with;  // exactly one of each, or a diagnostic
  std::vector<Value> from, until, because, ticket;
  struct Approval {
    Value by;
    Value on;
    Span span;
  };
  std::vector<Approval> approvals;
};
struct GuaranteeScope {
  Span span;
  bool every_workflow = false;
  std::optional<Name> regulation, tier, klass, org;
};
struct Requirement {
  enum class Kind : uint8_t {
    kNeverKeepOutside,
    kNeverSendOutside,
    kNeverUse,         // what: "model", "tool" or "endpoint"; name
    kWorstCaseCost,    // value, or per workflow's budget when absent
    kAvailability,     // what: "endpoint", "region" or "provider"
    kSlaAtLeast,       // value within value2
    kReviewersOnStep,  // value reviewers on step name
  };
  Kind kind = Kind::kNeverKeepOutside;
  Span span;
  PlaceList places;
  std::string what;
  std::optional<Name> name;
  std::optional<Value> value, value2;
};
struct GuaranteeDecl {
  Name name;
  std::vector<GuaranteeScope> scopes;
  std::vector<Requirement> requirements;
  std::vector<Value> because;
};

// ---------------------------------------------------------------------------------------------------------------------
// Tests and scenarios.

struct TestGiven {
  struct Tenant {
    Name tenant;
  };
  struct EndpointDown {
    Name endpoint;
  };
  struct EndpointRevoked {
    Name endpoint;
  };
  struct RequestIs {
    Name input;
    Value value;
  };
  struct OutputIs {
    Name step, output;
    Value value;
  };
  struct BudgetLeft {
    Value amount;
  };  // money or percent
  struct DateIs {
    Value date;
  };
  struct TimeIs {
    Value time;
  };
  struct Running {
    Value workflows;
  };
  struct CallsMade {
    Value calls;
    Name resource;
    PerUnit per = PerUnit::kHour;
  };
  Span span;
  std::variant<Tenant, EndpointDown, EndpointRevoked, RequestIs, OutputIs, BudgetLeft, DateIs, TimeIs, Running,
               CallsMade>
      given;
};
struct TestWhen {
  struct StepRuns {
    Name step, workflow;
  };
  struct Submitted {
    Name workflow;
  };
  struct Arrive {
    Value runs;
    Name workflow;
    Value within;
  };
  Span span;
  std::variant<StepRuns, Submitted, Arrive> when;
};
struct TestThen {
  enum class Kind : uint8_t {
    kProceeds,
    kSkipped,
    kWaits,
    kSuspends,
    kDenied,
    kQueued,
    kRefused,
    kReviewers,
    kUsesModel,
    kUsesEndpoint,
    kKeepsInStore,
    kNoOtherWaits,
  };
  Kind kind = Kind::kProceeds;
  Span span;
  std::optional<Name> name;       // reviewers, model, endpoint or store
  std::vector<DataClass> data;    // `keeps state in store S`
  std::optional<Value> duration;  // no other tenant waits more than …
  std::optional<Name> reason;     // because REASON
};
struct TestDecl {
  Value title;
  std::vector<TestGiven> given;
  std::vector<TestWhen> when;
  std::vector<TestThen> then;
};

struct ScenarioItem {
  struct Sends {  // every tenant | every tenant on tier T | tenant X sends N runs of W per day | within D [from TIME]
    std::optional<Name> tenant, tier;
    Value runs;
    Name workflow;
    std::optional<PerUnit> per;
    std::optional<Value> within, from;
  };
  struct Takes {
    Name workflow;
    Value about;
  };  // each W takes about D
  struct Fails {
    Name step;
    Name workflow;
    Value share;
  };  // step S of W fails P% of the time
  struct Run {
    Value from, to;
  };
  struct Down {
    Name endpoint;
    std::optional<Value> from, to;
  };  // endpoint E is down [from T to T]
  Span span;
  std::variant<Sends, Takes, Fails, Run, Down> item;
};
struct ScenarioDecl {
  Name name;
  std::vector<ScenarioItem> items;
};

// ---------------------------------------------------------------------------------------------------------------------

struct Decl {
  Span span;                // the whole declaration
  Span header;              // its first line
  bool incomplete = false;  // a sentence in it was reported and is absent: what seems missing may have been said there
  std::variant<EditionDecl, UseDecl, TimeZoneDecl, CountryDecl, RegionDecl, PlaceDecl, AdequacyDecl, EndpointDecl,
               StoreDecl, ReviewersDecl, PoolDecl, TierDecl, ClassDecl, RegulationDecl, OrgDecl, TenantDecl,
               TenantsFromDecl, SettingDecl, WorkflowDecl, LadderDecl, RuleDecl, WindowDecl, ExceptionDecl,
               GuaranteeDecl, TestDecl, ScenarioDecl>
      decl;
};

struct File {
  source::FileId file;
  std::vector<Decl> decls;
  std::vector<Name> unread;  // what declarations are called whose header was reported: not unknown, only unread
};

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_AST_H_

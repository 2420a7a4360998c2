// The policy plan: what one step of one workflow decides for the tenants of one shape, and the tables of the image.
//
// BuildPlan turns a VerifiedProgram into a Plan; the two engines (eval.h, jit/jit.h) turn a Plan into a PolicyImage by
// adding a DecideFn to each step entry. A StepProgram is the whole pure policy of a step (gates 1–4 and 6 of the
// language reference) with names resolved, masks computed and sentences attached; steps that decide alike share one.
//
// INVARIANT(plan-valid): every Plan that BuildPlan returns passes ValidatePlan; engines rely on it and check nothing.
// Immutable after BuildPlan; safe to read from several threads.
#ifndef BYLAW_COMPILER_PLAN_PLAN_H_
#define BYLAW_COMPILER_PLAN_PLAN_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "base/time.h"
#include "compiler/cel/typed.h"
#include "compiler/verify/verified_program.h"
#include "compiler/verify/witness.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/policy_image.h"

namespace re2 {
class RE2;
}

namespace bylaw::plan {

inline constexpr uint32_t kNoCall = UINT32_MAX;
// No cost and no floor of a plan exceeds this, so that their sum never overflows (2^61 micros: 2.3 trillion).
inline constexpr int64_t kCostMicrosMax = int64_t{1} << 61;

// Whether a place is legal from `from` until the next span's `from`.
struct LegalSpan {
  TimeNs from = kBeginningOfTimeNs;
  bool legal = true;
  abi::ClauseRef clause = abi::kNoClause;  // the place clause that forbids it
  friend bool operator==(const LegalSpan&, const LegalSpan&) = default;
};

// An endpoint that serves the resource, whether or not it is a candidate: what is up and illegal gives the reason.
struct Server {
  EndpointId endpoint;
  RegionId region;
  std::vector<LegalSpan> spans;  // rising; the first from kBeginningOfTimeNs
  friend bool operator==(const Server&, const Server&) = default;
};

struct Candidate {
  uint32_t server = 0;
  int64_t hi_micros = 0;                   // the most one attempt may cost
  abi::ClauseRef clause = abi::kNoClause;  // the route, or the endpoint's own declaration
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

// One model or tool that the step may call: its default, or what a rule or a rung puts in its place.
struct Call {
  ResourceId resource;
  bool allowed = true;
  abi::ClauseRef contract_clause = abi::kNoClause;  // why not allowed
  abi::ClauseRef refusal_clause = abi::kNoClause;   // named when nothing is up, or only revoked endpoints are left
  std::vector<Server> servers;                      // declaration order
  std::vector<Candidate> candidates;                // preference order: the route's, else the cheapest first
  friend bool operator==(const Call&, const Call&) = default;
};

// Whom a rule concerns, where its shape alone does not say. A missing part means everyone.
struct Guard {
  TierId tier;
  TenantId tenant;
  friend bool operator==(const Guard&, const Guard&) = default;
};

// What a rule or an `asks` does to the course of the step; the strictest first.
enum class Course : uint8_t { kDeny, kSuspend, kSend, kAsk, kWait, kSkip, kNone };

struct Rule {
  const cel::TypedExpr* when = nullptr;  // null: always
  std::vector<Guard> guards;             // any one; empty: everyone
  Course course = Course::kNone;         // the strictest of its effects on the course of the step
  ReviewersId reviewers;                 // of kSend and kAsk
  uint32_t ask_count = 0;                // of kAsk
  uint32_t window = 0;                   // of kWait: index into Plan::windows
  uint32_t call = kNoCall;               // `use model`: index into StepProgram::calls
  uint8_t lane = abi::kLaneUnchanged;
  bool weak = false;  // has an effect weaker than `ask`: an error of its condition suspends the step
  abi::ClauseRef clause = abi::kNoClause;
  friend bool operator==(const Rule&, const Rule&) = default;
};

enum class RungEffect : uint8_t { kUseModel, kSkipOptional, kSendToReviewers, kSuspend };

struct Rung {
  bool is_percent = false;
  int64_t below = 0;  // parts per million of the workflow's budget, or micros
  RungEffect effect = RungEffect::kSuspend;
  uint32_t call = kNoCall;  // kUseModel; kNoCall when the step calls no model, or calls this one anyway
  ReviewersId reviewers;    // kSendToReviewers, the tenant's filled in
  abi::ClauseRef clause = abi::kNoClause;
  friend bool operator==(const Rung&, const Rung&) = default;
};

struct Plan;

struct StepProgram {
  std::string workflow_name, step_name;
  bool optional = false;
  bool may_run = true;                   // the contract lets the tenant run the workflow
  const cel::TypedExpr* when = nullptr;  // the step's own condition
  abi::ClauseRef when_clause = abi::kNoClause;
  abi::ClauseRef step_clause = abi::kNoClause;
  std::vector<Call> calls;      // calls[0] is the default; empty: the step calls nothing
  bool calls_unknown = false;   // `calls a model`, and the contract chooses none
  int64_t own_cost_micros = 0;  // of a step that calls nothing
  int64_t estimate_micros = 0;  // step.estimated_cost: the dearest candidate of the default
  std::vector<Rule> rules;      // rules in scope, then the step's own asks
  std::vector<Rung> rungs;      // the tenant's ladder
  StoreId store;                // keeps the run's state
  ReviewersId offer_reviewers;  // who could be asked instead
  const Plan* plan = nullptr;   // the plan that owns this program
  friend bool operator==(const StepProgram&, const StepProgram&) = default;
};

struct Window {
  uint8_t first_day = 0, last_day = 6;  // Monday is 0
  uint16_t from_minute = 0, to_minute = 0;
};

struct Plan {
  // What it was made from, for who compares policies and still has them: images keep the plan, and not the program,
  // which is several times as large.
  std::weak_ptr<const sema::Program> made_from;
  const sema::Program& program() const;  // whoever asks holds it
  // What the step programs and the settings point into.
  std::vector<std::shared_ptr<const cel::TypedExpr>> conditions;
  std::shared_ptr<const sema::TextPool> texts;
  // The image without its DecideFns. Each StepEntry::program points into `programs`.
  abi::PolicyImage tables;
  std::vector<std::unique_ptr<StepProgram>> programs;
  std::vector<Window> windows;
  // Each settings row is followed by one presence bit a setting, 64 a word.
  uint32_t setting_count = 0;
  // The compiled pattern of every kMatches node, numbered in the order of the programs.
  struct Pattern {
    uint32_t number = 0;
    std::shared_ptr<const re2::RE2> compiled;
  };
  absl::flat_hash_map<const cel::TypedExpr*, Pattern> patterns;
};

std::shared_ptr<const Plan> BuildPlan(const verify::VerifiedProgram& verified);
// What these probes ask about and nothing else: a shape that none of them concerns has no step tables, a step that none
// names no program. For programs to replay witnesses on, whose images are not published.
std::shared_ptr<const Plan> BuildPlanFor(const verify::VerifiedProgram& replay_only,
                                         const std::vector<verify::Probe>& probes);

// INVARIANT(plan-valid): ids in range, spans rising from the beginning of time, costs within kCostMicrosMax, references
// inside their tables. An Internal status names the first breach.
absl::Status ValidatePlan(const Plan& plan);

// `bylaw dump --phase=plan`: shapes, their step tables, and each distinct step program once.
std::string DumpPlan(const Plan& plan);

}  // namespace bylaw::plan

#endif  // BYLAW_COMPILER_PLAN_PLAN_H_

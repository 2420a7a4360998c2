// The policy image: everything the runtime knows of a policy, and the only contract between compiler and runtime.
//
// Immutable once built; shared by pointer; every table is indexed by the dense id of the same name. Produced twice from
// one plan: by the reference evaluator and by the JIT. They differ only in the `decide` pointers of the step tables.
// `keep_alive` owns what those pointers need (machine code, or the plan). Reading is thread-safe.
#ifndef BYLAW_RUNTIME_ABI_POLICY_IMAGE_H_
#define BYLAW_RUNTIME_ABI_POLICY_IMAGE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/huge_pages.h"
#include "base/money.h"
#include "base/time.h"
#include "runtime/abi/clause_table.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/ids.h"
#include "runtime/abi/shared_vector.h"

namespace bylaw::abi {

inline constexpr int64_t kUnlimitedMicros = INT64_MAX;
inline constexpr uint32_t kUnlimited = UINT32_MAX;

enum class RateWindow : uint8_t { kAnchored, kRolling, kCalendar, kEvenly };
enum class CalendarPeriod : uint8_t { kNone, kDay, kMonth };

// One limit: at most `amount` calls (or tokens) per window.
struct RateSpec {
  ResourceId resource;  // none on an endpoint's own quota
  bool tokens = false;
  RateWindow window = RateWindow::kAnchored;
  CalendarPeriod calendar = CalendarPeriod::kNone;  // for kCalendar
  DurationNs window_ns = 0;                         // for the others; for kEvenly the period of `amount` calls
  int64_t amount = 0;
  int64_t burst = 1;  // kEvenly: so many at once
  ClauseRef clause = kNoClause;
  friend bool operator==(const RateSpec&, const RateSpec&) = default;
};

// Positions in every tenant's provenance row. Routes and rates follow at kFirstRate and behind.
enum TenantTerm : uint32_t {
  kTermTenant,  // the tenant's own declaration (or CSV row)
  kTermWeight,
  kTermCap,
  kTermWaiting,
  kTermBudgetWorkflow,
  kTermBudgetMonth,
  kTermLadder,
  kTermStore,
  kTermReviewers,
  kTermPool,
  kTermUrgentLane,
  kTermMayRun,
  kTermSla,
  kFirstRate,  // rate i of the tenant is at kFirstRate + i; the shape's own terms follow (see plan/)
};

// One tenant, packed in two cache lines: what deciding and admitting read first, then what only sets limits up.
struct alignas(64) TenantRecord {
  int64_t budget_workflow_micros = kUnlimitedMicros;
  ShapeId shape;
  TenantId tenant;
  TierId tier;
  OrgId org;
  ClassId klass;
  uint32_t settings_begin = 0;    // SlotValues in PolicyImage::settings, one per declared setting
  uint32_t provenance_begin = 0;  // in PolicyImage::provenance
  uint32_t rates_begin = 0;       // [begin, end) in PolicyImage::rates
  uint32_t rates_end = 0;
  uint32_t weight = 1;
  uint32_t cap = kUnlimited;  // workflows at once
  uint32_t burst_to = 0;      // 0: no bursting
  uint32_t waiting_max = kUnlimited;

  int64_t budget_month_micros = kUnlimitedMicros;
  DurationNs burst_for_ns = 0;
  DurationNs suspended_max_ns = 0;  // 0: as the engine's options say
  std::array<uint32_t, 3> lane_share_ppm = {1'000'000, 1'000'000, 1'000'000};
  uint32_t keep_data_days = 0;            // what an ended run leaves is kept for so long at least …
  uint32_t erase_data_days = kUnlimited;  // … and erased within so many
  uint32_t slots_min = 0;                 // of its pool, guaranteed while it has work
};
static_assert(sizeof(TenantRecord) == 128 && offsetof(TenantRecord, budget_month_micros) == 64);

// A tenant's record while exceptions are in force: from `from_ns` until just before `until_ns` of the wall clock. It
// has the rates of the tenant's own record, position by position; amounts may differ.
struct TenantPhase {
  TenantId tenant;
  TimeNs from_ns = 0;
  TimeNs until_ns = 0;
  TenantRecord record;
  std::string exceptions = {};  // "exception quarter-end (OPS-4121) until 2027-01-05", for who reads the records
};

// The step table of one shape × workflow: entry i belongs to StepId(i).
struct StepEntry {
  DecideFn decide = nullptr;
  const void* program = nullptr;   // plan::StepProgram; read by the reference evaluator only
  int64_t floor_after_micros = 0;  // F(step)
  int64_t hi_max_micros = 0;       // the dearest this step can be
};

struct EndpointInfo {
  std::string name;
  ResourceId resource;
  RegionId region;
  std::string provider;
  DurationNs takes_about_ns = 0;
  DurationNs takes_at_most_ns = 0;
  std::vector<RateSpec> quotas;  // the platform's own, shared by weight
  int64_t cost_per_call_micros = 0;
  int64_t pico_per_input_token = 0;  // when priced per token
  int64_t pico_per_output_token = 0;
  ClauseId clause;
};
struct PoolInfo {
  std::string name;
  RegionId region;
  uint32_t slots = 0;
  uint32_t room = kUnlimited;
  ClauseId clause;
};
struct StoreInfo {
  std::string name;
  RegionId region;
  ClauseId clause;
};
struct ReviewersInfo {
  std::string name;
  uint32_t staff = 0;  // 0: unstated
  DurationNs review_takes_ns = 0;
  std::vector<TierId> serves;  // in that order; empty: all alike
  ClauseId clause;
};
struct OrgInfo {
  std::string name;
  uint32_t weight = 0;        // 0: the sum of its members
  uint32_t cap = kUnlimited;  // together
  int64_t budget_month_micros = kUnlimitedMicros;
  ClauseId cap_clause, budget_clause;
};

enum class SlotType : uint8_t { kNumber, kCount, kMoney, kText, kYesNo, kDate, kDuration, kTextList };
struct SlotInfo {
  std::string name;  // "amount", or "compliance.confidence" for a step's output
  SlotType type = SlotType::kText;
  std::vector<std::string> choices;  // of `one of …` (then kText)
};

struct StepInfo {
  std::string name;
  bool optional = false;
  ResourceId resource;       // the default; none for a step that calls nothing or leaves the choice open
  uint32_t retries_max = 0;  // per visit
  StepId replan_target;      // none: no replan
  uint32_t replans_max = 0;  // per workflow
  DurationNs takes_about_ns = 0;
  DurationNs takes_at_most_ns = 0;
  int64_t input_tokens = 0, output_tokens = 0;  // 0: not stated
  ClauseId clause;
};
struct WorkflowInfo {
  std::string name;
  Lane lane = Lane::kNormal;
  std::vector<StepInfo> steps;  // file order
  std::vector<StepId> order;    // topological, then file order: the order of execution
  std::vector<SlotInfo> slots;  // inputs, then outputs in step order
  uint32_t input_count = 0;
  ClauseId clause;
};

// What one shape's tenants get for one workflow.
struct ShapeWorkflow {
  bool may_run = true;
  int64_t floor_entry_micros = 0;  // F(entry)
  std::vector<StepEntry> steps;
};
// What makes calls to a place legal for the tenants of a shape.
struct LegalBasis {
  std::vector<ClauseRef> clauses;    // the sentences that say where its calls may go; all of them are met
  std::vector<std::string> grounds;  // the adequacy decisions and certificates that this stands on, with their places
  friend bool operator==(const LegalBasis&, const LegalBasis&) = default;
};

struct ShapeInfo {
  PoolId pool;  // where its work runs; none: no legal pool
  // Where it keeps state, checkpoints, audit and queues; none: nothing declared or nothing legal.
  std::array<StoreId, 4> stores;
  ReviewersId reviewers;
  std::vector<ShapeWorkflow> workflows;
  // Bit per EndpointId: legal for this shape over [legal_from[i], legal_from[i + 1]); one row of words per interval.
  std::vector<TimeNs> legal_from;  // first is kBeginningOfTimeNs
  std::vector<std::vector<uint64_t>> legal;
  // By EndpointId, over the same intervals: into PolicyImage::bases. kNoId: nothing restricts its calls. May be
  // missing.
  std::vector<std::vector<uint32_t>> basis;
  // Bit per ResourceId: forbidden by the contract; the words past the last one may be missing.
  std::vector<uint64_t> denied;

  bool Denies(ResourceId id) const {
    return id.index() / 64 < denied.size() && (denied[id.index() / 64] >> (id.index() % 64) & 1) != 0;
  }
};

struct PolicyImage {
  std::string time_zone = "UTC";
  Currency currency = Currency::kUsd;
  bool replay_only = false;  // of a program that has not been proved, to replay witnesses: never published

  SharedVector<TenantRecord, HugePageAllocator<TenantRecord>> tenants;
  std::vector<TenantPhase> phases;  // by tenant, then by time; those of one tenant do not overlap
  std::vector<ShapeInfo> shapes;
  SharedVector<RateSpec> rates;
  SharedVector<SlotValue, HugePageAllocator<SlotValue>> settings;
  SharedVector<ClauseId> provenance;

  SharedVector<std::string> tenant_names;
  std::vector<std::string> regions, tiers, classes;
  std::vector<std::string> resources;
  std::vector<bool> resource_is_model;
  std::vector<EndpointInfo> endpoints;
  std::vector<PoolInfo> pools;
  std::vector<StoreInfo> stores;
  std::vector<ReviewersInfo> reviewers;
  std::vector<OrgInfo> orgs;
  std::vector<WorkflowInfo> workflows;
  ClauseTable clauses;
  std::vector<LegalBasis> bases;

  std::shared_ptr<const void> keep_alive;

  const TenantRecord& tenant(TenantId id) const { return tenants[id.index()]; }
  // The record in force at an instant of the wall clock: the tenant's own, or that of a phase.
  const TenantRecord& RecordAt(TenantId id, TimeNs wall_ns) const;
  const ShapeWorkflow& shape_workflow(const TenantRecord& record, WorkflowId workflow) const {
    return shapes[record.shape.index()].workflows[workflow.index()];
  }
  // Words needed for one bit per endpoint.
  size_t endpoint_words() const { return (endpoints.size() + 63) / 64; }
  // The sentence a decision about this tenant refers to; none if it names none.
  ClauseId ResolveClause(const TenantRecord& record, ClauseRef ref) const;
  // "tiers.bylaw:12: at most 50 workflows at once", or "" for none.
  std::string ClauseText(ClauseId clause) const;
  // Why a call to `endpoint` at this instant of the wall clock is legal for the tenant, into bases; kNoId if nothing
  // restricts its calls. And until when, at most, that is the reason.
  uint32_t BasisAt(const TenantRecord& record, EndpointId endpoint, TimeNs wall_ns) const;
  TimeNs BasisUntil(const TenantRecord& record, TimeNs wall_ns) const;
  // "gdpr.bylaw:3: calls go only to EU, places adequate for EU; world.bylaw:9: …".
  std::string BasisText(const TenantRecord& record, uint32_t basis) const;
  // Which of phases a record of this image is, kNoId if it is a tenant's own.
  uint32_t PhaseOf(const TenantRecord* record) const;
  // Linear look-ups by name, for tools and tests; None() if absent.
  TenantId FindTenant(std::string_view name) const;
  WorkflowId FindWorkflow(std::string_view name) const;
  EndpointId FindEndpoint(std::string_view name) const;
  StepId FindStep(WorkflowId workflow, std::string_view name) const;
};

}  // namespace bylaw::abi

#endif  // BYLAW_RUNTIME_ABI_POLICY_IMAGE_H_

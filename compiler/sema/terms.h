// The terms of a contract, resolved: limits, choices and places, each with the sentence it comes from.
//
// Plain values; every value in its unit, every name an id of the Program (program.h) they belong to.
#ifndef BYLAW_COMPILER_SEMA_TERMS_H_
#define BYLAW_COMPILER_SEMA_TERMS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "compiler/sema/places.h"
#include "compiler/source/source.h"
#include "compiler/syntax/ast.h"
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
// Whether they say the same, wherever they say it.
bool SamePlaces(const PlaceConstraint& a, const PlaceConstraint& b);
struct StoreChoice {
  syntax::DataClass data = syntax::DataClass::kState;
  StoreId store;
  ClauseId clause;
};
struct Expects {  // declared volume (volume.h)
  WorkflowId workflow;
  syntax::PerUnit per = syntax::PerUnit::kDay;
  int64_t runs = 0, peak = 0;
  ClauseId clause;
};
// Sentences about one workflow and one period: the nearest holds.
inline bool SameExpectsTerm(const Expects& a, const Expects& b) { return a.workflow == b.workflow && a.per == b.per; }
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

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_TERMS_H_

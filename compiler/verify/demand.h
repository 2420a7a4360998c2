// What the declared volume of a tenant asks of the platform: runs, slot time, calls, tokens and money.
//
// `expects N runs of W per day peaking at M` says how many runs may come in any 24 hours and nothing about when, so
// they may all come at once: N on an ordinary day, M at the most. Another sentence `per hour` beside it says how the
// day spreads: both hold in every span. A month has as many runs as its days say, 31 at the most; a peak day is made up
// for by quieter ones.
//
// Two bounds of everything. What surely happens (a proof may refute with it): attempts of a run in which everything
// that may fail does, or nothing does, up to the first step at which a condition, a rule, the ladder or the budget may
// change its course. What may happen at the most (a proof may rest on it): every attempt of every step. Sums saturate.
#ifndef BYLAW_COMPILER_VERIFY_DEMAND_H_
#define BYLAW_COMPILER_VERIFY_DEMAND_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/verify/facts.h"

namespace bylaw::verify {

// What all that a contract says about one workflow comes to.
struct Volume {
  // One sentence: at most `runs` in any span so long, at the worst.
  struct Bound {
    DurationNs span_ns = 0;
    int64_t runs = 0;
  };
  WorkflowId workflow;
  int64_t usual = 0;       // runs that may come at once on an ordinary day
  int64_t daily = 0;       // runs of an ordinary day
  int64_t monthly = 0;     // runs of a month, 31 days long
  int64_t peak = 0;        // runs that may come at once on the worst day
  bool per_month = false;  // `monthly` is what a sentence says
  ClauseId clause;         // the sentence behind `usual`
  ClauseId monthly_clause;
  std::vector<Bound> bounds;

  // The most that may come in a span, both its ends included.
  int64_t PeakWithin(DurationNs span) const;
};
// The declared volumes of workflows that `terms` let a tenant run, in the order stated, one a workflow.
std::vector<Volume> VolumesOf(const sema::Program& program, const sema::Terms& terms);
// The sentences on which the demand of a tenant and the time it has for it depend: tenants of one shape and org that
// agree in them get the same answers.
std::vector<ClauseId> DemandSentences(const sema::Terms& terms);

// One workflow for the tenants of a shape within one budget per workflow (kUnlimitedMicros without one).
class RunDemand {
 public:
  RunDemand(const Facts& facts, ShapeId shape, WorkflowId workflow, int64_t budget);

  // Money.
  int64_t sure_micros() const { return sure_micros_; }  // what rests on `about` tokens left out
  int64_t most_micros() const { return most_micros_; }

  // Calls of `resource`, or its tokens.
  int64_t SureUses(ResourceId resource, bool tokens) const;
  // Nothing if a step that may use it does not say how many tokens it needs.
  std::optional<int64_t> MostUses(ResourceId resource, bool tokens) const;
  // The most that one call may take of it at once; 1 for calls.
  int64_t LargestUse(ResourceId resource, bool tokens) const;

  // The same of what one endpoint serves: surely, if nothing fails and everything is up; at the most, if everything
  // goes there that may.
  int64_t SureUsesAt(EndpointId endpoint, bool tokens) const;
  std::optional<int64_t> MostUsesAt(EndpointId endpoint, bool tokens) const;

  // Slot time of a run without any failure, as its steps and endpoints say `takes about`; what is unstated counts
  // nothing.
  DurationNs usual_slot_ns() const { return usual_slot_ns_; }
  // Slot time with every attempt at its `takes at most`; nothing if some attempt states none.
  std::optional<DurationNs> most_slot_ns() const { return most_slot_ns_; }
  // Why a run may wait for something else than a slot or a rate, or end early: "step decide asks reviewers". Empty if
  // it cannot while its endpoints are up.
  const std::string& may_park() const { return may_park_; }

 private:
  std::vector<StepId> SureAttempts(bool failing) const;
  void CountSlotTime();
  std::string WhyMayPark() const;
  // Steps with an option that `uses` it, and their attempts.
  template <typename Uses, typename Visit>
  void ForEachUse(Uses uses, Visit visit) const;
  template <typename Uses>
  std::optional<int64_t> MostOf(Uses uses, bool tokens) const;
  int64_t UsesOfStep(StepId step, bool tokens) const;

  const Facts& facts_;
  ShapeId shape_;
  const sema::Workflow& workflow_;
  WorkflowId workflow_id_;
  const WorkFacts& work_;
  int64_t budget_;
  std::vector<int64_t> attempts_;                 // at most, by StepId
  std::vector<StepId> failing_run_, smooth_run_;  // sure attempts
  int64_t sure_micros_ = 0, most_micros_ = 0;
  DurationNs usual_slot_ns_ = 0;
  std::optional<DurationNs> most_slot_ns_;
  std::string may_park_;
};

// The least whole number that is at least `ppm` millionths of `n`.
int64_t ShareOf(int64_t ppm, int64_t n);

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_DEMAND_H_

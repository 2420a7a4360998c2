// What can be said about an SLA without running anything.
//
// Two sides. *Ideal capacity*: the runs of an ordinary day come at once and everything they may use is theirs; if even
// so fewer than the promised share finish in time, the SLA is refuted. *Bound on arrivals*: every tenant sends up to
// its peak day at the worst moments, every attempt takes as long as it may, and still nobody waits longer than
// promised; then it is proved.
//
// The bound is the busy period of network calculus for a work-conserving scheduler with caps: a run that is not in its
// slot waits because its tenant is at its cap, or its org is, or its pool is full, or a rate is used up; each of these
// lasts no longer than the work (or the calls) of all who can cause it, divided by what serves it. All work that counts
// came within twice the delay and a window of each rate: the bound holds for the work of a span that is no shorter.
#ifndef BYLAW_COMPILER_VERIFY_SLA_BOUND_H_
#define BYLAW_COMPILER_VERIFY_SLA_BOUND_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "compiler/verify/demand.h"

namespace bylaw::verify {

// What limits how many runs can be in a slot at once, or in review.
struct Capacity {
  std::string noun;  // "pool us-workers", "its own cap"
  ClauseId clause;   // none: nothing limits it
  int64_t slots = 0;
  int64_t burst_slots = 0;  // for so long this many; 0: no burst
  DurationNs burst_for_ns = 0;
  bool reviews = false;  // people of a desk
  ReviewersId desk;
};
struct Batch {
  int64_t runs = 0;
  DurationNs each_ns = 0;
};
// The least time in which `runs` of the batches, the shortest first, get through `capacity`. Saturates.
DurationNs LeastTime(std::vector<Batch> batches, int64_t runs, const Capacity& capacity);

struct SlaQuestion {
  TenantId tenant;
  int64_t share_ppm = 0;
  DurationNs within_ns = 0;
};

// Not thread-safe: what was computed for one tenant is kept for those alike.
class SlaBound {
 public:
  explicit SlaBound(const Facts& facts);

  struct Refusal {
    Capacity capacity;
    std::vector<Volume> volumes;
    std::vector<Batch> batches;  // by volume
    int64_t needed = 0;          // runs that must be in time
    DurationNs least_ns = 0;
    bool by_day = false;  // a day's runs take longer than a day, for ever
  };
  // The tightest capacity that refutes it.
  std::optional<Refusal> Refute(const SlaQuestion& question);
  // The most runs that can come at once and be in time; nothing if the tenant declares several workflows.
  std::optional<int64_t> LargestBurst(const SlaQuestion& question);

  struct Proof {
    DurationNs delay_ns = 0;  // of every run, from Submit to Finish
    std::string why_not;      // empty: it is proved
  };
  Proof Prove(const SlaQuestion& question);

 private:
  // Spans of time in which work may pile up: a bound holds if all that counts for it came within one of them.
  static constexpr std::array<DurationNs, 12> kSpans = {kMinuteNs,      10 * kMinuteNs, kHourNs,        3 * kHourNs,
                                                        8 * kHourNs,    kDayNs - 1,     2 * kDayNs - 1, 3 * kDayNs - 1,
                                                        4 * kDayNs - 1, 5 * kDayNs - 1, 6 * kDayNs - 1, 8 * kDayNs - 1};

  // What the tenants of one pool or org, or one tenant alone, declare at the most.
  struct Load {
    std::array<DurationNs, kSpans.size()> slot_ns{};  // of what may come in each span at the worst
    DurationNs longest_ns = 0;                        // of one run
    int64_t month_micros = 0;
    std::string why_unknown;  // "t declares no volume of w"; empty: all is declared and bounded
  };
  struct Delay {
    DurationNs blocked_ns = 0, longest_window_ns = 0;
    std::string why_not;
  };

  const RunDemand& DemandOf(TenantId tenant, WorkflowId workflow);
  const Load& LoadOf(TenantId tenant);
  static void Join(Load& all, const Load& one);
  std::vector<Capacity> CapacitiesOf(TenantId tenant) const;
  std::vector<Batch> BatchesFor(TenantId tenant, const std::vector<Volume>& volumes, const Capacity& capacity,
                                int64_t Volume::* runs);
  int64_t ReviewsOf(TenantId tenant, WorkflowId workflow, ReviewersId desk) const;
  DurationNs LeastTimeOf(TenantId tenant, const std::vector<Volume>& volumes, int64_t runs, const Capacity& capacity);

  // How long rates can hold back the runs that come in span `s`.
  void AddRates(TenantId tenant, size_t s, Delay& delay);
  void AddQuotas(TenantId tenant, size_t s, Delay& delay);
  void AddLimit(const abi::RateSpec& spec, const std::string& name, std::optional<int64_t> uses, int64_t largest,
                Delay& delay) const;
  // Declared uses of what an endpoint serves, over all tenants that may call it, in each span at the worst.
  struct QuotaUse {
    std::array<int64_t, kSpans.size()> uses{};
    int64_t largest = 1;
    std::string why_unknown;
  };
  QuotaUse UsesOf(EndpointId endpoint, bool tokens);
  std::string WhyMayWait(TenantId tenant, const std::vector<Volume>& volumes);

  const Facts& facts_;
  const sema::Program& program_;
  std::map<std::tuple<ShapeId, WorkflowId, int64_t>, RunDemand> demands_;
  std::map<uint32_t, Load> loads_;  // by effective terms
  std::map<std::pair<EndpointId, bool>, QuotaUse> quota_uses_;
  std::vector<Load> pools_, orgs_;
};

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_SLA_BOUND_H_

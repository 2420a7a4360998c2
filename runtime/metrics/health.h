// Is the platform healthy? A verdict over figures of the tenants, the pools and the reviewers, with the number behind
// each part of it.
//
// healthy: SLAs are met for at least 95 % of runs, most tenants use less than 80 % of their caps, no tenant has read
// another's data, less than 1 % of charged attempts cost more than was reserved for them, and no reviewers' queue is
// out of proportion. broken: SLAs are met for less than 80 % of runs, or several tenants are slow for the same shared
// reason, or an invariant does not hold, or data were read across tenants. degrading: anything between. One slow tenant
// is slow by its own contract or its own dependencies; several at once share a bottleneck, which is named.
// Pure functions of plain values.
#ifndef BYLAW_RUNTIME_METRICS_HEALTH_H_
#define BYLAW_RUNTIME_METRICS_HEALTH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bylaw::metrics {

// Where a tenant's runs lost their time.
enum class Bottleneck : uint8_t { kNone, kOwnCap, kRateLimits, kPool, kReview, kSuspended, kRefused };
inline constexpr size_t kBottlenecks = 7;
std::string_view BottleneckName(Bottleneck bottleneck);  // "own-cap"
// Every tenant has a cap of its own and may wait at it without others being the reason.
bool IsShared(Bottleneck bottleneck);

struct TenantSigns {
  uint64_t promised = 0;          // runs that an SLA speaks of, within the declared volume
  uint64_t late = 0;              // of them: refused, failed, or done later than promised
  bool slow = false;              // missed its SLA; without one, waits longer than it works
  bool has_cap = false;           // then:
  double cap_utilisation = 0;     // mean over the time in which it had work, 0 … 1
  uint64_t attempts = 0;          // that were charged
  uint64_t overruns = 0;          // of them: dearer than reserved
  double budget_utilisation = 0;  // of the month's, spent by now
  bool has_month_budget = false;
  // Seconds its runs spent in each; refused runs count as one second each, so that they matter only where nothing else
  // does.
  std::array<double, kBottlenecks> lost_s{};

  Bottleneck bottleneck() const;  // where most was lost
};

struct ReviewerSigns {
  uint64_t asked = 0;
  uint64_t waiting_max = 0;
  uint32_t staff = 0;  // 0: somebody for everyone
};

struct PlatformSigns {
  std::vector<TenantSigns> tenants = {};
  std::vector<ReviewerSigns> reviewers = {};
  uint64_t cross_tenant_reads = 0;
  bool invariants_hold = true;
};

enum class State : uint8_t { kHealthy, kDegrading, kBroken };
std::string_view StateName(State state);

enum class Signal : uint8_t {
  kSla,             // share of promised runs in time
  kSlowTenants,     // how many
  kCapUtilisation,  // share of capped tenants below 80 %
  kOverruns,        // share of charged attempts
  kReviewers,       // longest queue a person, against the mean over all queues
  kCrossTenantReads,
  kInvariants,  // 1: all hold
};
std::string_view SignalName(Signal signal);  // "sla"

struct Judgement {
  Signal signal = Signal::kSla;
  double value = 0;
  State state = State::kHealthy;
  bool applies = true;  // false: there was nothing to judge by
};

struct Health {
  State state = State::kHealthy;  // the worst of the signals
  std::vector<Judgement> signals;
  size_t slow = 0;                         // tenants
  Bottleneck shared = Bottleneck::kNone;   // what several slow tenants have in common
  size_t shared_by = 0;                    // of them
  double budget_utilisation_variance = 0;  // over tenants with a month's budget
};

Health Judge(const PlatformSigns& signs);

}  // namespace bylaw::metrics

#endif  // BYLAW_RUNTIME_METRICS_HEALTH_H_

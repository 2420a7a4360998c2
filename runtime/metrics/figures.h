// What is counted for each tenant, and how evenly service is shared among tenants.
//
// Plain values that the engine's driver adds to; nothing here decides anything. Not thread-safe.
#ifndef BYLAW_RUNTIME_METRICS_FIGURES_H_
#define BYLAW_RUNTIME_METRICS_FIGURES_H_

#include <array>
#include <cstdint>
#include <span>

#include "base/time.h"
#include "runtime/abi/decision.h"
#include "runtime/metrics/distribution.h"

namespace bylaw::metrics {

#define BYLAW_REASON(enumerator, name) +1
inline constexpr size_t kReasons = 0
#include "runtime/abi/reason.def"
    ;
#undef BYLAW_REASON

struct TenantFigures {
  int64_t submitted = 0;
  int64_t accepted = 0;
  int64_t finished = 0;
  int64_t ended_early = 0;                    // failed, denied or cancelled
  std::array<int64_t, kReasons> refused{};    // at Submit, by reason
  std::array<int64_t, kReasons> held_back{};  // decisions that did not proceed, by reason
  Distribution wait_ns;                       // from Submit to the first slot
  Distribution run_ns;                        // from Submit to Finish
  int64_t sla_violations = 0;
  int64_t cap_hits = 0;
  int64_t bursts = 0;
  uint32_t in_flight_most = 0;
  DurationNs slot_time_ns = 0;
  int64_t spent_micros = 0;
  int64_t overruns = 0;

  int64_t RefusedTotal() const;
  // Everything of `other` added: the figures of a group.
  void Add(const TenantFigures& other);
};

// One tenant's service, and the weight by which it was entitled to it.
struct Service {
  double amount = 0;
  double weight = 1;
};

// Jain's index of amount / weight: (Σx)² / (n·Σx²), from 1/n (one has everything) to 1 (equal by weight). 1 when there
// is nobody or nothing to share. R. Jain, D. Chiu, W. Hawe, DEC TR-301 (1984).
double JainIndex(std::span<const Service> services);

}  // namespace bylaw::metrics

#endif  // BYLAW_RUNTIME_METRICS_FIGURES_H_

#include "runtime/metrics/figures.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"

namespace bylaw::metrics {

int64_t TenantFigures::RefusedTotal() const { return std::accumulate(refused.begin(), refused.end(), int64_t{0}); }

void TenantFigures::Add(const TenantFigures& other) {
  submitted += other.submitted;
  accepted += other.accepted;
  finished += other.finished;
  ended_early += other.ended_early;
  for (size_t reason = 0; reason < kReasons; ++reason) {
    refused[reason] += other.refused[reason];
    held_back[reason] += other.held_back[reason];
  }
  wait_ns.Merge(other.wait_ns);
  run_ns.Merge(other.run_ns);
  sla_violations += other.sla_violations;
  cap_hits += other.cap_hits;
  bursts += other.bursts;
  in_flight_most = std::max(in_flight_most, other.in_flight_most);
  slot_time_ns += other.slot_time_ns;
  spent_micros += other.spent_micros;
  overruns += other.overruns;
}

double JainIndex(std::span<const Service> services) {
  double sum = 0, squares = 0;
  for (const Service& service : services) {
    BYLAW_CHECK(service.weight > 0, "an entitlement has a weight");
    const double share = service.amount / service.weight;
    sum += share;
    squares += share * share;
  }
  return squares == 0 ? 1 : sum * sum / (static_cast<double>(services.size()) * squares);
}

}  // namespace bylaw::metrics

#include "simulator/serving/service_difference.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bylaw::simulator {

ServiceDifference::ServiceDifference(std::vector<uint32_t> weights)
    : weights_(std::move(weights)),
      service_(weights_.size()),
      positions_(weights_.size(), kNone),
      is_served_(weights_.size()) {}

void ServiceDifference::Begin(uint32_t tenant) {
  if (free_places_.empty()) {
    free_places_.push_back(static_cast<uint32_t>(pairs_.size()));
    pairs_.emplace_back(pairs_.size());
  }
  const Waiting begins{tenant, free_places_.back()};
  free_places_.pop_back();
  for (const Waiting& other : waiting_) {
    // The sign is that of tenants, not of places: f < g.
    const double now =
        tenant < other.tenant ? service_[tenant] - service_[other.tenant] : service_[other.tenant] - service_[tenant];
    PairOf(begins.place, other.place) = {.base = now, .least = now, .most = now, .drift = 0};
  }
  positions_[tenant] = static_cast<uint32_t>(waiting_.size());
  waiting_.push_back(begins);
}

void ServiceDifference::End(uint32_t tenant) {
  const uint32_t position = positions_[tenant];
  const Waiting ends = waiting_[position];
  waiting_[position] = waiting_.back();
  positions_[waiting_[position].tenant] = position;
  waiting_.pop_back();
  positions_[tenant] = kNone;
  free_places_.push_back(ends.place);
  for (const Waiting& other : waiting_) drift_ -= PairOf(ends.place, other.place).drift;
}

void ServiceDifference::Serve(uint32_t tenant, int64_t units) {
  service_[tenant] += static_cast<double>(units) / weights_[tenant];
  if (is_served_[tenant]) return;
  is_served_[tenant] = true;
  served_.push_back(tenant);
}

void ServiceDifference::Compare(const Waiting& one, const Waiting& other) {
  Pair& pair = PairOf(one.place, other.place);
  const double now = one.tenant < other.tenant ? service_[one.tenant] - service_[other.tenant]
                                               : service_[other.tenant] - service_[one.tenant];
  pair.least = std::min(pair.least, now);
  pair.most = std::max(pair.most, now);
  max_ = std::max(max_, pair.most - pair.least);
  const double drift = std::abs(now - pair.base);
  drift_ += drift - pair.drift;
  pair.drift = drift;
}

void ServiceDifference::Observe() {
  for (const uint32_t tenant : served_) {
    if (positions_[tenant] == kNone) continue;
    const Waiting one = waiting_[positions_[tenant]];
    for (const Waiting& other : waiting_) {
      const bool again = is_served_[other.tenant] && other.tenant <= tenant;
      if (!again) Compare(one, other);
    }
  }
  for (const uint32_t tenant : served_) is_served_[tenant] = false;
  served_.clear();
  sum_ += drift_;
  observations_ += waiting_.size() * (waiting_.size() - std::min<size_t>(waiting_.size(), 1)) / 2;
}

}  // namespace bylaw::simulator

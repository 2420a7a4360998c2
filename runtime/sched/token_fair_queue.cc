#include "runtime/sched/token_fair_queue.h"

#include <algorithm>

#include "base/check.h"

namespace bylaw::sched {
namespace {

Tag RankOfKey(HeapKey key) { return static_cast<Tag>(key >> 32); }

// A smoothed mean: an eighth of the difference is believed at once.
int64_t Smoothed(int64_t mean, int64_t seen) { return mean < 0 ? seen : mean + (seen - mean) / 8; }

}  // namespace

uint32_t TokenFairQueue::AddTenant(uint64_t weight) {
  BYLAW_CHECK(weight >= 1, "weights are at least 1");
  Tenant tenant;
  tenant.inverse_weight = InverseWeight(weight);
  tenants_.push_back(std::move(tenant));
  positions_.push_back(kNotInHeap);
  return static_cast<uint32_t>(tenants_.size() - 1);
}

// In all, known part included.
int64_t TokenFairQueue::ExpectedOf(const Request& request) const {
  const int64_t own = tenants_[request.tenant].expected;
  const int64_t more = own >= 0 ? own : expected_of_all_ >= 0 ? expected_of_all_ : options_.unknown_units;
  return request.known_units + more;
}

Tag TokenFairQueue::RankOf(uint32_t tenant) const {
  const Tenant& t = tenants_[tenant];
  const Request& next = t.waiting.front();
  const int64_t first_charge = std::min(ExpectedOf(next), next.known_units + options_.ahead_units);
  return t.tag + ChargeTag(std::max<int64_t>(first_charge, 1), t.inverse_weight) / 2;
}

// Puts the tenant where it belongs in the heap, or out of it.
void TokenFairQueue::Place(uint32_t tenant) {
  auto position_of = [this](uint32_t t) -> uint32_t& { return positions_[t]; };
  const uint32_t position = positions_[tenant];
  if (position != kNotInHeap) rank_sum_ -= RankOfKey(heap_.key_at(position));
  if (tenants_[tenant].waiting.empty()) {
    if (position != kNotInHeap) heap_.Remove(position, position_of);
    return;
  }
  const Tag rank = RankOf(tenant);
  rank_sum_ += rank;
  const HeapKey key = MakeHeapKey(rank, tenant);
  position == kNotInHeap ? heap_.Push(key, position_of) : heap_.Update(position, key, position_of);
}

void TokenFairQueue::Charge(uint32_t tenant, int64_t units) {
  Tenant& t = tenants_[tenant];
  t.charged += units;
  if (units >= 0) {
    t.tag += units == 0 ? 0 : ChargeTag(units, t.inverse_weight);
  } else {
    t.tag -= std::min(t.tag, ChargeTag(-units, t.inverse_weight));
  }
}

void TokenFairQueue::Enqueue(const Request& request) {
  BYLAW_CHECK(request.tenant < tenants_.size() && request.known_units >= 0, "a request of a tenant");
  Tenant& tenant = tenants_[request.tenant];
  if (tenant.waiting.empty()) {
    const Tag entry = heap_.empty() ? last_rank_ : std::max<Tag>(last_rank_, rank_sum_ / heap_.size());
    tenant.tag = std::max(tenant.tag, entry);
  }
  tenant.waiting.push_back(request);
  Place(request.tenant);
}

const TokenFairQueue::Request* TokenFairQueue::Next() const {
  return heap_.empty() ? nullptr : &tenants_[heap_.top_id()].waiting.front();
}

std::optional<TokenFairQueue::Taken> TokenFairQueue::Take() {
  if (heap_.empty()) return std::nullopt;
  const uint32_t id = heap_.top_id();
  Tenant& tenant = tenants_[id];
  if (free_handles_.empty()) {
    free_handles_.push_back(static_cast<uint32_t>(under_way_.size()));
    under_way_.emplace_back();
  }
  Taken taken{free_handles_.back(), tenant.waiting.front()};
  free_handles_.pop_back();
  tenant.waiting.pop_front();
  last_rank_ = std::max(last_rank_, tenant.tag);
  UnderWay& request = under_way_[taken.handle];
  request = {.tenant = id, .known = taken.request.known_units, .expected = ExpectedOf(taken.request), .charged = 0};
  request.charged = std::min(request.expected, request.known + options_.ahead_units);
  Charge(id, request.charged);
  Place(id);
  return taken;
}

void TokenFairQueue::Use(uint32_t handle, int64_t units) {
  UnderWay& request = under_way_[handle];
  BYLAW_CHECK(request.tenant != UINT32_MAX, "a request under way");
  const int64_t charge = std::max(units, std::min(units + options_.ahead_units, request.expected));
  if (charge <= request.charged) return;
  Charge(request.tenant, charge - request.charged);
  request.charged = charge;
  if (Waits(request.tenant)) Place(request.tenant);
}

void TokenFairQueue::End(uint32_t handle, int64_t units) {
  UnderWay& request = under_way_[handle];
  BYLAW_CHECK(request.tenant != UINT32_MAX, "a request ends once");
  const uint32_t tenant = request.tenant;
  Charge(tenant, units - request.charged);
  Learn(tenant, std::max<int64_t>(units - request.known, 0));
  request.tenant = UINT32_MAX;
  free_handles_.push_back(handle);
  if (Waits(tenant)) Place(tenant);
}

void TokenFairQueue::Learn(uint32_t tenant, int64_t units) {
  tenants_[tenant].expected = Smoothed(tenants_[tenant].expected, units);
  expected_of_all_ = Smoothed(expected_of_all_, units);
}

std::string TokenFairQueue::CheckConsistency() const {
  if (!heap_.IsConsistent([this](uint32_t t) { return positions_[t]; })) return "the heap is out of order";
  Tag sum = 0;
  for (uint32_t t = 0; t < tenants_.size(); ++t) {
    if (Waits(t) != (positions_[t] != kNotInHeap)) return "a tenant is in the heap without waiting, or the reverse";
    if (positions_[t] != kNotInHeap) sum += RankOfKey(heap_.key_at(positions_[t]));
  }
  return sum == rank_sum_ ? "" : "the sum of the ranks is not their sum";
}

}  // namespace bylaw::sched

#include "runtime/sched/token_fair_queue.h"

#include <algorithm>

#include "base/check.h"

namespace bylaw::sched {

uint32_t TokenFairQueue::AddTenant(uint64_t weight) {
  BYLAW_CHECK(weight >= 1, "weights are at least 1");
  Tenant tenant;
  tenant.inverse_weight = InverseWeight(weight);
  tenants_.push_back(std::move(tenant));
  positions_.push_back(kNotInHeap);
  return static_cast<uint32_t>(tenants_.size() - 1);
}

// INVARIANT(ahead), of one request; in eighths of a unit.
int64_t TokenFairQueue::AheadOf(uint32_t tenant, int64_t known, int64_t used) const {
  const RecentLengths& own = tenants_[tenant].lengths;
  const RecentLengths& lengths = own.size() < kEnough ? lengths_of_all_ : own;
  const int64_t beyond = std::max<int64_t>(used - known, 0);
  const int64_t rest =
      lengths.size() == 0 ? std::max<int64_t>(options_.unknown_units - beyond, 0) : lengths.MeanRest(beyond);
  return 8 * std::max<int64_t>(known - used, 0) + rest;
}

Tag TokenFairQueue::RankOf(uint32_t tenant) const {
  const Tenant& t = tenants_[tenant];
  const int64_t next = AheadOf(tenant, t.waiting.front().known_units, 0);  // a quarter of it counts
  return t.tag + ChargeTag(4 * t.ahead + next, t.inverse_weight) / (4 * 8);
}

// Puts the tenant where it belongs in the heap, or out of it.
void TokenFairQueue::Place(uint32_t tenant) {
  auto position_of = [this](uint32_t t) -> uint32_t& { return positions_[t]; };
  const uint32_t position = positions_[tenant];
  if (tenants_[tenant].waiting.empty()) {
    if (position == kNotInHeap) return;
    tag_sum_ -= tenants_[tenant].tag;
    heap_.Remove(position, position_of);
    return;
  }
  const HeapKey key = MakeHeapKey(RankOf(tenant), tenant);
  if (position != kNotInHeap) return heap_.Update(position, key, position_of);
  tag_sum_ += tenants_[tenant].tag;
  heap_.Push(key, position_of);
}

// The request has used so much in all and is so much ahead of it.
void TokenFairQueue::Progress(UnderWay& request, int64_t used, int64_t ahead) {
  BYLAW_CHECK(used >= request.used, "what has been used only grows");
  Tenant& tenant = tenants_[request.tenant];
  tenant.ahead += ahead - request.ahead;
  tenant.used += used - request.used;
  if (used > request.used) {
    const Tag charge = ChargeTag(used - request.used, tenant.inverse_weight);
    tenant.tag += charge;
    if (Waits(request.tenant)) tag_sum_ += charge;
    highest_tag_ = std::max(highest_tag_, tenant.tag);
  }
  request.used = used;
  request.ahead = ahead;
}

void TokenFairQueue::Enqueue(const Request& request) {
  BYLAW_CHECK(request.tenant < tenants_.size() && request.known_units >= 0, "a request of a tenant");
  Tenant& tenant = tenants_[request.tenant];
  if (tenant.waiting.empty()) {
    tenant.tag = std::max(tenant.tag, heap_.empty() ? highest_tag_ : tag_sum_ / heap_.size());
  }
  tenant.waiting.push_back(request);
  if (tenant.waiting.size() == 1) Place(request.tenant);
}

const TokenFairQueue::Request* TokenFairQueue::Next() const {
  return heap_.empty() ? nullptr : &tenants_[heap_.top_id()].waiting.front();
}

std::optional<TokenFairQueue::Taken> TokenFairQueue::Take() {
  if (heap_.empty()) return std::nullopt;
  const uint32_t id = heap_.top_id();
  if (free_handles_.empty()) {
    free_handles_.push_back(static_cast<uint32_t>(under_way_.size()));
    under_way_.emplace_back();
  }
  Taken taken{free_handles_.back(), tenants_[id].waiting.front()};
  free_handles_.pop_back();
  UnderWay& request = under_way_[taken.handle];
  request = {.tenant = id, .known = taken.request.known_units, .used = 0, .ahead = 0};
  Progress(request, 0, AheadOf(id, request.known, 0));
  tenants_[id].waiting.pop_front();
  Place(id);
  return taken;
}

void TokenFairQueue::Use(uint32_t handle, int64_t units) {
  UnderWay& request = under_way_[handle];
  BYLAW_CHECK(request.tenant != UINT32_MAX, "a request under way");
  Progress(request, units, AheadOf(request.tenant, request.known, units));
  if (Waits(request.tenant)) Place(request.tenant);
}

void TokenFairQueue::End(uint32_t handle, int64_t units) {
  UnderWay& request = under_way_[handle];
  BYLAW_CHECK(request.tenant != UINT32_MAX, "a request ends once");
  const uint32_t tenant = request.tenant;
  Progress(request, units, 0);
  const int64_t beyond = std::max<int64_t>(units - request.known, 0);
  tenants_[tenant].lengths.Learn(beyond);
  lengths_of_all_.Learn(beyond);
  request.tenant = UINT32_MAX;
  free_handles_.push_back(handle);
  if (Waits(tenant)) Place(tenant);
}

std::string TokenFairQueue::CheckConsistency() const {
  if (!heap_.IsConsistent([this](uint32_t t) { return positions_[t]; })) return "the heap is out of order";
  Tag sum = 0;
  std::vector<int64_t> ahead(tenants_.size());
  for (const UnderWay& request : under_way_) {
    if (request.tenant != UINT32_MAX) ahead[request.tenant] += request.ahead;
  }
  for (uint32_t t = 0; t < tenants_.size(); ++t) {
    if (Waits(t) != (positions_[t] != kNotInHeap)) return "a tenant is in the heap without waiting, or the reverse";
    if (Waits(t)) sum += tenants_[t].tag;
    if (ahead[t] != tenants_[t].ahead) return "a tenant is ahead by other than its requests are";
    if (tenants_[t].tag > highest_tag_) return "a tag is higher than the highest";
  }
  return sum == tag_sum_ ? "" : "the sum of the tags is not their sum";
}

}  // namespace bylaw::sched

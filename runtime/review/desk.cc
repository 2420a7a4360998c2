#include "runtime/review/desk.h"

#include <algorithm>

#include "runtime/abi/planted_bug.h"

namespace bylaw::review {

Desk Desk::Of(const abi::ReviewersInfo& info, DurationNs takes_ns, bool first_come) {
  Desk desk(info.staff == 0 ? UINT32_MAX : info.staff, takes_ns, first_come);
  int64_t place = 0;
  for (const TierId tier : info.serves) desk.head_starts_.emplace(tier, takes_ns * place++);
  return desk;
}

void Desk::Ask(const abi::TenantRecord& tenant, uint64_t run, uint32_t answers) {
  if (answers == 0) return;
  const uint32_t number = LineOf(tenant.tenant);
  Line& line = lines_[number];
  if (line.runs.empty()) {
    const auto head_start = head_starts_.find(tenant.tier);
    line.head_start = head_start == head_starts_.end() ? 0 : head_start->second;
    line.weight = std::max<uint32_t>(1, tenant.weight);
    line.start = std::max(line.start, virtual_time_);
    turns_.emplace(line.rank(), number);
  }
  line.runs.insert(line.runs.end(), answers, run);
  asked_ += answers;
  waiting_ += answers;
}

std::optional<uint64_t> Desk::Begin() {
  if (busy_ >= staff_) {
    waiting_max_ = std::max(waiting_max_, waiting_);
    return std::nullopt;
  }
  if (turns_.empty()) return std::nullopt;
  const uint32_t number = turns_.begin()->second;
  turns_.erase(turns_.begin());
  Line& line = lines_[number];
  ++busy_;
  --waiting_;
  virtual_time_ = std::max(virtual_time_, line.start);
  if (!abi::Planted(abi::PlantedBug::kReviewsUncharged)) line.start += takes_ns_ / line.weight;
  const uint64_t run = line.runs.front();
  line.runs.pop_front();
  if (!line.runs.empty()) turns_.emplace(line.rank(), number);
  return run;
}

uint32_t Desk::Withdraw(TenantId tenant, uint64_t run) {
  const uint32_t number = LineOf(tenant);
  const auto found = lines_.find(number);
  if (found == lines_.end()) return 0;
  Line& line = found->second;
  const auto gone = static_cast<uint32_t>(std::erase(line.runs, run));
  if (gone > 0 && line.runs.empty()) turns_.erase({line.rank(), number});
  waiting_ -= gone;
  return gone;
}

}  // namespace bylaw::review

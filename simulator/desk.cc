#include "simulator/desk.h"

#include <algorithm>

namespace bylaw::simulator {

Desk Desk::Of(const abi::ReviewersInfo& info, DurationNs takes_ns, bool first_come) {
  Desk desk(info.staff == 0 ? UINT32_MAX : info.staff, takes_ns, first_come);
  int64_t place = 0;
  for (const TierId tier : info.serves) desk.head_starts_.emplace(tier, takes_ns * place++);
  return desk;
}

void Desk::Ask(const abi::TenantRecord& tenant, uint32_t run, uint32_t answers) {
  Line& line = lines_[fifo_ ? 0 : tenant.tenant.value()];
  if (line.runs.empty()) {
    const auto head_start = head_starts_.find(tenant.tier);
    line.head_start = head_start == head_starts_.end() ? 0 : head_start->second;
    line.weight = std::max<uint32_t>(1, tenant.weight);
    line.start = std::max(line.start, virtual_time_);
  }
  line.runs.insert(line.runs.end(), answers, run);
  asked_ += answers;
  waiting_ += answers;
}

std::optional<uint32_t> Desk::Begin() {
  if (busy_ >= staff_) {
    waiting_max_ = std::max(waiting_max_, waiting_);
    return std::nullopt;
  }
  Line* next = nullptr;
  for (auto& [tenant, line] : lines_) {
    if (line.runs.empty()) continue;
    if (next == nullptr || line.start + line.head_start < next->start + next->head_start) next = &line;
  }
  if (next == nullptr) return std::nullopt;
  ++busy_;
  --waiting_;
  virtual_time_ = std::max(virtual_time_, next->start);
  next->start += takes_ns_ / next->weight;
  const uint32_t run = next->runs.front();
  next->runs.pop_front();
  return run;
}

}  // namespace bylaw::simulator

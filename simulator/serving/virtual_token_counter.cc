#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "simulator/serving/chooser.h"

namespace bylaw::simulator {
namespace {

class VirtualTokenCounter final : public Chooser {
 public:
  VirtualTokenCounter(const Trace& trace, const std::vector<uint32_t>& weights)
      : trace_(trace), weights_(weights), counters_(weights.size()), queues_(weights.size()) {
    charged_.resize(trace.requests.size());
  }

  void Arrive(uint32_t request) override {
    const uint32_t tenant = trace_.requests[request].tenant;
    if (queues_[tenant].empty()) {
      const std::optional<uint32_t> least = Least();
      const double floor = least ? counters_[*least] : last_left_ ? counters_[*last_left_] : 0;
      counters_[tenant] = std::max(counters_[tenant], floor);
    }
    if (queues_[tenant].empty()) waiting_.emplace(counters_[tenant], tenant);
    queues_[tenant].push_back(request);
  }

  std::optional<uint32_t> Next(const Fits& fits) override {
    const std::optional<uint32_t> tenant = Least();
    if (!tenant || !fits(queues_[*tenant].front())) return std::nullopt;
    const uint32_t request = queues_[*tenant].front();
    queues_[*tenant].pop_front();
    if (queues_[*tenant].empty()) {
      waiting_.erase({counters_[*tenant], *tenant});
      last_left_ = tenant;
    }
    Charge(request, trace_.requests[request].input_tokens * kUnitsPerInputToken);
    return request;
  }

  void Serve(uint32_t request, int64_t units) override { Charge(request, units); }
  void End(uint32_t request, int64_t units) override { Charge(request, units); }

 private:
  // The waiting tenant with the least counter.
  std::optional<uint32_t> Least() const {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.begin()->second;
  }
  void Charge(uint32_t request, int64_t units) {
    const uint32_t tenant = trace_.requests[request].tenant;
    const bool waits = !queues_[tenant].empty();
    if (waits) waiting_.erase({counters_[tenant], tenant});
    counters_[tenant] += static_cast<double>(units - charged_[request]) / weights_[tenant];
    if (waits) waiting_.emplace(counters_[tenant], tenant);
    charged_[request] = units;
  }

  const Trace& trace_;
  std::vector<uint32_t> weights_;
  std::vector<double> counters_;
  std::vector<std::deque<uint32_t>> queues_;
  std::set<std::pair<double, uint32_t>> waiting_;  // counters and tenants
  std::vector<int64_t> charged_;                   // by request
  std::optional<uint32_t> last_left_;
};

}  // namespace

std::unique_ptr<Chooser> MakeVirtualTokenCounter(const Trace& trace, const std::vector<uint32_t>& weights) {
  return std::make_unique<VirtualTokenCounter>(trace, weights);
}

}  // namespace bylaw::simulator

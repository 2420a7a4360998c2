#include <deque>

#include "runtime/sched/token_fair_queue.h"
#include "simulator/serving/chooser.h"

namespace bylaw::simulator {
namespace {

// In order of arrival, whoever sent it.
class FirstComeFirstServed final : public Chooser {
 public:
  void Arrive(uint32_t request) override { waiting_.push_back(request); }
  std::optional<uint32_t> Next(const Fits& fits) override {
    if (waiting_.empty() || !fits(waiting_.front())) return std::nullopt;
    const uint32_t request = waiting_.front();
    waiting_.pop_front();
    return request;
  }
  void Serve(uint32_t, int64_t) override {}
  void End(uint32_t, int64_t) override {}

 private:
  std::deque<uint32_t> waiting_;
};

// One request of each tenant that waits, over and over, however long.
class RoundRobin final : public Chooser {
 public:
  explicit RoundRobin(const Trace& trace) : trace_(trace), waiting_(trace.tenants.size()) {}

  void Arrive(uint32_t request) override {
    const uint32_t tenant = trace_.requests[request].tenant;
    if (waiting_[tenant].empty()) turns_.push_back(tenant);
    waiting_[tenant].push_back(request);
  }
  std::optional<uint32_t> Next(const Fits& fits) override {
    if (turns_.empty()) return std::nullopt;
    const uint32_t tenant = turns_.front();
    const uint32_t request = waiting_[tenant].front();
    if (!fits(request)) return std::nullopt;
    turns_.pop_front();
    waiting_[tenant].pop_front();
    if (!waiting_[tenant].empty()) turns_.push_back(tenant);
    return request;
  }
  void Serve(uint32_t, int64_t) override {}
  void End(uint32_t, int64_t) override {}

 private:
  const Trace& trace_;
  std::vector<std::deque<uint32_t>> waiting_;
  std::deque<uint32_t> turns_;
};

class TokenFair final : public Chooser {
 public:
  TokenFair(const Trace& trace, const std::vector<uint32_t>& weights)
      : trace_(trace), queue_({}), handles_(trace.requests.size()) {
    for (const uint32_t weight : weights) queue_.AddTenant(weight);
  }

  void Arrive(uint32_t request) override {
    const Request& asked = trace_.requests[request];
    queue_.Enqueue({.job = request, .tenant = asked.tenant, .known_units = asked.input_tokens * kUnitsPerInputToken});
  }
  std::optional<uint32_t> Next(const Fits& fits) override {
    const sched::TokenFairQueue::Request* next = queue_.Next();
    if (next == nullptr || !fits(static_cast<uint32_t>(next->job))) return std::nullopt;
    const sched::TokenFairQueue::Taken taken = *queue_.Take();
    handles_[taken.request.job] = taken.handle;
    return static_cast<uint32_t>(taken.request.job);
  }
  void Serve(uint32_t request, int64_t units) override { queue_.Use(handles_[request], units); }
  void End(uint32_t request, int64_t units) override { queue_.End(handles_[request], units); }

 private:
  const Trace& trace_;
  sched::TokenFairQueue queue_;
  std::vector<uint32_t> handles_;  // by request
};

}  // namespace

std::unique_ptr<Chooser> MakeFirstComeFirstServed() { return std::make_unique<FirstComeFirstServed>(); }
std::unique_ptr<Chooser> MakeRoundRobin(const Trace& trace) { return std::make_unique<RoundRobin>(trace); }
std::unique_ptr<Chooser> MakeTokenFair(const Trace& trace, const std::vector<uint32_t>& weights) {
  return std::make_unique<TokenFair>(trace, weights);
}

}  // namespace bylaw::simulator

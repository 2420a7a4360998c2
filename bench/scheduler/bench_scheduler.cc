// P3: the scheduler. One cycle is complete + enqueue + dispatch, with a million jobs waiting.
//
// The pool: 1,000 orgs (one for ten tenants below 10,000) hold four fifths of the tenants; every tenant has a weight, a
// cap and a lane quota, half of the orgs a cap together; arrivals follow Zipf's law over the tenants, costs are
// exponential, estimates wrong by up to a factor of two, lanes random; one cycle in a hundred shuts or opens a gate.
// Open arrivals follow Zipf's law all along, so that in the end the tenants with a backlog are those at their caps.
// Backlogged: the tenant whose turn ends sends the next job, so that nearly everybody stays eligible: the heaps are as
// large as they can be and every cycle meets a tenant that no cache remembers.
// What is random is drawn beforehand. Latencies are of single cycles, with the clock's own cost subtracted.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/prng.h"
#include "runtime/sched/fair_queue.h"

namespace bylaw::sched {
namespace {

constexpr uint32_t kQueued = 1'000'000;
constexpr uint32_t kSlots = 2'000;
constexpr size_t kDraws = size_t{1} << 20;
constexpr size_t kGateEvery = 100;
constexpr uint32_t kGatesShutMax = 16;

struct Draw {
  uint32_t tenant;
  abi::Lane lane;
  uint32_t cost_ms;
  uint32_t turn;  // of those running, in 2^-32 parts
};

// Ranks 0 … n−1 with probability ∝ 1 / (rank + 1), by inverting the sums; the ranks are shuffled over the tenants.
class Zipf {
 public:
  Zipf(uint32_t n, Prng* prng) : sums_(n), tenant_of_rank_(n) {
    double sum = 0;
    for (uint32_t i = 0; i < n; ++i) {
      sums_[i] = sum += 1.0 / (i + 1);
      tenant_of_rank_[i] = i;
    }
    for (uint32_t i = n; i > 1; --i) std::swap(tenant_of_rank_[i - 1], tenant_of_rank_[prng->Below(i)]);
  }
  uint32_t Next(Prng* prng) const {
    const double at = prng->Unit() * sums_.back();
    const auto it = std::upper_bound(sums_.begin(), sums_.end(), at);
    return tenant_of_rank_[std::min<size_t>(static_cast<size_t>(it - sums_.begin()), sums_.size() - 1)];
  }

 private:
  std::vector<double> sums_;
  std::vector<uint32_t> tenant_of_rank_;
};

enum class Arrivals { kOpen, kBacklogged };

class Pool {
 public:
  Pool(uint32_t tenants, Arrivals arrivals) : arrivals_(arrivals), prng_(20261123), queue_(PoolOptions()) {
    const uint32_t orgs = std::min<uint32_t>(1'000, tenants / 10);
    queue_.Reserve(orgs + tenants + 100'000, kQueued + kSlots + 100'000);
    for (uint32_t i = 0; i < orgs; ++i) {
      orgs_.push_back(queue_.AddOrg({.cap = i % 2 == 0 ? 100u : kUnlimited}));
    }
    for (uint32_t i = 0; i < tenants; ++i) tenants_.push_back(AddTenant(i));
    const Zipf zipf(tenants, &prng_);
    for (size_t i = 0; i < kDraws; ++i) {
      const double cost_ms = 1.0 - 2'000.0 * std::log(1.0 - prng_.Unit());
      draws_.push_back({zipf.Next(&prng_), static_cast<abi::Lane>(prng_.Below(3)), static_cast<uint32_t>(cost_ms),
                        static_cast<uint32_t>(prng_.Next())});
    }
    for (uint32_t i = 0; i < kQueued + kSlots; ++i) {
      const Draw& draw = draws_[i % kDraws];
      const bool everybody_first = arrivals_ == Arrivals::kBacklogged && i < 4 * tenants;
      Enqueue(everybody_first ? i % tenants : draw.tenant, draw);
    }
    Fill();
    for (size_t i = 0; i < 2 * kDraws; ++i) Cycle();
  }

  NodeId AddTenant(uint32_t i) {
    const TenantOptions options{
        .weight = 1 + prng_.Below(10), .cap = static_cast<uint32_t>(prng_.Between(4, 50)), .urgent_share_ppm = 200'000};
    return queue_.AddTenant(i % 5 == 0 ? FairQueue::root() : orgs_[i % orgs_.size()], options, now_);
  }

  void Cycle() {
    const Draw& draw = draws_[next_++ % kDraws];
    now_ += kMillisecondNs;
    uint32_t sender = draw.tenant;
    if (!running_.empty()) {
      const size_t at = static_cast<size_t>(uint64_t{draw.turn} * running_.size() >> 32);
      const Running ended = running_[at];
      running_[at] = running_.back();
      running_.pop_back();
      queue_.Complete(ended.id, ended.actual_ns, now_);
      if (arrivals_ == Arrivals::kBacklogged) sender = ended.tenant;
    }
    if (next_ % kGateEvery == 0) FlipGate(draw.turn % static_cast<uint32_t>(tenants_.size()));
    Enqueue(sender, draw);
    Fill();
  }

  // A tenant nobody has heard of sends its first request.
  void FirstRequest() {
    const NodeId tenant = queue_.AddTenant(FairQueue::root(), {.weight = 3, .cap = 20}, now_);
    benchmark::DoNotOptimize(queue_.Enqueue(tenant, 1, abi::Lane::kNormal, now_, kSecondNs, now_));
  }

  uint32_t CountEligible() const {
    uint32_t eligible = 0;
    for (const NodeId tenant : tenants_) eligible += queue_.Counters(tenant).eligible;
    return eligible;
  }
  const FairQueue& queue() const { return queue_; }
  uint64_t turns() const { return turns_; }

 private:
  struct Running {
    TurnId id;
    uint32_t tenant;
    DurationNs actual_ns;
  };

  static Options PoolOptions() {
    Options options;
    options.slots = kSlots;
    options.room = 4 * kQueued;
    options.alpha_ppm = 1'000'000'000;  // nobody is refused: the number that wait stays a million
    options.events_max = 0;
    return options;
  }

  void Enqueue(uint32_t tenant, const Draw& draw) {
    const DurationNs actual = draw.cost_ms * kMillisecondNs;
    queue_.Enqueue(tenants_[tenant], static_cast<uint64_t>(actual), draw.lane, now_,
                   actual / 2 + static_cast<DurationNs>(draw.turn % 1024) * actual / 680, now_);
  }

  void Fill() {
    while (auto turn = queue_.Dispatch(now_)) {
      running_.push_back({turn->id, turn->tenant.value() - 1 - static_cast<uint32_t>(orgs_.size()),
                          static_cast<DurationNs>(turn->job)});
      ++turns_;
    }
  }

  // At most kGatesShutMax are shut at any time; the oldest opens first.
  void FlipGate(uint32_t tenant) {
    queue_.SetGate(tenants_[tenant], Gate::kRate, true, now_);
    shut_.push_back(tenant);
    if (shut_.size() <= kGatesShutMax) return;
    queue_.SetGate(tenants_[shut_.front()], Gate::kRate, false, now_);
    shut_.erase(shut_.begin());
  }

  Arrivals arrivals_;
  Prng prng_;
  TimeNs now_ = 0;
  FairQueue queue_;
  std::vector<NodeId> orgs_, tenants_;
  std::vector<Draw> draws_;
  std::vector<Running> running_;
  std::vector<uint32_t> shut_;
  size_t next_ = 0;
  uint64_t turns_ = 0;
};

// Measures `call` once for each sample and reports its distribution without the clock's own cost.
template <typename Call>
void ReportLatencies(benchmark::State& state, Call&& call) {
  const SystemClock clock;
  std::vector<DurationNs> samples, empty;
  for (int i = 0; i < 10'000; ++i) {
    const TimeNs start = clock.MonotonicNow();
    empty.push_back(clock.MonotonicNow() - start);
  }
  std::nth_element(empty.begin(), empty.begin() + 5'000, empty.end());
  const DurationNs overhead = empty[5'000];
  samples.reserve(1 << 20);
  for (auto _ : state) {
    const TimeNs start = clock.MonotonicNow();
    call();
    samples.push_back(std::max<DurationNs>(clock.MonotonicNow() - start - overhead, 0));
  }
  std::sort(samples.begin(), samples.end());
  auto percentile = [&](double part) {
    return static_cast<double>(samples[static_cast<size_t>(part * static_cast<double>(samples.size() - 1))]);
  };
  state.counters["p50_ns"] = percentile(0.5);
  state.counters["p99_ns"] = percentile(0.99);
  state.counters["p999_ns"] = percentile(0.999);
  state.counters["clock_ns"] = static_cast<double>(overhead);
}

void Cycles(benchmark::State& state, Arrivals arrivals) {
  Pool pool(static_cast<uint32_t>(state.range(0)), arrivals);
  const uint64_t before = pool.turns();
  for (auto _ : state) pool.Cycle();
  state.SetItemsProcessed(state.iterations());
  state.counters["turns_per_cycle"] =
      static_cast<double>(pool.turns() - before) / static_cast<double>(state.iterations());
  state.counters["waiting"] = pool.queue().waiting();
  state.counters["slots_in_use"] = pool.queue().slots_in_use();
  state.counters["eligible"] = pool.CountEligible();
}
void BM_OpenCycle(benchmark::State& state) { Cycles(state, Arrivals::kOpen); }
void BM_BackloggedCycle(benchmark::State& state) { Cycles(state, Arrivals::kBacklogged); }
BENCHMARK(BM_OpenCycle)->Arg(100)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Iterations(3'000'000);
BENCHMARK(BM_BackloggedCycle)->Arg(100)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Iterations(3'000'000);

void BM_OpenCycleLatency(benchmark::State& state) {
  Pool pool(static_cast<uint32_t>(state.range(0)), Arrivals::kOpen);
  ReportLatencies(state, [&pool] { pool.Cycle(); });
}
void BM_BackloggedCycleLatency(benchmark::State& state) {
  Pool pool(static_cast<uint32_t>(state.range(0)), Arrivals::kBacklogged);
  ReportLatencies(state, [&pool] { pool.Cycle(); });
}
BENCHMARK(BM_OpenCycleLatency)->Arg(100'000)->Iterations(1'000'000);
BENCHMARK(BM_BackloggedCycleLatency)->Arg(100'000)->Iterations(1'000'000);

void BM_FirstRequest(benchmark::State& state) {
  Pool pool(static_cast<uint32_t>(state.range(0)), Arrivals::kBacklogged);
  ReportLatencies(state, [&pool] { pool.FirstRequest(); });
}
BENCHMARK(BM_FirstRequest)->Arg(100'000)->Iterations(90'000);

}  // namespace
}  // namespace bylaw::sched

BENCHMARK_MAIN();

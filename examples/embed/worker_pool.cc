// A pool of worker threads that obeys a Bylaw policy. The engine is a single-threaded object: one mutex serialises the
// calls to it, each of which takes about a microsecond; the work itself is done outside the lock.
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "compiler/driver/image.h"
#include "runtime/audit/sink.h"
#include "runtime/engine/engine.h"

namespace engine = bylaw::engine;

struct Pool {
  bylaw::SystemClock clock;
  bylaw::audit::MemorySink records;
  std::mutex mutex;  // guards everything below
  std::condition_variable changed;
  std::unique_ptr<engine::Engine> engine;
  std::map<uint32_t, int> finished;  // runs, by TenantId
  bool closing = false;

  void Work() {
    std::unique_lock lock(mutex);
    while (!closing || engine->RunsInFlight() > 0) {
      if (const auto turn = engine->Next(bylaw::PoolId(0))) {
        Serve(*turn, lock);
        changed.notify_all();
      } else {  // until somebody submits, a slot is given back, or a run that waits on a limit is due
        const auto due = std::chrono::nanoseconds(engine->NextEventTime() - clock.MonotonicNow());
        changed.wait_for(lock, std::min<std::chrono::nanoseconds>(due, std::chrono::milliseconds(50)));
      }
    }
  }

  void Serve(const engine::Turn& turn, std::unique_lock<std::mutex>& lock) {
    for (bylaw::StepId step = turn.step; step.valid(); step = engine->NextStep(turn.run)) {
      const bylaw::abi::Decision decision = engine->BeginStep(turn.run, step);
      if (decision.verdict != static_cast<uint8_t>(bylaw::abi::Verdict::kProceed)) {
        if (engine->StatusOf(turn.run).state == engine::RunState::kRunning) continue;  // the step is passed over
        return;  // the slot is given back; the run comes back through Next, or has ended
      }
      lock.unlock();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));  // call image().endpoints[decision.endpoint] here
      lock.lock();
      const auto after = engine->EndStep(turn.run, {.cost_micros = decision.reserved_micros}, engine::Outcome::kOk);
      if (after.then != engine::Then::kStep && after.then != engine::Then::kFinish) return;
    }
    engine->Finish(turn.run);
    ++finished[turn.tenant.value()];
  }
};

int main(int, char** argv) {
  auto policy = bylaw::driver::Check({.paths = {argv[1]}});
  if (policy.ok()) bylaw::driver::Verify(*policy);
  if (!policy.ok() || !policy->verified) return 1;
  const auto image = bylaw::driver::BuildImage(*policy->verified, bylaw::driver::EngineKind::kJitO2);
  if (!image.ok()) return 2;
  Pool pool;
  pool.engine = *engine::Engine::Create(*image, &pool.clock, &pool.records, {});
  std::vector<std::thread> workers;
  for (int i = 0; i < 6; ++i) workers.emplace_back([&] { pool.Work(); });
  int refused = 0;
  for (int i = 0; i <= 300; ++i) {  // greedy sends two runs of three
    const std::lock_guard lock(pool.mutex);
    const bylaw::TenantId tenant = (*image)->FindTenant(i % 3 != 0 ? "greedy" : i % 2 != 0 ? "north" : "south");
    pool.closing = i == 300;
    if (!pool.closing) refused += !pool.engine->Submit(tenant, bylaw::WorkflowId(0), {}).queued;
    pool.changed.notify_all();
  }
  for (std::thread& worker : workers) worker.join();
  for (const auto& [tenant, runs] : pool.finished)
    std::printf("%s: %d\n", (*image)->tenant_names[tenant].c_str(), runs);
  std::printf("refused: %d, audit records: %zu\n", refused, pool.records.records().size());
}

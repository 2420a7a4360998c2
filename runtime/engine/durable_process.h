// Test support: an engine that keeps its state on a store in memory, and can be ended and begun anew.
#ifndef BYLAW_RUNTIME_ENGINE_DURABLE_PROCESS_H_
#define BYLAW_RUNTIME_ENGINE_DURABLE_PROCESS_H_

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <utility>

#include "runtime/durable/journal.h"
#include "runtime/durable/memory_store.h"
#include "runtime/engine/engine_world.h"

namespace bylaw::engine {

class Process {
 public:
  explicit Process(std::shared_ptr<const abi::PolicyImage> image) : image_(std::move(image)), clock(kMondayMorning) {
    Begin();
  }
  void Begin(Options options = {}) {
    journal = std::make_unique<durable::Journal>(&store);
    options.journal = journal.get();
    auto made = Engine::Create(image_, &clock, &sink, options);
    ASSERT_TRUE(made.ok()) << made.status();
    engine = *std::move(made);
  }
  // What was not committed is gone.
  void Crash(Options options = {}) {
    engine.reset();
    store.Restart();
    Begin(options);
  }
  void Use(std::shared_ptr<const abi::PolicyImage> image) { image_ = std::move(image); }
  RunId Submit(TenantId tenant, std::span<const Value> inputs = {}) {
    const SubmitResult result = engine->Submit(tenant, WorkflowId(0), inputs);
    EXPECT_TRUE(result.queued) << abi::ReasonName(result.reason);
    return result.run;
  }
  // The next step of the run that has its turn; it must proceed and cost what was reserved.
  void Do(RunId run, std::span<const Value> outputs = {}) {
    const abi::Decision decision = engine->BeginStep(run, engine->NextStep(run));
    ASSERT_EQ(VerdictOf(decision), abi::Verdict::kProceed) << abi::ToString(decision);
    engine->EndStep(run, {.cost_micros = decision.reserved_micros}, Outcome::kOk, outputs);
  }

 private:
  std::shared_ptr<const abi::PolicyImage> image_;

 public:
  durable::MemoryStore store;
  SimulatedClock clock;
  audit::MemorySink sink;
  std::unique_ptr<durable::Journal> journal;
  std::unique_ptr<Engine> engine;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_DURABLE_PROCESS_H_

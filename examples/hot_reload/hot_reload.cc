// A policy is replaced while workers run under it. Reading, proving, compiling and preparing happen on a thread of
// their own; publishing is one call under the mutex that serialises the engine. Usage: hot_reload FOLDER
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "compiler/diag/render.h"
#include "compiler/driver/image.h"
#include "runtime/audit/sink.h"
#include "runtime/engine/engine.h"

namespace engine = bylaw::engine;
using std::chrono::milliseconds;

// The image of a policy file; null, and the first diagnostic printed, if it does not verify.
std::shared_ptr<const bylaw::abi::PolicyImage> Compile(const std::string& path) {
  auto policy = bylaw::driver::Check({.paths = {path}});
  if (!policy.ok()) return nullptr;
  bylaw::driver::Verify(*policy);
  if (policy->verified) return *bylaw::driver::BuildImage(*policy->verified, bylaw::driver::EngineKind::kJitO2);
  const std::string text = bylaw::diag::RenderText(*policy->sources, policy->sink.diagnostics()[0], {});
  std::printf("%s\n", text.substr(0, text.find('\n')).c_str());
  return nullptr;
}

class Platform {
 public:
  explicit Platform(std::shared_ptr<const bylaw::abi::PolicyImage> first)
      : engine_(*engine::Engine::Create(std::move(first), &clock_, &records_, {})) {
    for (int i = 0; i < 4; ++i) workers_.emplace_back([this] { Work(); });
  }

  // The tenant by its name: the number it gives holds for the engine's life.
  void Send(const std::string& tenant, int runs) {
    const std::lock_guard lock(mutex_);
    const bylaw::TenantId id = engine_->policy()->names().tenants.Find(tenant);
    for (int i = 0; i < runs; ++i) engine_->Submit(id, bylaw::WorkflowId(0), {});
    changed_.notify_all();
  }
  std::shared_ptr<const engine::Policy> published() {
    const std::lock_guard lock(mutex_);
    return engine_->policy();
  }
  // Short: what takes time has been prepared.
  void Publish(const std::shared_ptr<const engine::Policy>& next) {
    const std::lock_guard lock(mutex_);
    if (const absl::Status status = engine_->Reload(next); !status.ok()) {
      std::printf("not published: %s\n", std::string(status.message()).c_str());
    }
    changed_.notify_all();
  }
  void Finish() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
      changed_.notify_all();
    }
    for (std::thread& worker : workers_) worker.join();
    for (const auto& [what, calls] : calls_) std::printf("%s: %d calls\n", what.c_str(), calls);
  }

 private:
  void Work() {
    std::unique_lock lock(mutex_);
    while (!closing_ || engine_->RunsInFlight() > 0) {
      if (const auto turn = engine_->Next(bylaw::PoolId(0))) {
        Serve(*turn, lock);
        changed_.notify_all();
      } else {
        changed_.wait_for(lock, milliseconds(20));
      }
    }
  }

  void Serve(const engine::Turn& turn, std::unique_lock<std::mutex>& lock) {
    for (bylaw::StepId step = turn.step; step.valid(); step = engine_->NextStep(turn.run)) {
      const engine::StepDecision decision = engine_->BeginStep(turn.run, step);
      if (decision.verdict != static_cast<uint8_t>(bylaw::abi::Verdict::kProceed)) return;
      const std::string& endpoint = engine_->policy()->names().endpoints.NameOf(bylaw::EndpointId(decision.endpoint));
      ++calls_["epoch " + std::to_string(decision.epoch) + ", " + endpoint];
      lock.unlock();
      std::this_thread::sleep_for(milliseconds(10));
      lock.lock();
      engine_->EndStep(turn.run, {.cost_micros = decision.reserved_micros}, engine::Outcome::kOk);
    }
    engine_->Finish(turn.run);
  }

  bylaw::SystemClock clock_;
  bylaw::audit::MemorySink records_;
  std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::map<std::string, int> calls_;
  bool closing_ = false;
  std::unique_ptr<engine::Engine> engine_;
  std::vector<std::thread> workers_;
};

int main(int, char** argv) {
  const std::string folder = argv[1];
  auto first = Compile(folder + "/before.bylaw");
  if (first == nullptr) return 1;
  Platform platform(std::move(first));
  platform.Send("north", 20);
  std::thread([&] {
    for (const char* saved : {"/broken.bylaw", "/after.bylaw"}) {
      const auto image = Compile(folder + saved);
      if (image == nullptr) {  // the last good policy stays
        std::printf("%s is refused, nothing changes\n", saved + 1);
        continue;
      }
      const auto next = engine::Policy::Prepare(image, platform.published());
      if (next.ok()) platform.Publish(*next);
      std::printf("%s is published\n", saved + 1);
    }
  }).join();
  platform.Send("north", 10);
  platform.Send("acme", 5);
  platform.Finish();
}

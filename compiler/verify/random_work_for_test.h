// Random small workflows with prices, retries, replans, optional steps and a ladder: one shape, one tenant, every price
// and threshold a whole number of cents, so that a simulation can enumerate what remains cent by cent.
#ifndef BYLAW_COMPILER_VERIFY_RANDOM_WORK_FOR_TEST_H_
#define BYLAW_COMPILER_VERIFY_RANDOM_WORK_FOR_TEST_H_

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/prng.h"
#include "compiler/sema/program_builder.h"

namespace bylaw::verify {

inline constexpr int64_t kCentMicros = 10'000;

class RandomWork {
 public:
  explicit RandomWork(uint64_t seed, bool with_ladder) : prng_(seed) {
    for (int i = 0; i < 3; ++i) models_.push_back(builder_.Model("model-" + std::to_string(i)));
    tool_ = builder_.Tool("tool");
    for (const ResourceId model : models_) Serve(model);
    Serve(tool_);
    workflow_ = builder_.AddWorkflow("work");
    const int64_t steps = 1 + Below(5);
    for (int64_t i = 0; i < steps; ++i) AddStep(i);
    sema::Terms terms;
    budget_cents_ = 10 * (1 + Below(7));
    terms.budget_workflow = builder_.Budget(budget_cents_);
    if (with_ladder) terms.ladder = {AddLadder(), builder_.Say("follow ladder l")};
    builder_.AddTenant("t", builder_.AddTier("tier"), std::move(terms));
  }

  int64_t budget_cents() const { return budget_cents_; }
  std::shared_ptr<const sema::Program> Build() { return builder_.Build(); }

 private:
  int64_t Below(int64_t n) { return static_cast<int64_t>(prng_.Below(static_cast<uint64_t>(n))); }

  void Serve(ResourceId resource) {
    const int64_t endpoints = 1 + Below(2);
    for (int64_t i = 0; i < endpoints; ++i) {
      const int64_t cents = Below(4) == 0 ? 0 : Below(9);
      builder_.Serve("e", resource, sema::Location{}, cents);
    }
  }

  void AddStep(int64_t index) {
    sema::Step& step = builder_.AddStep(workflow_, "s" + std::to_string(index));
    switch (Below(4)) {
      case 0:
        builder_.Call(step, tool_);
        break;
      case 1:
        if (Below(2) == 0) step.cost_at_most = builder_.CostsAtMost(Below(6));
        break;
      default:
        builder_.Call(step, models_[static_cast<size_t>(Below(3))]);
    }
    step.optional = Below(4) == 0;
    if (Below(3) == 0) step.retries = builder_.AtMost(static_cast<uint32_t>(1 + Below(2)), "retries");
    if (Below(3) == 0) {
      step.replan_target = StepId(static_cast<uint32_t>(Below(index + 1)));
      step.replans = builder_.AtMost(static_cast<uint32_t>(1 + Below(2)), "replans");
    }
  }

  LadderId AddLadder() {
    const LadderId ladder = builder_.AddLadder("l");
    int64_t percent = 100;
    const int64_t rungs = 1 + Below(3);
    for (int64_t i = 0; i < rungs; ++i) {
      const auto effect = static_cast<sema::Rung::Effect>(Below(5) < 3 ? 0 : 1 + Below(3));
      const ResourceId model =
          effect == sema::Rung::Effect::kUseModel ? models_[static_cast<size_t>(Below(3))] : ResourceId();
      sema::Rung& rung = builder_.AddRung(ladder, effect, model);
      percent = std::max<int64_t>(0, percent - 10 * (1 + Below(4)));
      rung.is_percent = Below(3) > 0;
      rung.below_ppm = percent * 10'000;
      rung.below_micros = Below(12) * kCentMicros;
    }
    return ladder;
  }

  Prng prng_;
  sema::ProgramBuilder builder_;
  std::vector<ResourceId> models_;
  ResourceId tool_;
  WorkflowId workflow_;
  int64_t budget_cents_ = 0;
};

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_RANDOM_WORK_FOR_TEST_H_

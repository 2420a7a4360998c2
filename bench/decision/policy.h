// The policy and the questions of P1: 100,000 tenants of 64 shapes, one workflow of 20 steps.
//
// Every shape has its own places, models, routes and ladder; half of the shapes rely on an adequacy decision that
// lapses in the middle of the questions. Every step stands under two rules with conditions; every fifth asks people on
// a condition over a tenant's setting, every fifth is optional with a condition of its own.
#ifndef BYLAW_BENCH_DECISION_POLICY_H_
#define BYLAW_BENCH_DECISION_POLICY_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::bench {

inline constexpr uint32_t kShapes = 64;
inline constexpr uint32_t kSteps = 20;
inline constexpr TimeNs kLapse = 1'000'000;  // when the adequacy decision lapses
// The workflow's slots and the setting.
enum Slot : uint32_t { kAmount, kChannel, kPriority, kConfidence, kSlots };
inline constexpr int64_t kEnrichAbove = 50'000'000'000;
inline constexpr int64_t kAskAbove = 500'000'000'000;
inline constexpr int64_t kDenyAbove = 900'000'000'000;
inline constexpr int64_t kPriorityBelow = 2;

std::shared_ptr<const plan::Plan> MakePlan(uint32_t tenants);

// One caller's state, as the engine would hand it over: a run's slots, budget and the health words.
struct alignas(64) Caller {
  abi::StepRequest request;
  std::array<abi::SlotValue, kSlots> slots;
  uint64_t present = 0;
  uint64_t up = 0;
  uint64_t permitted = 0;
};

struct Draw {
  uint32_t tenant = 0;
  uint16_t step = 0;
  uint16_t caller = 0;
};

// Drawn once, before any clock starts. Callers stay at their addresses.
struct Questions {
  std::vector<Caller> callers;
  std::vector<Draw> draws;
};
std::unique_ptr<const Questions> MakeQuestions(uint32_t tenants);

}  // namespace bylaw::bench

#endif  // BYLAW_BENCH_DECISION_POLICY_H_

// The policies of one simulated life, and what they say as plainly as the model needs it.
//
// Each seed draws a profile, which says what its life is mostly about, and policies that name the same things; from the
// second on their tables are in another order, some tenants and endpoints are missing, and numbers differ. Numbers here
// are the engine's. Nothing of the runtime's logic is used but HandPolicy, which writes the image.
#ifndef BYLAW_TESTS_SIM_WORLD_H_
#define BYLAW_TESTS_SIM_WORLD_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::sim {

inline constexpr uint32_t kTenants = 6;
inline constexpr uint32_t kEndpoints = 6;
inline constexpr uint32_t kPools = 2;
inline constexpr uint32_t kWorkflows = 4;
inline constexpr int64_t kCent = 10'000;                            // micros
inline constexpr TimeNs kFirstMorning = 1'795'424'400 * kSecondNs;  // Monday, 2026-11-23 09:00 UTC
inline constexpr std::array<uint32_t, kPools> kSlots = {5, 3};
inline constexpr const char* kOrgName = "group";
inline constexpr std::array<const char*, kPools> kPoolNames = {"workers", "far-workers"};

// Months of the wall clock, counted.
inline int32_t MonthOf(TimeNs wall) {
  const Date date = CivilFromDays(wall / kDayNs);
  return date.year * 12 + date.month - 1;
}

// What a life is mostly about.
enum class Profile : uint8_t { kStorm, kFairness, kLimits, kMoney, kReloads };
inline constexpr int kProfiles = 5;
const char* ProfileName(Profile profile);
inline Profile ProfileOf(uint64_t seed) { return static_cast<Profile>(seed % kProfiles); }

// The models and tools, and the endpoints that serve them (cheapest first).
enum Resource : uint32_t { kBureau, kModel, kTool, kRegistry, kResources };
inline constexpr std::array<const char*, kResources> kResourceNames = {"bureau", "model", "tool", "registry"};
inline constexpr std::array<Resource, kEndpoints> kServes = {kBureau, kBureau, kModel, kModel, kTool, kRegistry};

// The workflows are the same in every policy.
struct StepTerms {
  const char* name;
  uint32_t resource = kResources;  // kResources: calls nothing
  bool optional = false;
  uint32_t retries_max = 0;
  int replan_to = -1;
  uint32_t replans_max = 0;
  uint32_t asks = 0;
  bool by_people = false;
  int64_t tokens = 0;
};
const std::vector<StepTerms>& StepsOf(uint32_t workflow);
extern const std::array<const char*, kWorkflows> kWorkflowNames;

// The kinds of limits a tenant may have, at most one of each.
enum LimitKind : uint32_t { kBureauWindow, kBureauRolling, kToolPaced, kModelTokens, kRegistryDaily, kLimitKinds };
struct LimitKindTerms {
  Resource resource;
  bool tokens;
  abi::RateWindow window;
  DurationNs period;
};
inline constexpr std::array<LimitKindTerms, kLimitKinds> kLimitTerms = {{
    {kBureau, false, abi::RateWindow::kAnchored, 10 * kMinuteNs},
    {kBureau, false, abi::RateWindow::kRolling, 5 * kMinuteNs},
    {kTool, false, abi::RateWindow::kEvenly, kMinuteNs},
    {kModel, true, abi::RateWindow::kAnchored, 10 * kMinuteNs},
    {kRegistry, false, abi::RateWindow::kCalendar, kDayNs},
}};
inline constexpr int64_t kPacedBurst = 3;

struct TenantTerms {
  bool present = true;
  uint32_t pool = 0;
  bool in_org = false;
  uint32_t weight = 1;
  uint32_t cap = abi::kUnlimited;
  uint32_t slots_min = 0;
  uint32_t burst_to = 0;
  DurationNs burst_for = 0;
  uint32_t waiting_max = abi::kUnlimited;
  uint32_t urgent_ppm = 1'000'000;
  DurationNs suspended_max = 0;
  uint32_t keep_days = 0, erase_days = abi::kUnlimited;
  int64_t budget_run = abi::kUnlimitedMicros;
  int64_t budget_month = abi::kUnlimitedMicros;
  std::array<int64_t, kLimitKinds> limits = {};         // 0: none
  std::array<bool, kEndpoints> legal = {}, later = {};  // `later`: from Policy::later on
};
struct EndpointTerms {
  bool present = true;
  int64_t cost = 0;
  int64_t quota = 0;  // calls in ten minutes, shared by weight; 0: none
};
// An exception: other terms for a while.
struct PhaseTerms {
  uint32_t tenant = 0;
  TimeNs from = 0, until = 0;  // wall clock
  TenantTerms terms;
};

struct Policy {
  std::shared_ptr<const abi::PolicyImage> image;
  std::array<TenantTerms, kTenants> tenants;
  std::array<EndpointTerms, kEndpoints> endpoints;
  std::vector<PhaseTerms> phases;
  std::array<uint32_t, kPools> room = {};
  uint32_t org_cap = abi::kUnlimited;
  int64_t org_budget = abi::kUnlimitedMicros;
  TimeNs later = 0;  // wall clock

  bool Legal(uint32_t tenant, uint32_t endpoint, TimeNs wall) const {
    if (!endpoints[endpoint].present) return false;
    return (wall >= later ? tenants[tenant].later : tenants[tenant].legal)[endpoint];
  }
  // What a step costs its tenant at most, wherever and whenever it may be made.
  int64_t DearestOf(uint32_t tenant, const StepTerms& step) const;
  // What the mandatory steps of a workflow from `position` on cost at least: F.
  int64_t FloorBefore(uint32_t tenant, uint32_t workflow, size_t position) const;
};

Policy MakePolicy(uint64_t seed, uint32_t epoch);

// Whether the engine of this life keeps its state, and dies now and then. Its policies name the same things in the same
// order: another process gives them the same numbers. No limit comes or goes: of one that does both the store may have
// a lease that is older than it, and nobody could say when its window ends.
bool IsKept(uint64_t seed);
inline constexpr uint32_t kKeepEndedDays = 1;
// Of a month's budget and of a run's own, in millionths.
inline constexpr uint32_t kLeaseMonthPpm = 20'000, kLeaseRunPpm = 125'000;

// How long a worker may say nothing in this life before its slot is taken back; 0: for ever.
DurationNs SlotLeaseOf(uint64_t seed);

}  // namespace bylaw::sim

#endif  // BYLAW_TESTS_SIM_WORLD_H_

// What a result says beyond its figures: who is noisy, who is slow and why, and whose usage moves with whose latency.
//
// Pure functions of a Result that was made with Scenario::windows.
#ifndef BYLAW_SIMULATOR_SIGNS_H_
#define BYLAW_SIMULATOR_SIGNS_H_

#include <optional>
#include <vector>

#include "runtime/abi/policy_image.h"
#include "runtime/metrics/correlation.h"
#include "runtime/metrics/health.h"
#include "simulator/result.h"
#include "simulator/scenario.h"

namespace bylaw::simulator {

// By position in Result::tenants. A tenant is noisy if, at its peak, it asked for at least twice its fair part of its
// pool (slots by weight among those that sent anything) and for ten times what the median tenant asked for at its own:
// the one to look at first when others are slow. Alone, nobody is noisy.
std::vector<bool> NoisyTenants(const abi::PolicyImage& image, const Result& result);

metrics::TenantSigns SignsOf(const abi::PolicyImage& image, const Scenario& scenario, const TenantResult& tenant);
metrics::PlatformSigns SignsOf(const abi::PolicyImage& image, const Scenario& scenario, const Result& result);

// Tenants looked at together, by their positions in Result::tenants.
using Group = std::vector<size_t>;

// Window by window, the sums over the group; as many as any tenant of the result has.
std::vector<Window> WindowsOf(const Result& result, const Group& group);
// How far into the next windows usage may still be felt.
inline constexpr size_t kLagWindowsMax = 6;
// Slot time of `usage` against the mean wait of what `latency` submitted.
std::optional<metrics::LaggedCorrelation> Correlation(const std::vector<Window>& usage,
                                                      const std::vector<Window>& latency);
// Window by window: Jain's index of slot time by weight among the tenants that had work waiting for at least half of
// the window. Nothing where fewer than two had.
std::vector<std::optional<double>> JainAmongWaiting(const abi::PolicyImage& image, const Result& result);

}  // namespace bylaw::simulator

#endif  // BYLAW_SIMULATOR_SIGNS_H_

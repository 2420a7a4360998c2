// Whose request a model server takes next: the production scheduler, or what others do.
#ifndef BYLAW_SIMULATOR_SERVING_CHOOSER_H_
#define BYLAW_SIMULATOR_SERVING_CHOOSER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "simulator/serving/trace.h"

namespace bylaw::simulator {

// What serving tokens is worth: reading one is one unit, writing one is two (as in Sheng et al., OSDI 2024).
inline constexpr int64_t kUnitsPerInputToken = 1;
inline constexpr int64_t kUnitsPerOutputToken = 2;

// Work-conserving: offers a request whenever one waits. Requests are named by their position in the trace.
class Chooser {
 public:
  using Fits = std::function<bool(uint32_t)>;

  virtual ~Chooser() = default;
  virtual void Arrive(uint32_t request) = 0;
  // The request to serve next, which waits no longer; none if nothing waits, or if `fits` refuses the one whose turn
  // it is (it may be another one's the next time).
  virtual std::optional<uint32_t> Next(const Fits& fits) = 0;
  // The request has been served so many units so far.
  virtual void Serve(uint32_t request, int64_t units) = 0;
  virtual void End(uint32_t request, int64_t units) = 0;
};

std::unique_ptr<Chooser> MakeFirstComeFirstServed();
std::unique_ptr<Chooser> MakeRoundRobin(const Trace& trace);
// Ours: sched::TokenFairQueue, with one weight a tenant.
std::unique_ptr<Chooser> MakeTokenFair(const Trace& trace, const std::vector<uint32_t>& weights);
// The virtual token counter: Y. Sheng et al., "Fairness in Serving Large Language Models" (OSDI 2024), algorithm 2.
// Each tenant has a counter of the service it got, divided by its weight; the least one is served next; a tenant that
// was idle is lifted to the least of those that wait.
std::unique_ptr<Chooser> MakeVirtualTokenCounter(const Trace& trace, const std::vector<uint32_t>& weights);

}  // namespace bylaw::simulator

#endif  // BYLAW_SIMULATOR_SERVING_CHOOSER_H_

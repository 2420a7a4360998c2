// A simulated model server with continuous batching: requests join and leave the batch between iterations.
//
// An iteration writes one token of every request in the batch and reads the input of those that have just joined. A
// request joins when its input and output together still fit the memory for keys and values. Nothing is preempted. The
// order of service is the Chooser's; everything else is the same for all of them. Deterministic.
#ifndef BYLAW_SIMULATOR_SERVING_MODEL_SERVER_H_
#define BYLAW_SIMULATOR_SERVING_MODEL_SERVER_H_

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "simulator/serving/chooser.h"
#include "simulator/serving/trace.h"

namespace bylaw::simulator {

struct ServerOptions {
  int64_t memory_tokens = 10'000;  // a larger request is served alone
  DurationNs iteration_ns = 20 * kMillisecondNs;
  DurationNs per_sequence_ns = kMillisecondNs / 2;
  DurationNs per_input_token_ns = kMillisecondNs / 10;
  // All times are multiplied by this.
  double slowness = 1;
};

struct ServingTenant {
  uint64_t requests = 0;
  std::vector<DurationNs> waits;  // arrival until it joins the batch
  int64_t service = 0;            // units
  DurationNs batch_time_ns = 0;   // sum over its requests
};

struct ServingResult {
  std::vector<ServingTenant> tenants;
  TimeNs makespan_ns = 0;
  int64_t tokens = 0;  // read and written
  double max_service_difference = 0, avg_service_difference = 0;
  bool too_many_waited = false;  // the run ended at that moment
};

// Every two tenants that wait at once are compared, and each pair is remembered.
inline constexpr size_t kMostTenantsCompared = 4'000;

ServingResult ServeTrace(const Trace& trace, const std::vector<uint32_t>& weights, Chooser& chooser,
                         const ServerOptions& options);

// The slowness at which serving the whole trace takes `load` times as long as it took to arrive: above 1, tenants must
// share.
double SlownessForLoad(const Trace& trace, double load, ServerOptions options);

}  // namespace bylaw::simulator

#endif  // BYLAW_SIMULATOR_SERVING_MODEL_SERVER_H_

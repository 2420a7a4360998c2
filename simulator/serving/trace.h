// Recorded requests to a language model: when each came, from whom, and how many tokens it read and wrote.
#ifndef BYLAW_SIMULATOR_SERVING_TRACE_H_
#define BYLAW_SIMULATOR_SERVING_TRACE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/time.h"

namespace bylaw::simulator {

struct Request {
  TimeNs arrival = 0;  // since the first one
  uint32_t tenant = 0;
  int64_t input_tokens = 0;
  int64_t output_tokens = 0;  // ≥ 1
};

struct Trace {
  std::vector<std::string> tenants;
  std::vector<Request> requests;  // in order of arrival
};

struct TraceOptions {
  // A trace without a column of tenants: each request is given one of so many by the seed, the k-th with a part
  // proportional to 1 / k.
  uint32_t tenants = 20;
  uint64_t seed = 1;
};

// Reads CSV with a header: `arrival_s,tenant,input_tokens,output_tokens`, or `TIMESTAMP,ContextTokens,GeneratedTokens`
// with times of day and dates as `2023-11-16 18:17:03.9799600`. Columns in any order, others are passed over.
// InvalidArgument names the line and what is wrong with it.
absl::StatusOr<Trace> ReadTrace(std::string_view csv, const TraceOptions& options);

}  // namespace bylaw::simulator

#endif  // BYLAW_SIMULATOR_SERVING_TRACE_H_

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

// What a trace may hold, so that times fit 64 bits of nanoseconds at every load and a run ends.
inline constexpr int64_t kMostTokensOfARequest = 10'000'000;
inline constexpr int64_t kMostOutputTokens = 10'000'000'000;  // of a trace
inline constexpr DurationNs kLongestTrace = 366 * kDayNs;

// Reads CSV (RFC 4180; a byte order mark, CRLF and quoted cells are fine) with a header:
// `arrival_s,tenant,input_tokens,output_tokens`, or `TIMESTAMP,ContextTokens,GeneratedTokens` with dates and times of
// day as `2023-11-16 18:17:03.9799600`. Columns in any order and in any case, others are passed over; rows in any
// order. InvalidArgument names the line, what is wrong with it and what to write instead.
absl::StatusOr<Trace> ReadTrace(std::string_view csv, const TraceOptions& options);

}  // namespace bylaw::simulator

#endif  // BYLAW_SIMULATOR_SERVING_TRACE_H_

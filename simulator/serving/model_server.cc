#include "simulator/serving/model_server.h"

#include <algorithm>

#include "simulator/serving/service_difference.h"

namespace bylaw::simulator {
namespace {

class ModelServer {
 public:
  ModelServer(const Trace& trace, const std::vector<uint32_t>& weights, Chooser& chooser, const ServerOptions& options)
      : trace_(trace), chooser_(chooser), options_(options), difference_(weights), waiting_(trace.tenants.size()) {
    result_.tenants.resize(trace.tenants.size());
  }

  ServingResult Run() {
    size_t next = 0;
    while (ended_ < trace_.requests.size()) {
      if (batch_.empty() && next == joined_) now_ = std::max(now_, trace_.requests[next].arrival);
      for (; next < trace_.requests.size() && trace_.requests[next].arrival <= now_; ++next) Arrive(next);
      if (difference_.waiting() > kMostTenantsCompared) {
        result_.too_many_waited = true;
        break;
      }
      Join();
      Iterate();
      difference_.Observe();
    }
    result_.makespan_ns = now_;
    result_.max_service_difference = difference_.max();
    result_.avg_service_difference = difference_.avg();
    return std::move(result_);
  }

 private:
  struct Sequence {
    uint32_t request;
    int64_t written = 0;
    TimeNs joined = 0;
  };

  int64_t MemoryOf(uint32_t request) const {
    return trace_.requests[request].input_tokens + trace_.requests[request].output_tokens;
  }

  void Arrive(size_t request) {
    const auto index = static_cast<uint32_t>(request);
    chooser_.Arrive(index);
    if (waiting_[trace_.requests[request].tenant]++ == 0) difference_.Begin(trace_.requests[request].tenant);
    ++result_.tenants[trace_.requests[request].tenant].requests;
  }

  void Join() {
    const auto fits = [this](uint32_t request) {
      return batch_.empty() || memory_used_ + MemoryOf(request) <= options_.memory_tokens;
    };
    while (const std::optional<uint32_t> chosen = chooser_.Next(fits)) {
      const Request& request = trace_.requests[*chosen];
      batch_.push_back({*chosen, 0, now_});
      ++joined_;
      memory_used_ += MemoryOf(*chosen);
      input_to_read_ += request.input_tokens;
      if (--waiting_[request.tenant] == 0) difference_.End(request.tenant);
      result_.tenants[request.tenant].waits.push_back(now_ - request.arrival);
    }
  }

  void Iterate() {
    const DurationNs takes = options_.iteration_ns + static_cast<DurationNs>(batch_.size()) * options_.per_sequence_ns +
                             input_to_read_ * options_.per_input_token_ns;
    now_ += static_cast<DurationNs>(static_cast<double>(takes) * options_.slowness);
    input_to_read_ = 0;
    for (Sequence& sequence : batch_) {
      const Request& request = trace_.requests[sequence.request];
      if (sequence.written == 0) Count(request, request.input_tokens, kUnitsPerInputToken);
      ++sequence.written;
      Count(request, 1, kUnitsPerOutputToken);
      const int64_t units = UnitsOf(sequence);
      const bool over = sequence.written == request.output_tokens;
      over ? chooser_.End(sequence.request, units) : chooser_.Serve(sequence.request, units);
      if (!over) continue;
      memory_used_ -= MemoryOf(sequence.request);
      result_.tenants[request.tenant].batch_time_ns += now_ - sequence.joined;
    }
    ended_ += std::erase_if(batch_, [this](const Sequence& sequence) {
      return sequence.written == trace_.requests[sequence.request].output_tokens;
    });
  }

  int64_t UnitsOf(const Sequence& sequence) const {
    return trace_.requests[sequence.request].input_tokens * kUnitsPerInputToken +
           sequence.written * kUnitsPerOutputToken;
  }
  void Count(const Request& request, int64_t tokens, int64_t units_per_token) {
    result_.tenants[request.tenant].service += tokens * units_per_token;
    difference_.Serve(request.tenant, tokens * units_per_token);
    result_.tokens += tokens;
  }

  const Trace& trace_;
  Chooser& chooser_;
  const ServerOptions options_;
  ServiceDifference difference_;
  std::vector<Sequence> batch_;
  std::vector<uint32_t> waiting_;  // requests, by tenant
  size_t joined_ = 0, ended_ = 0;  // requests
  int64_t memory_used_ = 0;
  int64_t input_to_read_ = 0;
  TimeNs now_ = 0;
  ServingResult result_;
};

}  // namespace

ServingResult ServeTrace(const Trace& trace, const std::vector<uint32_t>& weights, Chooser& chooser,
                         const ServerOptions& options) {
  return ModelServer(trace, weights, chooser, options).Run();
}

double SlownessForLoad(const Trace& trace, double load, ServerOptions options) {
  Trace at_once{.tenants = {"all of them"}, .requests = trace.requests};
  for (Request& request : at_once.requests) request.arrival = request.tenant = 0;
  const std::vector<uint32_t> weights = {1};
  const auto chooser = MakeFirstComeFirstServed();
  options.slowness = 1;
  const TimeNs takes = ServeTrace(at_once, weights, *chooser, options).makespan_ns;
  const TimeNs arrived = std::max<TimeNs>(trace.requests.back().arrival, kSecondNs);
  return load * static_cast<double>(arrived) / static_cast<double>(takes);
}

}  // namespace bylaw::simulator

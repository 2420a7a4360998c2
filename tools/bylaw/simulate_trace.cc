#include "tools/bylaw/simulate_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/metrics/figures.h"
#include "simulator/result.h"
#include "simulator/serving/model_server.h"
#include "tools/bylaw/report_page.h"
#include "tools/bylaw/simulate_report.h"
#include "tools/bylaw/verified_policy.h"

namespace bylaw::cli {
namespace {

using simulator::Chooser;
using simulator::ServingResult;
using simulator::ServingTenant;
using simulator::Trace;

struct Row {
  std::string strategy;
  ServingResult result;
  double jain = 1;
};

double Seconds(DurationNs duration) { return static_cast<double>(duration) / static_cast<double>(kSecondNs); }

std::unique_ptr<Chooser> MakeChooser(std::string_view strategy, const Trace& trace,
                                     const std::vector<uint32_t>& weights) {
  if (strategy == "fifo") return simulator::MakeFirstComeFirstServed();
  if (strategy == "round-robin") return simulator::MakeRoundRobin(trace);
  if (strategy == "vtc") return simulator::MakeVirtualTokenCounter(trace, weights);
  return simulator::MakeTokenFair(trace, weights);
}

// Weights of the policy's tenants by name.
int ReadWeights(const Options& options, const SimulateFlags& flags, const Trace& trace,
                std::vector<uint32_t>* weights) {
  weights->assign(trace.tenants.size(), 1);
  if (flags.paths.empty()) return kClean;
  VerifiedPolicy policy;
  const int code = LoadVerified(options, flags.paths, driver::EngineKind::kEvaluator, &policy);
  if (code != kClean) return code;
  for (size_t i = 0; i < trace.tenants.size(); ++i) {
    const TenantId tenant = policy.image->FindTenant(trace.tenants[i]);
    if (tenant.valid()) (*weights)[i] = std::max<uint32_t>(1, policy.image->tenant(tenant).weight);
  }
  return kClean;
}

double JainOf(const ServingResult& result, const std::vector<uint32_t>& weights) {
  std::vector<metrics::Service> services;
  for (size_t i = 0; i < result.tenants.size(); ++i) {
    services.push_back(
        {.amount = static_cast<double>(result.tenants[i].service), .weight = static_cast<double>(weights[i])});
  }
  return metrics::JainIndex(services);
}

double TokensPerSecond(const ServingResult& result) {
  return static_cast<double>(result.tokens) / Seconds(std::max<TimeNs>(result.makespan_ns, 1));
}

simulator::Percentiles WaitOfAll(const ServingResult& result) {
  std::vector<DurationNs> waits;
  for (const ServingTenant& tenant : result.tenants) {
    waits.insert(waits.end(), tenant.waits.begin(), tenant.waits.end());
  }
  return simulator::PercentilesOf(std::move(waits));
}

nlohmann::json WaitJson(const simulator::Percentiles& wait) {
  return {
      {"p50", Seconds(wait.p50)}, {"p95", Seconds(wait.p95)}, {"p99", Seconds(wait.p99)}, {"max", Seconds(wait.max)}};
}

std::string RenderText(const Options& options, const SimulateFlags& flags, const Trace& trace,
                       const std::vector<Row>& rows) {
  std::string text = fmt::format(
      "{}: {} request{} of {} tenant{} in {:.0f} s, on a server that needs {:.2f} times as long for them\n",
      Paint(options, "1", flags.trace), trace.requests.size(), trace.requests.size() == 1 ? "" : "s",
      trace.tenants.size(), trace.tenants.size() == 1 ? "" : "s", Seconds(trace.requests.back().arrival), flags.load);
  text += Paint(options, "1",
                fmt::format("  {:<12} {:>14} {:>14} {:>12} {:>12} {:>10} {:>9}\n", "strategy", "max difference",
                            "avg difference", "wait p50", "wait p95", "tokens/s", "done"));
  for (const Row& row : rows) {
    const simulator::Percentiles wait = WaitOfAll(row.result);
    text += fmt::format("  {:<12} {:>14.0f} {:>14.0f} {:>10.1f} s {:>10.1f} s {:>10.0f} {:>7.0f} s\n", row.strategy,
                        row.result.max_service_difference, row.result.avg_service_difference, Seconds(wait.p50),
                        Seconds(wait.p95), TokensPerSecond(row.result), Seconds(row.result.makespan_ns));
  }
  return text +
         "  differences: between two tenants that both have requests waiting, in service divided by weight "
         "(a token read is 1, a token written 2)\n";
}

nlohmann::json RowJson(const Trace& trace, const Row& row) {
  nlohmann::json json{{"strategy", row.strategy},
                      {"tenants", nlohmann::json::array()},
                      {"jain", row.jain},
                      {"wait", WaitJson(WaitOfAll(row.result))},
                      {"makespan_s", Seconds(row.result.makespan_ns)},
                      {"tokens_per_s", TokensPerSecond(row.result)},
                      {"max_service_difference", row.result.max_service_difference},
                      {"avg_service_difference", row.result.avg_service_difference}};
  for (size_t i = 0; i < trace.tenants.size(); ++i) {
    const ServingTenant& tenant = row.result.tenants[i];
    json["tenants"].push_back({{"tenant", trace.tenants[i]},
                               {"submitted", tenant.requests},
                               {"completed", tenant.requests},
                               {"refused", 0},
                               {"wait", WaitJson(simulator::PercentilesOf(tenant.waits))},
                               {"sla_violations", 0},
                               {"slot_seconds", Seconds(tenant.batch_time_ns)},
                               {"service", tenant.service}});
  }
  return json;
}

}  // namespace

int RunTrace(const Options& options, const SimulateFlags& flags) {
  if (!std::isfinite(flags.load)) return Fail("--load is a number from 0.1 to 100, as 1.25");
  std::error_code error;
  if (std::filesystem::is_directory(flags.trace, error)) {
    return Fail(fmt::format("{} is a folder; write the trace's file", flags.trace));
  }
  std::ifstream in(flags.trace, std::ios::binary);
  if (!in) return Fail(fmt::format("there is no file {}", flags.trace));
  const std::string csv((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const absl::StatusOr<Trace> trace = simulator::ReadTrace(csv, {.tenants = flags.trace_tenants, .seed = flags.seed});
  if (!trace.ok()) return Fail(fmt::format("{}: {}", flags.trace, std::string(trace.status().message())));
  std::vector<uint32_t> weights;
  if (const int code = ReadWeights(options, flags, *trace, &weights); code != kClean) return code;
  simulator::ServerOptions server;
  server.slowness = simulator::SlownessForLoad(*trace, flags.load, server);
  std::vector<Row> rows;
  nlohmann::json json{{"format", 1}, {"strategies", nlohmann::json::array()}};
  for (const std::string_view strategy : {"fifo", "round-robin", "vtc", "policy"}) {
    const bool wanted = flags.strategies.empty() ||
                        std::find(flags.strategies.begin(), flags.strategies.end(), strategy) != flags.strategies.end();
    if (!wanted) continue;
    const std::unique_ptr<Chooser> chooser = MakeChooser(strategy, *trace, weights);
    Row row{std::string(strategy), simulator::ServeTrace(*trace, weights, *chooser, server)};
    if (row.result.too_many_waited) {
      return Fail(fmt::format(
          "{}: more than {} tenants wait at once, and every two of them are compared; a smaller --load, or fewer "
          "tenants",
          flags.trace, simulator::kMostTenantsCompared));
    }
    row.jain = JainOf(row.result, weights);
    json["strategies"].push_back(RowJson(*trace, row));
    rows.push_back(std::move(row));
  }
  if (rows.empty()) return Fail("on a trace the strategies are fifo, round-robin, vtc and policy");
  if (!WriteReport(json, flags)) return kUsage;
  return Emit(
      options,
      [&](const Options& how, Format format) {
        // A trace's names are whatever its bytes are.
        return format == Format::kJson ? json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                                       : RenderText(how, flags, *trace, rows);
      },
      kClean);
}

}  // namespace bylaw::cli

// `bylaw simulate`: a scenario of the policy through the real engine on a virtual clock, once for each strategy.

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/file_system.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/driver/image.h"
#include "runtime/audit/log.h"
#include "runtime/audit/log_reader.h"
#include "simulator/simulate.h"
#include "tools/bylaw/commands.h"
#include "tools/bylaw/report_page.h"
#include "tools/bylaw/scenario_json.h"
#include "tools/bylaw/simulate_report.h"
#include "tools/bylaw/simulate_trace.h"
#include "tools/bylaw/verified_policy.h"

namespace bylaw::cli {
namespace {

constexpr sched::Strategy kAllStrategies[] = {sched::Strategy::kFifo, sched::Strategy::kRoundRobin,
                                              sched::Strategy::kWeighted, sched::Strategy::kPolicy};

// Five minutes each of a working day.
constexpr uint32_t kWindows = 96;
constexpr uint32_t kCheckEvery = 1'000;  // events: a few per cent of the time

std::vector<sched::Strategy> StrategiesOf(const SimulateFlags& flags) {
  std::vector<sched::Strategy> strategies;
  for (const sched::Strategy strategy : kAllStrategies) {
    bool wanted = flags.strategies.empty();
    for (const std::string& name : flags.strategies) wanted = wanted || name == StrategyName(strategy);
    if (wanted) strategies.push_back(strategy);
  }
  return strategies;
}

// A new log in the folder, signed by a key made for it, whose public half stays beside it.
absl::StatusOr<std::unique_ptr<audit::Log>> OpenLog(FileSystem* files, const std::string& folder, TimeNs wall_now) {
  if (audit::SegmentsOf(*files, folder).ok()) return absl::AlreadyExistsError("there is an audit log in " + folder);
  audit::SigningKey key = audit::SigningKey::Generate();
  const std::string pem = audit::ToPem(key.public_key());
  absl::StatusOr<std::unique_ptr<audit::Log>> log = audit::Log::Open(files, folder, std::move(key), wall_now, {});
  if (!log.ok()) return log.status();
  absl::StatusOr<std::unique_ptr<WritableFile>> file = files->Open(folder + "/key.pem");
  if (!file.ok()) return file.status();
  if (absl::Status status = (*file)->Write(0, pem); !status.ok()) return status;
  return log;
}

}  // namespace

absl::StatusOr<ScenarioReport> SimulateScenario(const sema::Program& program,
                                                const std::shared_ptr<const abi::PolicyImage>& image,
                                                const sema::Scenario& scenario, const SimulateFlags& flags) {
  absl::StatusOr<PreparedScenario> prepared = Prepare(program, *image, scenario);
  if (!prepared.ok()) return prepared.status();
  ScenarioReport report{*std::move(prepared), {}};
  PosixFileSystem files;
  std::unique_ptr<audit::Log> log;
  if (!flags.audit.empty()) {
    auto opened = OpenLog(&files, flags.audit, report.prepared.scenario.starts_at_wall);
    if (!opened.ok()) return opened.status();
    log = *std::move(opened);
  }
  for (const sched::Strategy strategy : StrategiesOf(flags)) {
    simulator::Scenario run = report.prepared.scenario;
    run.strategy = strategy;
    run.seed = flags.seed;
    run.windows = kWindows;
    run.check_every = kCheckEvery;
    if (strategy == sched::Strategy::kPolicy) run.audit = log.get();
    absl::StatusOr<simulator::Result> result = simulator::Simulate(image, run);
    if (!result.ok()) return result.status();
    report.results.push_back(*std::move(result));
  }
  if (log != nullptr) {
    if (absl::Status status = log->Commit(); !status.ok()) return status;
  }
  return report;
}

int RunSimulate(const Options& options, const SimulateFlags& flags) {
  if (!flags.trace.empty()) return RunTrace(options, flags);
  if (flags.paths.empty()) return Fail("say which policy: `bylaw simulate DIR --scenario NAME`, or give a --trace");
  VerifiedPolicy policy;
  if (const int code = LoadVerified(options, flags.paths, driver::EngineKind::kJitO2, &policy); code != kClean) {
    return code;
  }
  const sema::Program& program = *policy.compilation.program;
  std::vector<ScenarioReport> reports;
  nlohmann::json json{{"format", 1}, {"scenarios", nlohmann::json::array()}};
  for (const sema::Scenario& scenario : program.scenarios) {
    if (!flags.scenario.empty() && scenario.name != flags.scenario) continue;
    absl::StatusOr<ScenarioReport> report = SimulateScenario(program, policy.image, scenario, flags);
    if (!report.ok()) return Fail(std::string(report.status().message()));
    json["scenarios"].push_back(ScenarioJson(*policy.image, *report));
    reports.push_back(*std::move(report));
  }
  if (json["scenarios"].empty()) return Fail(NoSuchScenario(program, flags.scenario));
  if (json["scenarios"].size() == 1) json["strategies"] = json["scenarios"][0]["strategies"];
  if (!WriteReport(json, flags)) return kUsage;
  return Emit(
      options,
      [&](const Options& how, Format format) {
        if (format == Format::kJson) return json.dump(2) + "\n";
        std::string text;
        for (const ScenarioReport& report : reports) {
          text += (text.empty() ? "" : "\n") + RenderScenario(how, *policy.image, report);
        }
        return text;
      },
      kClean);
}

}  // namespace bylaw::cli

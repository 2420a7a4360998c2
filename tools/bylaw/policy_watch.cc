#include "tools/bylaw/policy_watch.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "compiler/change/reload.h"
#include "compiler/driver/compile.h"
#include "compiler/plan/plan.h"

namespace bylaw::cli {
namespace {

namespace fs = std::filesystem;

constexpr auto kLookEvery = std::chrono::milliseconds(150);

void Note(const fs::path& file, Fingerprint& fingerprint) {
  std::error_code error;
  const auto written = fs::last_write_time(file, error);
  if (error) return;  // just being replaced: the next look sees it
  const uint64_t size = fs::file_size(file, error);
  if (!error) fingerprint[file.string()] = {written.time_since_epoch().count(), size};
}

// The policy's files, and the tables that may be rows of it.
Fingerprint Look(const std::vector<std::string>& paths) {
  Fingerprint fingerprint;
  if (const auto files = driver::CollectFiles(paths); files.ok()) {
    for (const std::string& file : *files) Note(file, fingerprint);
  }
  for (const std::string& path : paths) {
    std::error_code error;
    fs::recursive_directory_iterator at(path, error), end;
    for (; !error && at != end; at.increment(error)) {
      if (at->path().extension() == ".csv") Note(at->path(), fingerprint);
    }
  }
  return fingerprint;
}

}  // namespace

absl::StatusOr<PreparedScenario> ScenarioNamed(const VerifiedPolicy& policy, const std::string& name) {
  const sema::Program& program = *policy.compilation.program;
  for (const sema::Scenario& scenario : program.scenarios) {
    if (name.empty() || scenario.name == name) return Prepare(program, *policy.image, scenario);
  }
  return absl::NotFoundError(NoSuchScenario(program, name));
}

PolicyWatch::PolicyWatch(Options options, std::vector<std::string> paths, std::string scenario, VerifiedPolicy first,
                         std::shared_ptr<const engine::Policy> published)
    : options_(std::move(options)),
      paths_(std::move(paths)),
      scenario_(std::move(scenario)),
      compiled_(Look(paths_)),
      good_(std::move(first)),
      last_(std::move(published)),
      thread_([this] { Watch(); }) {}

PolicyWatch::~PolicyWatch() {
  {
    const MutexLock lock(&mutex_);
    closing_ = true;
  }
  thread_.join();
}

bool PolicyWatch::closing() {
  const MutexLock lock(&mutex_);
  return closing_;
}

std::optional<SavedPolicy> PolicyWatch::Take() {
  const MutexLock lock(&mutex_);
  if (saved_.empty()) return std::nullopt;
  SavedPolicy saved = std::move(saved_.front());
  saved_.pop_front();
  return saved;
}

// A save is complete when two looks in a row see the same.
void PolicyWatch::Watch() {
  Fingerprint seen = compiled_;
  while (!closing()) {
    std::this_thread::sleep_for(kLookEvery);
    last_->FreeRetired();
    Fingerprint now = Look(paths_);
    const bool settled = now == seen;
    seen = std::move(now);
    if (!settled || seen == compiled_) continue;
    compiled_ = seen;
    const SystemClock clock;
    const TimeNs begun = clock.MonotonicNow();
    SavedPolicy saved = Compile();
    saved.took_ns = clock.MonotonicNow() - begun;
    const MutexLock lock(&mutex_);
    saved_.push_back(std::move(saved));
  }
}

SavedPolicy PolicyWatch::Compile() {
  SavedPolicy saved;
  VerifiedPolicy policy;
  if (CompileVerified(options_, paths_, driver::EngineKind::kJitO2, &policy, &saved.complaints) != kClean) return saved;
  absl::StatusOr<PreparedScenario> prepared = ScenarioNamed(policy, scenario_);
  if (!prepared.ok()) {
    saved.complaints = std::string(prepared.status().message()) + "\n";
    return saved;
  }
  auto next = engine::Policy::Prepare(policy.image, last_);
  if (!next.ok()) {
    saved.complaints = std::string(next.status().message()) + "\n";
    return saved;
  }
  const std::shared_ptr<const plan::Plan> before = plan::BuildPlan(*good_.compilation.verified);
  const std::shared_ptr<const plan::Plan> after = plan::BuildPlan(*policy.compilation.verified);
  saved.ready = LivePolicy{*next, *std::move(prepared),
                           std::make_shared<const abi::ReloadTable>(change::BuildReloadTable(*before, *after))};
  good_ = std::move(policy);
  last_ = *next;
  return saved;
}

}  // namespace bylaw::cli

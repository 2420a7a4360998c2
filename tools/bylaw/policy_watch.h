// A thread that looks at the files of a policy and, when one has been saved, reads, proves and compiles all of them.
//
// Beside the engine: the caller takes what is ready with Take and publishes it. Each policy is prepared to follow the
// last good one, so that whole sets are published in order; a broken save is told and leads to nothing. Old policies
// are freed on this thread once the engine has dropped them. Take is for the caller's thread.
#ifndef BYLAW_TOOLS_BYLAW_POLICY_WATCH_H_
#define BYLAW_TOOLS_BYLAW_POLICY_WATCH_H_

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "tools/bylaw/live_run.h"
#include "tools/bylaw/options.h"
#include "tools/bylaw/verified_policy.h"

namespace bylaw::cli {

// What a save led to: a policy that is ready, or what is wrong with it.
struct SavedPolicy {
  std::optional<LivePolicy> ready;
  std::string complaints;  // if not: diagnostics as text, ended by newlines
  DurationNs took_ns = 0;
};

// The policy's scenario of that name, the first one if it is "". NotFound or InvalidArgument says what is missing.
absl::StatusOr<PreparedScenario> ScenarioNamed(const VerifiedPolicy& policy, const std::string& name);

// When each file of a policy was last written, and how long it is.
using Fingerprint = std::map<std::string, std::pair<int64_t, uint64_t>>;

class PolicyWatch {
 public:
  // `published` has been compiled from `first`, what stands in `paths` now; whatever is saved from now on is a save.
  PolicyWatch(Options options, std::vector<std::string> paths, std::string scenario, VerifiedPolicy first,
              std::shared_ptr<const engine::Policy> published);
  ~PolicyWatch();

  // The oldest save that has not been taken yet.
  std::optional<SavedPolicy> Take();

 private:
  void Watch();
  SavedPolicy Compile();
  bool closing();

  // Constant after construction.
  const Options options_;
  const std::vector<std::string> paths_;
  const std::string scenario_;

  // Of the watching thread.
  Fingerprint compiled_;
  VerifiedPolicy good_;
  std::shared_ptr<const engine::Policy> last_;

  Mutex mutex_;
  std::deque<SavedPolicy> saved_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_POLICY_WATCH_H_

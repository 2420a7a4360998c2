// A scenario that is lived through with the real engine, piece by piece, and whose policy may be replaced on the way.
//
// The clock is the caller's: AdvanceTo does everything that is due until then. What the runs are given and how long
// they take is the scenario's, as in the simulator; a replaced policy brings its scenario with it, which goes on from
// now. Ids are the engine's numbers (runtime/engine/policy.h). Deterministic. A single-threaded object.
#ifndef BYLAW_TOOLS_BYLAW_LIVE_RUN_H_
#define BYLAW_TOOLS_BYLAW_LIVE_RUN_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <queue>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "runtime/abi/reload.h"
#include "runtime/engine/engine.h"
#include "runtime/metrics/figures.h"
#include "runtime/review/desk.h"
#include "simulator/arrivals.h"
#include "simulator/world.h"
#include "tools/bylaw/last_records.h"
#include "tools/bylaw/scenarios.h"

namespace bylaw::cli {

// A policy that is ready to be published, and the scenario it has under the name that is being run.
struct LivePolicy {
  std::shared_ptr<const engine::Policy> policy;
  PreparedScenario prepared;
  std::shared_ptr<const abi::ReloadTable> reload;  // V15, against the policy before
};

class LiveRun {
 public:
  struct Beginning {
    std::shared_ptr<const abi::PolicyImage> image;
    PreparedScenario prepared;
  };
  // Fails as Engine::Create does.
  static absl::StatusOr<std::unique_ptr<LiveRun>> Create(const Beginning& first);

  // Everything that is due until `at`, which counts from the scenario's start and must not go back.
  void AdvanceTo(TimeNs at);
  // Fails as Engine::Reload does; then nothing has changed.
  absl::Status Reload(const LivePolicy& next);

  TimeNs now() const { return clock_.MonotonicNow(); }
  // Nothing more arrives, and everything that did has ended or can do no more.
  bool over() const;
  const engine::Engine& engine() const { return *engine_; }
  const PreparedScenario& prepared() const { return prepared_; }
  const LastRecords& records() const { return records_; }
  // By TenantId; the last ones may be missing.
  const std::vector<metrics::TenantFigures>& figures() const { return figures_; }
  // Runs in flight whose policy has been replaced; and of those at the last reload, how many could not finish (V15).
  uint32_t older() const;
  uint32_t drained() const { return drained_; }

 private:
  struct Run {
    engine::RunId id;
    uint64_t number = 0;  // in order of submission
    TenantId tenant;
    policy::Epoch epoch = 0;  // as of its last turn
    TimeNs submitted = 0;
    bool had_turn = false;
    uint64_t attempts = 0;
    std::map<StepId, uint32_t> attempts_of_step;
    int64_t reserved_micros = 0;
  };
  enum class What : uint8_t { kStepEnds, kReviewEnds, kOutageBegins, kOutageEnds };
  struct Event {
    TimeNs at;
    uint64_t sequence;
    What what;
    engine::RunId run;
    uint32_t more;  // reviewers, or an endpoint; of outages: known only as long as the scenario is
    uint32_t scenario;
    bool operator>(const Event& other) const { return std::tie(at, sequence) > std::tie(other.at, other.sequence); }
  };
  // A policy and what its workflows are given, as long as a run goes by it.
  struct Era {
    std::shared_ptr<const engine::Policy> policy;
    std::unique_ptr<simulator::World> world;
    std::shared_ptr<SlotValues> texts;
  };

  explicit LiveRun(TimeNs starts_at_wall) : clock_(starts_at_wall) {}
  void Enter(const PreparedScenario& prepared);
  void Push(TimeNs at, What what, engine::RunId run, uint32_t more = 0);
  void Handle(const Event& event);
  void Arrive(const simulator::Arrival& arrival);
  void Dispatch();
  void Drive(Run& run);
  void EndStep(Run& run);
  void Finish(Run& run);
  void AskReviewers(const Run& run, ReviewersId reviewers, uint32_t answers);
  void StartReviews(ReviewersId reviewers);
  void EndReview(engine::RunId run, ReviewersId reviewers);
  metrics::TenantFigures& FiguresOf(TenantId tenant);
  Run* Find(engine::RunId id);
  Era& EraOf(const Run& run) { return eras_.at(run.epoch); }
  void CountDrained(const LivePolicy& next);
  void ForgetEras();

  SimulatedClock clock_;
  LastRecords records_;
  std::unique_ptr<engine::Engine> engine_;
  PreparedScenario prepared_;
  std::vector<simulator::Arrival> arrivals_;  // of the published policy, in its image's own numbers
  size_t next_arrival_ = 0;
  uint32_t scenario_ = 0;  // counts reloads
  std::map<policy::Epoch, Era> eras_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  uint64_t sequence_ = 0;
  std::vector<Run> runs_;  // by RunId::index
  uint64_t submitted_ = 0;
  std::map<ReviewersId, review::Desk> desks_;
  std::vector<metrics::TenantFigures> figures_;
  uint32_t drained_ = 0;
};

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_LIVE_RUN_H_

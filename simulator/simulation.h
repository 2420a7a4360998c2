// One simulation in progress: the event loop, and the bookkeeping of its result. For simulator/*.cc only.
#ifndef BYLAW_SIMULATOR_SIMULATION_H_
#define BYLAW_SIMULATOR_SIMULATION_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "runtime/audit/sink.h"
#include "runtime/engine/engine.h"
#include "runtime/review/desk.h"
#include "simulator/arrivals.h"
#include "simulator/result.h"
#include "simulator/scenario.h"
#include "simulator/world.h"

namespace bylaw::simulator {

// Audit records are counted, not kept.
class CountingSink final : public audit::AuditSink {
 public:
  bool Append(const audit::Record&) override {
    ++records_;
    return true;
  }
  absl::Status status() const override { return absl::OkStatus(); }
  uint64_t dropped() const override { return 0; }

 private:
  uint64_t records_ = 0;
};

class Simulation {
 public:
  static absl::StatusOr<std::unique_ptr<Simulation>> Create(std::shared_ptr<const abi::PolicyImage> image,
                                                            const Scenario& scenario);
  Result Run();

 private:
  enum class Stage : uint8_t { kQueued, kServed, kOnLimit, kReview, kSuspended, kOver };
  struct SimRun {
    engine::RunId id;
    TenantId tenant;
    WorkflowId workflow;
    Stage stage = Stage::kQueued;
    bool excess = false;
    TimeNs submitted = 0;
    TimeNs since = 0;  // of this stage
    TimeNs ticket = 0;
    DurationNs served = 0, on_limit = 0, in_review = 0, suspended = 0;
    uint64_t attempts = 0;
    uint32_t result = 0;  // of its tenant
  };
  enum class What : uint8_t { kStepEnds, kReviewEnds, kOutageBegins, kOutageEnds };
  struct Event {
    TimeNs at;
    uint64_t sequence;
    What what;
    uint32_t index;  // run, or outage
    uint32_t more;   // reviewers
    bool operator>(const Event& other) const { return std::tie(at, sequence) > std::tie(other.at, other.sequence); }
  };
  struct TenantWatch {
    uint32_t tenant_result = UINT32_MAX;
    uint64_t declared_left = 0;
    uint64_t declared = 0;
    uint64_t late = 0;
    bool at_cap = false;
    TimelineEvent peak;
    bool refusing = false;
    DurationNs service_before = 0;
    bool waited_before = false;
    std::set<abi::Reason> suspended_by;
    // What has held since `since`.
    TimeNs since = 0;
    uint32_t serving = 0, at_once = 0, waiting = 0, cap = 0;
    DurationNs active_ns = 0, at_cap_ns = 0, at_once_ns = 0;
  };
  struct QuotaWatch {
    uint64_t calls = 0;  // since it was back
    bool gone = false;
  };

  Simulation(std::shared_ptr<const abi::PolicyImage> image, const Scenario& scenario);

  // The loop (simulation.cc).
  TimeNs Now() const { return clock_.MonotonicNow(); }
  void Push(TimeNs at, What what, uint32_t index, uint32_t more = 0);
  TimeNs NextTime();
  void Handle(const Event& event);
  void Arrive(const Arrival& arrival);
  void EndStep(uint32_t index);
  void EndReview(uint32_t index, uint32_t reviewers);
  void AskReviewers(uint32_t index, uint32_t reviewers, uint32_t answers);
  void StartReviews(uint32_t reviewers);
  void Dispatch();
  void Drive(uint32_t index);
  void Park(uint32_t index, Stage stage, const abi::Decision& decision);
  void Finish(uint32_t index, bool completed);
  void Mix(uint64_t value);

  // What is told of it (observe.cc).
  TenantWatch& WatchOf(TenantId tenant);
  TenantResult& ResultOf(TenantId tenant) { return result_.tenants[WatchOf(tenant).tenant_result]; }
  void SampleUntil(TimeNs until);
  void CompareService();
  void NoteQueue(TenantId tenant);
  // Accounts for the time since the tenant's queue or slots last changed; call before they do, or at that instant.
  void AccountFor(TenantWatch& watch);
  void NoteState(TenantWatch& watch, const sched::NodeCounters& counters);
  Window* WindowAt(TenantResult& result, TimeNs at);
  void NoteCall(TenantId tenant, const abi::Decision& decision);
  void NoteCost(const SimRun& run, const abi::Decision& decision, int64_t cost, engine::Outcome outcome);
  void NoteWait(TenantId tenant, const abi::Decision& decision);
  void NoteSuspension(TenantId tenant, const abi::Decision& decision);
  void NoteRefusal(TenantId tenant, const engine::SubmitResult& refusal);
  bool IsFollowed(uint32_t index) const { return index < scenario_.follow; }
  void FollowDecision(uint32_t index, StepId step, const abi::Decision& decision);
  void FollowAttempt(uint32_t index, StepId step, int64_t cost, engine::Outcome outcome, const engine::After& after);
  void FollowEnd(uint32_t index, bool completed, int64_t spent);
  StoryLine LineOf(uint32_t index, StoryLine::Kind kind, StepId step) const;
  void Tell(TimelineEvent event);
  void Conclude();
  void ConcludeTenant(TenantWatch& watch);
  void ConcludeShared();

  std::shared_ptr<const abi::PolicyImage> image_;
  Scenario scenario_;
  World world_;
  SimulatedClock clock_;
  CountingSink sink_;
  std::unique_ptr<engine::Engine> engine_;
  std::vector<Arrival> arrivals_;
  size_t next_arrival_ = 0;
  std::vector<TenantId> arrived_;  // at this instant
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  uint64_t sequence_ = 0;
  uint64_t handled_ = 0;
  std::vector<SimRun> runs_;
  std::vector<uint32_t> run_of_slot_;                                   // by RunId::index
  std::vector<review::Desk> desks_;                                     // by ReviewersId, the last one for none
  std::vector<abi::Decision> decisions_;                                // by run: the call in flight
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> attempts_of_step_;  // run, step; of steps whose first attempts fail

  std::vector<TenantWatch> watches_;                                // by TenantId
  std::map<std::pair<uint32_t, uint32_t>, QuotaWatch> quotas_;      // tenant, resource
  std::vector<std::vector<DurationNs>> run_times_;                  // by tenant result
  std::map<std::tuple<uint8_t, uint32_t, uint32_t>, TimeNs> told_;  // event, tenant, resource: when last
  TimeNs next_sample_ = 0;
  uint64_t compared_ = 0;
  std::vector<uint64_t> busy_, full_;  // by PoolId, over the samples
  Result result_;
};

}  // namespace bylaw::simulator

#endif  // BYLAW_SIMULATOR_SIMULATION_H_

// The world of one test in a policy file: what its `given` lines state, and what then happens. For policy_tests.cc.
#ifndef BYLAW_TOOLS_BYLAW_TEST_WORLD_H_
#define BYLAW_TOOLS_BYLAW_TEST_WORLD_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "compiler/sema/program.h"
#include "compiler/syntax/ast.h"
#include "runtime/abi/policy_image.h"
#include "runtime/audit/sink.h"
#include "runtime/engine/engine.h"
#include "tools/bylaw/slot_values.h"

namespace bylaw::cli {

// What came of it: a decision on a step, or the fate of a submission.
struct Happening {
  enum class Kind : uint8_t { kDecision, kDispatched, kQueued, kRefused } kind = Kind::kDecision;
  abi::Decision decision = abi::ProceedDecision();
  abi::Reason reason = abi::Reason::kNone;
  std::string clause;  // "tiers.bylaw:12: at most 50 workflows at once"
};

class TestWorld {
 public:
  TestWorld(const sema::Program& program, std::shared_ptr<const abi::PolicyImage> image)
      : program_(program), image_(std::move(image)) {}

  // Takes in one `given`. What is wrong with it, or "".
  std::string Given(const syntax::TestGiven& given);
  // So many runs of the event's workflow wait in the tenant's queue before it.
  void Waiting(int64_t runs) { waiting_ = runs; }
  // So much of this month's money has been spent, by a run of the event's workflow that is over.
  void SpentThisMonth(int64_t micros) { spent_this_month_ = micros; }
  // The events; what cannot happen is said in *problem.
  Happening StepRuns(const syntax::TestWhen::StepRuns& when, std::string* problem);
  Happening Submitted(const syntax::TestWhen::Submitted& when, std::string* problem);

  TenantId tenant() const { return tenant_; }
  const abi::PolicyImage& image() const { return *image_; }
  // Whether the tenant's contract has all of `data` kept in this store.
  bool KeepsIn(const std::vector<syntax::DataClass>& data, const std::string& store) const;
  // "it suspends because residency (regulations.bylaw:4: calls go only to EU)".
  std::string Describe(const Happening& happening) const;

 private:
  struct Calls {
    ResourceId resource;
    int64_t count;
  };

  std::string StartEngine(WorkflowId workflow);
  bool Spend(WorkflowId workflow);
  TimeNs WallStart() const;
  // The values of inputs and outputs that `workflow` has, as its slots want them.
  std::vector<engine::Value> Values(WorkflowId workflow, std::string* problem);
  std::optional<int64_t> Spent(std::string* problem) const;
  PoolId Pool() const;
  std::string Unsaid(const Happening& happening) const;
  const abi::TenantRecord& Record() const;  // in force at the test's date
  Happening Fate(engine::RunId run);
  ClauseId CapReached() const;

  const sema::Program& program_;
  std::shared_ptr<const abi::PolicyImage> image_;
  TenantId tenant_;
  WorkflowId workflow_;  // of the event
  std::vector<EndpointId> down_, revoked_;
  std::vector<syntax::TestGiven> values_;  // inputs and outputs
  std::optional<syntax::Value> left_;
  std::optional<Date> date_;
  int64_t minutes_ = 12 * 60;
  int64_t running_ = 0, waiting_ = 0, spent_this_month_ = 0;
  std::vector<Calls> calls_;

  std::unique_ptr<SimulatedClock> clock_;
  audit::MemorySink sink_;
  std::unique_ptr<engine::Engine> engine_;
  SlotValues slot_values_;
};

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_TEST_WORLD_H_

// A program that links bylaw::engine and nothing else: an image by hand, one run through it. Exits with 0 if the run
// finishes. What the program must not need (LLVM, ANTLR, the compiler) is asked of its binary by CMakeLists.txt.
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "runtime/audit/sink.h"
#include "runtime/engine/engine.h"
#include "runtime/metrics/figures.h"

namespace {

void Proceed(const bylaw::abi::StepEntry*, const bylaw::abi::TenantRecord*, const bylaw::abi::StepRequest*,
             bylaw::abi::Decision* out) {
  *out = bylaw::abi::ProceedDecision();
}

std::shared_ptr<const bylaw::abi::PolicyImage> OneStep() {
  auto image = std::make_shared<bylaw::abi::PolicyImage>();
  image->pools.push_back(
      {.name = "workers", .region = bylaw::RegionId(0), .slots = 1, .room = 10, .clause = bylaw::ClauseId::None()});
  bylaw::abi::WorkflowInfo workflow;
  workflow.name = "hello";
  workflow.steps.emplace_back().name = "say";
  workflow.order.push_back(bylaw::StepId(0));
  image->workflows.push_back(workflow);
  bylaw::abi::ShapeWorkflow row;
  row.steps.push_back({.decide = Proceed, .program = nullptr, .floor_after_micros = 0, .hi_max_micros = 0});
  bylaw::abi::ShapeInfo shape;
  shape.pool = bylaw::PoolId(0);
  shape.workflows.push_back(row);
  shape.legal_from = {bylaw::kBeginningOfTimeNs};
  shape.legal = {{}};
  image->shapes.push_back(shape);
  bylaw::abi::TenantRecord record;
  record.shape = bylaw::ShapeId(0);
  record.tenant = bylaw::TenantId(0);
  image->tenants.Edit().push_back(record);
  image->tenant_names = {"world"};
  return image;
}

}  // namespace

int main() {
  const bylaw::SystemClock clock;
  bylaw::audit::MemorySink sink;
  auto engine = bylaw::engine::Engine::Create(OneStep(), &clock, &sink, {});
  if (!engine.ok()) return 1;
  if (!(*engine)->Submit(bylaw::TenantId(0), bylaw::WorkflowId(0), {}).queued) return 2;
  const std::optional<bylaw::engine::Turn> turn = (*engine)->Next(bylaw::PoolId(0));
  if (!turn) return 3;
  (*engine)->BeginStep(turn->run, turn->step);
  const auto after = (*engine)->EndStep(turn->run, {}, bylaw::engine::Outcome::kOk);
  if (after.then != bylaw::engine::Then::kFinish) return 4;
  (*engine)->Finish(turn->run);
  return bylaw::metrics::JainIndex({}) == 1 && (*engine)->RunsInFlight() == 0 ? 0 : 5;
}

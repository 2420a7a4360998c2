#include "compiler/driver/compare.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/check.h"
#include "compiler/change/reload.h"
#include "compiler/change/request.h"
#include "compiler/jit/jit.h"
#include "compiler/plan/eval.h"
#include "compiler/verify/verify.h"

namespace bylaw::driver {
namespace {

std::shared_ptr<const plan::Plan> PlanOf(const Compilation& compilation) {
  return plan::BuildPlan(compilation.verified ? *compilation.verified : verify::ForReplay(compilation.program));
}

// What an engine makes of the requests of a report; `engine` in words.
void Replay(const abi::PolicyImage& before, const abi::PolicyImage& after, std::string_view engine,
            const change::ChangeReport& report, std::vector<std::string>& errors) {
  for (const change::Change& change : report.changes) {
    for (const change::Shown& shown : change.difference.shown) {
      const std::optional<abi::Decision> was = change::Ask(before, shown.request);
      const std::optional<abi::Decision> is = change::Ask(after, shown.request);
      if (was && is && *was == shown.old_decision && *is == shown.new_decision) continue;
      errors.push_back(fmt::format("the {} does not reproduce \"{}\" {}: {} → {}", engine, change.difference.text,
                                   shown.words, was ? abi::ToString(*was) : "nothing",
                                   is ? abi::ToString(*is) : "nothing"));
    }
  }
}

bool ShowsRequests(const change::ChangeReport& report) {
  for (const change::Change& change : report.changes) {
    if (!change.difference.shown.empty()) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<Comparison> ComparePolicies(const Compilation& before, const Compilation& after) {
  BYLAW_CHECK(before.program != nullptr && after.program != nullptr, "both policies have been checked");
  Comparison comparison;
  comparison.before = PlanOf(before);
  comparison.after = PlanOf(after);
  comparison.old_program = comparison.before->made_from.lock();
  comparison.new_program = comparison.after->made_from.lock();
  comparison.report = change::Compare(*comparison.before, *comparison.after);
  comparison.reload = change::BuildReloadTable(*comparison.before, *comparison.after);
  if (!ShowsRequests(comparison.report)) return comparison;
  Replay(*plan::EvaluatorImage(comparison.before), *plan::EvaluatorImage(comparison.after), "evaluator",
         comparison.report, comparison.internal_errors);
  const absl::StatusOr<const jit::Jit*> jit = jit::LoadJit();
  if (!jit.ok()) return comparison;  // the evaluator has answered, and is what decides without the JIT
  const auto old_image = (*jit)->CompileImage(comparison.before, jit::OptLevel::kO0);
  if (!old_image.ok()) return old_image.status();
  const auto new_image = (*jit)->CompileImage(comparison.after, jit::OptLevel::kO0);
  if (!new_image.ok()) return new_image.status();
  Replay(**old_image, **new_image, "JIT", comparison.report, comparison.internal_errors);
  return comparison;
}

}  // namespace bylaw::driver

#include "compiler/verify/witness.h"

#include <fmt/format.h>

namespace bylaw::verify {

std::string Disagreement(const Probe& probe, const abi::Decision& decision, const abi::ShapeInfo& shape) {
  std::string text;
  const auto differ = [&](std::string_view field, const auto& wanted, const auto& given) {
    text += fmt::format("{}{}={}, not {}", text.empty() ? "" : "; ", field, given, wanted);
  };
  const auto compare_id = [&](std::string_view field, const auto& wanted, uint32_t given) {
    if (wanted.has_value() && wanted->value() != given) differ(field, wanted->value(), given);
  };
  compare_id("pool", probe.pool, shape.pool.value());
  compare_id("reviewers", probe.reviewers, shape.reviewers.value());
  if (!probe.step.valid()) return text;
  const auto verdict = static_cast<abi::Verdict>(decision.verdict);
  if (probe.verdict.has_value() && *probe.verdict != verdict) {
    differ("verdict", abi::VerdictName(*probe.verdict), abi::VerdictName(verdict));
  }
  const auto reason = static_cast<abi::Reason>(decision.reason);
  if (probe.reason.has_value() && *probe.reason != reason) {
    differ("reason", abi::ReasonName(*probe.reason), abi::ReasonName(reason));
  }
  compare_id("resource", probe.resource, decision.resource);
  compare_id("endpoint", probe.endpoint, decision.endpoint);
  compare_id("store", probe.store, decision.store);
  if (probe.reserved_micros.has_value() && *probe.reserved_micros != decision.reserved_micros) {
    differ("reserved_micros", *probe.reserved_micros, decision.reserved_micros);
  }
  return text;
}

}  // namespace bylaw::verify

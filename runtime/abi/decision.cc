#include "runtime/abi/decision.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <string>

#include "base/check.h"

namespace bylaw::abi {
namespace {

constexpr std::string_view kReasonNames[] = {
#define BYLAW_REASON(enumerator, name) name,
#include "runtime/abi/reason.def"
#undef BYLAW_REASON
};

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kProceed:
      return "proceed";
    case Verdict::kSkip:
      return "skip";
    case Verdict::kReview:
      return "review";
    case Verdict::kWait:
      return "wait";
    case Verdict::kSuspend:
      return "suspend";
    case Verdict::kDeny:
      return "deny";
  }
  BYLAW_UNREACHABLE("verdict");
}

std::string_view ReasonName(Reason reason) { return kReasonNames[static_cast<size_t>(reason)]; }

std::optional<Reason> ReasonByName(std::string_view name) {
  for (size_t i = 0; i < std::size(kReasonNames); ++i) {
    if (kReasonNames[i] == name) return static_cast<Reason>(i);
  }
  return std::nullopt;
}

std::string_view LaneText(Lane lane) {
  switch (lane) {
    case Lane::kUrgent:
      return "urgent";
    case Lane::kNormal:
      return "normal";
    case Lane::kBackground:
      return "background";
  }
  BYLAW_UNREACHABLE("lane");
}

Decision ProceedDecision() {
  Decision decision;
  std::memset(&decision, 0, sizeof decision);
  decision.lane = kLaneUnchanged;
  decision.resource = decision.endpoint = decision.region = kNoId;
  decision.store = decision.reviewers = kNoId;
  decision.clause = kNoClause;
  decision.offer_resource = decision.offer_reviewers = kNoId;
  return decision;
}

bool operator==(const Decision& a, const Decision& b) {
  return true
#define BYLAW_DECISION_FIELD(c_type, llvm_bits, name, meaning) &&a.name == b.name
#include "runtime/abi/decision.def"
#undef BYLAW_DECISION_FIELD
      ;
}

std::string ToString(const Decision& decision) {
  std::string text;
#define BYLAW_DECISION_FIELD(c_type, llvm_bits, name, meaning)                                         \
  if (std::string_view(#name) == "verdict") {                                                          \
    text += fmt::format("verdict={}", VerdictName(static_cast<Verdict>(decision.verdict)));            \
  } else if (std::string_view(#name) == "reason") {                                                    \
    text += fmt::format(" reason={}", ReasonName(static_cast<Reason>(decision.reason)));               \
  } else {                                                                                             \
    text += decision.name == static_cast<c_type>(kNoId) ? std::string(" " #name "=-")                  \
                                                        : fmt::format(" " #name "={}", decision.name); \
  }
#include "runtime/abi/decision.def"
#undef BYLAW_DECISION_FIELD
  return text;
}

}  // namespace bylaw::abi

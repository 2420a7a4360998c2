// A decision and what it is decided from: the interface between compiled policy and the engine.
//
// Plain data, fixed layout, no ownership. A DecideFn is pure: contract, rules, residency, health and ladder (gates 1–4
// and 6 of the language reference). It allocates nothing, throws nothing, reads only its arguments, and writes every
// field of the decision. Rates and reservations are the engine's. Thread-safe.
#ifndef BYLAW_RUNTIME_ABI_DECISION_H_
#define BYLAW_RUNTIME_ABI_DECISION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "runtime/abi/ids.h"

namespace bylaw::abi {

enum class Verdict : uint8_t { kProceed, kSkip, kReview, kWait, kSuspend, kDeny };
enum class Reason : uint8_t {
#define BYLAW_REASON(enumerator, name) k##enumerator,
#include "runtime/abi/reason.def"
#undef BYLAW_REASON
};
enum class Lane : uint8_t { kUrgent, kNormal, kBackground };
inline constexpr uint8_t kLaneUnchanged = 0xFF;

// Bits of Decision::offers.
enum Offer : uint8_t { kOfferCheaperModel = 1, kOfferSkip = 2, kOfferPerson = 4 };

std::string_view VerdictName(Verdict verdict);  // "proceed", "skip", …
std::string_view ReasonName(Reason reason);     // "residency", …; "none"
std::optional<Reason> ReasonByName(std::string_view name);
std::string_view LaneText(Lane lane);  // "urgent", "normal", "background"

// The sentence that decided. A reference to a sentence shared by all tenants of a shape is its ClauseId; a reference to
// a term that each tenant may have stated in its own words is `kTenantTerm | position` in the tenant's provenance row.
using ClauseRef = uint32_t;
inline constexpr ClauseRef kTenantTerm = 0x8000'0000u;
inline constexpr ClauseRef kNoClause = 0xFFFF'FFFFu;
inline constexpr uint32_t kNoId = 0xFFFF'FFFFu;

struct alignas(64) Decision {
#define BYLAW_DECISION_FIELD(c_type, llvm_bits, name, meaning) c_type name;
#include "runtime/abi/decision.def"
#undef BYLAW_DECISION_FIELD
};
static_assert(sizeof(Decision) == 64);
static_assert(offsetof(Decision, resource) == 8 && offsetof(Decision, reserved_micros) == 40);

// A decision that proceeds, with every id absent.
Decision ProceedDecision();
bool operator==(const Decision& a, const Decision& b);
// "verdict=suspend reason=residency …", every field by name.
std::string ToString(const Decision& decision);

// An open text value of a condition.
struct Text {
  const char* data;
  uint64_t size;
};

// A list of texts: an input declared as `a list of text`.
struct TextList {
  const Text* items;
  uint64_t size;
};

// One value a condition may read: an input, a step's output, a setting. Its type is fixed by the step's program.
union SlotValue {
  int64_t integer;  // count, money (micros), duration (ns), timestamp (ns), yes/no
  double number;
  const Text* text;
  const TextList* list;
};

struct StepRequest {
  TimeNs wall_now_ns = 0;
  int64_t remaining_micros = 0;         // of the workflow's budget, before this step; INT64_MAX without a budget
  int64_t budget_micros = 0;            // the workflow's budget; INT64_MAX without one
  const uint64_t* up = nullptr;         // bit per EndpointId: healthy
  const uint64_t* permitted = nullptr;  // bit per EndpointId: not revoked, and legal under the current policy too
  const SlotValue* slots = nullptr;     // the workflow's slots: inputs, then outputs in step order
  const uint64_t* present = nullptr;    // bit per slot
  int64_t spent_micros = 0;
  int64_t age_ns = 0;     // since Submit
  uint32_t attempt = 1;   // of this visit of the step, from 1
  uint32_t approved = 0;  // 1 when the reviewers asked for this step have approved it
};

struct StepEntry;
struct TenantRecord;
using DecideFn = void (*)(const StepEntry*, const TenantRecord*, const StepRequest*, Decision*);

}  // namespace bylaw::abi

#endif  // BYLAW_RUNTIME_ABI_DECISION_H_

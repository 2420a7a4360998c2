// One audit record: what happened, to whom, when, and which sentence decided. Fixed size, no ownership, no text.
//
// The ids are those of the image the decision was made under, named by `epoch`; readers turn them into names through
// that image. Fields that say nothing hold abi::kNoId, abi::kNoClause or 0.
#ifndef BYLAW_RUNTIME_AUDIT_RECORD_H_
#define BYLAW_RUNTIME_AUDIT_RECORD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/time.h"
#include "runtime/abi/decision.h"

namespace bylaw::audit {

enum class Event : uint8_t {
  kDecision,    // a decision other than a plain proceed
  kDowngrade,   // a cheaper model, a skipped step or a person because of the ladder
  kBurst,       // a run started above its tenant's cap
  kCapHit,      // a run waits because its tenant is at its cap
  kRefused,     // Submit was refused
  kOverrun,     // an attempt cost more than was reserved; amount_micros is the excess
  kReview,      // a reviewer's answer
  kParked,      // a run gave its slot back; where its data has been so far
  kFinished,    // a run ended; likewise
  kException,   // an exception in force shaped a decision
  kRevocation,  // an endpoint or a resource was withdrawn
  kReload,      // a new policy image was published
};

std::string_view EventName(Event event);  // "decision", "cap-hit", …

struct Record {
  TimeNs wall_ns = 0;  // when, on the wall clock
  int64_t amount_micros = 0;
  TimeNs retry_at_ns = 0;  // monotonic; of a wait or a refusal
  uint64_t sequence = 0;   // given by the sink, from 1 without a gap
  uint32_t run = abi::kNoId;
  uint32_t run_generation = 0;
  uint32_t tenant = abi::kNoId;
  uint32_t workflow = abi::kNoId;
  uint32_t step = abi::kNoId;
  uint32_t resource = abi::kNoId;
  uint32_t endpoint = abi::kNoId;
  uint32_t region = abi::kNoId;
  uint32_t store = abi::kNoId;
  uint32_t reviewers = abi::kNoId;
  uint32_t actor = abi::kNoId;  // who answered a review: the caller's own number
  uint32_t clause = abi::kNoClause;
  uint32_t epoch = 0;
  uint16_t attempt = 0;
  Event event = Event::kDecision;
  abi::Verdict verdict = abi::Verdict::kProceed;
  abi::Reason reason = abi::Reason::kNone;
  uint8_t rung = 0;
  uint8_t offers = 0;
  abi::Lane lane = abi::Lane::kNormal;

  friend bool operator==(const Record&, const Record&) = default;
};
static_assert(std::is_trivially_copyable_v<Record> && sizeof(Record) == 96);

// A record with every field that the decision knows; the caller adds run, tenant, workflow, step, attempt and epoch.
Record FromDecision(Event event, TimeNs wall_ns, const abi::Decision& decision);

// "decision #12 suspend because residency tenant=3 …", fields that say nothing left out. For tests and dumps.
std::string ToString(const Record& record);

}  // namespace bylaw::audit

#endif  // BYLAW_RUNTIME_AUDIT_RECORD_H_

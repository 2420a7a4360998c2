// One audit record: what happened, to whom, when, and which sentence decided. Fixed size, no ownership, no text.
//
// The ids are those of the image the decision was made under, named by `epoch`; a log on disk writes names and
// sentences down beside them (log.h). Fields that say nothing hold abi::kNoId, abi::kNoClause or 0. The fields are
// listed in record.def.
#ifndef BYLAW_RUNTIME_AUDIT_RECORD_H_
#define BYLAW_RUNTIME_AUDIT_RECORD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

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
  kException,   // exceptions came into force or lapsed: the one that did
  kRevocation,  // an endpoint or a resource was withdrawn
  kReload,      // a new policy image was published
  kRestored,    // a run was taken up again after a restart
  kErased,      // data of a tenant, or of its ended runs, was erased; amount_micros is how many values it were
  kBasisEnds,   // the legal basis of a run's calls is another from now on; where its data was until then
  kSlotLost,    // nobody was heard of who held a slot: it was taken back; amount_micros is charged for its call
};

std::string_view EventName(Event event);  // "decision", "cap-hit", …

struct Record {
#define BYLAW_AUDIT_FIELD(c_type, name, absent) c_type name = absent;
#include "runtime/audit/record.def"
#undef BYLAW_AUDIT_FIELD

  friend bool operator==(const Record&, const Record&) = default;
};
static_assert(std::is_trivially_copyable_v<Record> && sizeof(Record) == 104);

// A record with every field that the decision knows; the caller adds run, tenant, workflow, step, attempt and epoch.
Record FromDecision(Event event, TimeNs wall_ns, const abi::Decision& decision);

// "decision #12 suspend because residency tenant=3 …", fields that say nothing left out. For tests and dumps.
std::string ToString(const Record& record);

}  // namespace bylaw::audit

#endif  // BYLAW_RUNTIME_AUDIT_RECORD_H_

#include "runtime/audit/record.h"

#include <fmt/format.h>

#include "base/check.h"

namespace bylaw::audit {

std::string_view EventName(Event event) {
  switch (event) {
    case Event::kDecision:
      return "decision";
    case Event::kDowngrade:
      return "downgrade";
    case Event::kBurst:
      return "burst";
    case Event::kCapHit:
      return "cap-hit";
    case Event::kRefused:
      return "refused";
    case Event::kOverrun:
      return "overrun";
    case Event::kReview:
      return "review";
    case Event::kParked:
      return "parked";
    case Event::kFinished:
      return "finished";
    case Event::kException:
      return "exception";
    case Event::kRevocation:
      return "revocation";
    case Event::kReload:
      return "reload";
    case Event::kRestored:
      return "restored";
    case Event::kErased:
      return "erased";
    case Event::kBasisEnds:
      return "basis-ends";
    case Event::kSlotLost:
      return "slot-lost";
  }
  BYLAW_UNREACHABLE("an audit event outside the enumeration");
}

Record FromDecision(Event event, TimeNs wall_ns, const abi::Decision& decision) {
  Record record;
  record.event = event;
  record.wall_ns = wall_ns;
  record.amount_micros = decision.reserved_micros;
  record.retry_at_ns = decision.retry_at_ns;
  record.resource = decision.resource;
  record.endpoint = decision.endpoint;
  record.region = decision.region;
  record.store = decision.store;
  record.reviewers = decision.reviewers;
  record.clause = decision.clause;
  record.verdict = static_cast<abi::Verdict>(decision.verdict);
  record.reason = static_cast<abi::Reason>(decision.reason);
  record.rung = decision.rung;
  record.offers = decision.offers;
  if (decision.lane != abi::kLaneUnchanged) record.lane = static_cast<abi::Lane>(decision.lane);
  return record;
}

std::string ToString(const Record& record) {
  std::string text =
      fmt::format("{} #{} {}", EventName(record.event), record.sequence, abi::VerdictName(record.verdict));
  if (record.reason != abi::Reason::kNone)
    fmt::format_to(std::back_inserter(text), " because {}", abi::ReasonName(record.reason));
  const auto add = [&text](std::string_view name, uint32_t id) {
    if (id != abi::kNoId) fmt::format_to(std::back_inserter(text), " {}={}", name, id);
  };
  add("tenant", record.tenant);
  add("run", record.run);
  add("workflow", record.workflow);
  add("step", record.step);
  add("resource", record.resource);
  add("endpoint", record.endpoint);
  add("region", record.region);
  add("store", record.store);
  add("reviewers", record.reviewers);
  add("actor", record.actor);
  add("clause", record.clause);
  add("basis", record.basis);
  add("exception", record.exception);
  if (record.rung != 0) add("rung", record.rung);
  if (record.attempt != 0) add("attempt", record.attempt);
  if (record.amount_micros != 0) fmt::format_to(std::back_inserter(text), " micros={}", record.amount_micros);
  if (record.retry_at_ns != 0) fmt::format_to(std::back_inserter(text), " retry_at={}", record.retry_at_ns);
  return text;
}

}  // namespace bylaw::audit

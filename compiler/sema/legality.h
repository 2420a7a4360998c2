// Whether a place is legal for a tenant at an instant, and why.
//
// The one implementation of language.md's meaning of place clauses: V1 proves with it, plan/ builds the masks from it,
// so proof and decision cannot disagree. Pure functions over Program.
#ifndef BYLAW_COMPILER_SEMA_LEGALITY_H_
#define BYLAW_COMPILER_SEMA_LEGALITY_H_

#include <string>
#include <vector>

#include "base/time.h"
#include "compiler/sema/program.h"

namespace bylaw::sema {

struct Legality {
  bool legal = true;
  ClauseId clause;                     // the constraint that forbids, if not legal
  std::string why_not;                 // "in us-east-1 (US), not certified by dpf"
  std::vector<ClauseId> adequacies;    // decisions relied on
  std::vector<ClauseId> certificates;  // recorded claims relied on ("assuming")
};

// Whether `location` satisfies every constraint of `terms` on `subject` at `at`.
Legality LegalAt(const Program& program, const Terms& terms, PlaceSubject subject, const Location& location, TimeNs at);

// Legal intervals [begin, end) within [from, to), merged and sorted. Empty: never legal.
struct Interval {
  TimeNs begin = 0;
  TimeNs end = 0;
  friend bool operator==(const Interval&, const Interval&) = default;
};
std::vector<Interval> LegalIntervals(const Program& program, const Terms& terms, PlaceSubject subject,
                                     const Location& location, TimeNs from, TimeNs to);

// Every instant in [from, to) at which some adequacy decision starts or lapses; sorted, without duplicates, starting
// with `from`.
std::vector<TimeNs> ChangeInstants(const Program& program, TimeNs from, TimeNs to);

// The date of an instant in the declared time zone.
Date DateAt(const Program& program, TimeNs at);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_LEGALITY_H_

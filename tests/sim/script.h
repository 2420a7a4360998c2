// What happens in a life, written down: one event a line, so that a failing life can be made smaller, read and
// replayed.
//
//   # a comment
//   seed 17
//   submit run=3 tenant=1 workflow=0 lane=2
//   advance ns=1500000000
//
// An event that no longer applies (its run is not where it was) does nothing: any part of a script is a script.
#ifndef BYLAW_TESTS_SIM_SCRIPT_H_
#define BYLAW_TESTS_SIM_SCRIPT_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace bylaw::sim {

enum class Event : uint8_t {
  kSubmit,      // run tenant workflow lane
  kEnd,         // run outcome cost tokens: the attempt under way ends
  kCancel,      // run; also what a platform does when its worker is lost
  kAnswer,      // run approve who
  kResume,      // run
  kHealth,      // endpoint up
  kRevoke,      // endpoint
  kReload,      // policy: the number of the seed's policies to publish
  kAdvance,     // ns: both clocks
  kJump,        // ns: the wall clock alone, forward or back
  kCount,       // tenant resource calls: made elsewhere
  kBreakAudit,  // no record can be written from now on
  kDie,         // run later: its worker says nothing more, from now on or from the end of its call or its next turn on
  kLate,        // run call: who lost its slot, and was only slow, makes one of kLateCalls
  kRestore,     // run tenant workflow step spent: a run goes on from its checkpoint
  kCommit,      // like what follows, in a life that is kept: everything so far is acknowledged
  kCrash,  // writes down: the process dies, now or when the n-th write from now on is torn; `down` ns later another
  kErase,  // what nobody may keep any longer
};
inline constexpr size_t kEventArguments = 5;
// end begin finish cancel answer resume
inline constexpr int64_t kLateCalls = 6;

struct Op {
  Event event = Event::kAdvance;
  std::array<int64_t, kEventArguments> arguments = {};
};

struct Script {
  uint64_t seed = 0;
  std::vector<Op> ops;
};

// One line.
std::string ToText(const Op& op);
std::string ToText(const Script& script);
absl::StatusOr<Script> ParseScript(std::string_view text);

}  // namespace bylaw::sim

#endif  // BYLAW_TESTS_SIM_SCRIPT_H_

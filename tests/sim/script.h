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
};
inline constexpr size_t kEventArguments = 4;

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

// Tighten-only inheritance: theorem V12 is established here.
//
// Internal to sema/. On the way tier → class → org → tenant a limit only tightens (a looser one is `loosened-term` and
// has no effect), a choice is replaced by the nearer one, places and denials accumulate. Regulations tighten what the
// levels they bind have said.
#ifndef BYLAW_COMPILER_SEMA_INHERIT_H_
#define BYLAW_COMPILER_SEMA_INHERIT_H_

#include <functional>

#include "compiler/sema/context.h"

namespace bylaw::sema {

enum class Merge : uint8_t {
  kLevel,       // a lower level: looser limits are reported, nearer choices win
  kRegulation,  // the strictest of both, silently; choices only where there is none
};

// Merges the terms stated at one level into what it inherits. Before a report about one of `own`'s sentences,
// `at_clause` (if set) is told which.
void Inherit(Context& context, Terms& inherited, const Terms& own, Level level, Merge merge,
             const std::function<void(ClauseId)>& at_clause = nullptr);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_INHERIT_H_

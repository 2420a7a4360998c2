// Phases: what a tenant's contract says on the days on which exceptions are in force.
//
// Internal to sema/. Exceptions of one tenant that overlap in time (on different terms) are cut at each other's ends,
// so that the phases of a tenant are disjoint and each has one complete set of terms.
#ifndef BYLAW_COMPILER_SEMA_PHASES_H_
#define BYLAW_COMPILER_SEMA_PHASES_H_

#include "compiler/sema/program.h"

namespace bylaw::sema {

// Appends a row to Program::tenants for each phase. After exceptions have been read, before shapes are assigned.
void AddPhases(Program& program);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_PHASES_H_

// Exceptions before and after, with their approvals.
#ifndef BYLAW_COMPILER_CHANGE_EXCEPTIONS_H_
#define BYLAW_COMPILER_CHANGE_EXCEPTIONS_H_

#include <vector>

#include "compiler/change/change.h"
#include "compiler/sema/program.h"

namespace bylaw::change {

// In the order of the new program, then those that are gone.
std::vector<ExceptionChange> CompareExceptions(const sema::Program& before, const sema::Program& after);

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_EXCEPTIONS_H_

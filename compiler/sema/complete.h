// What must be stated somewhere: a model for every `calls a model`, a place for reviewers of tenants who name places.
//
// Internal to sema/.
#ifndef BYLAW_COMPILER_SEMA_COMPLETE_H_
#define BYLAW_COMPILER_SEMA_COMPLETE_H_

#include "compiler/sema/context.h"

namespace bylaw::sema {

// After shapes: what one tenant of a shape lacks, all lack.
void CheckComplete(Context& context);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_COMPLETE_H_

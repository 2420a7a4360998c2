// Shapes: tenants that differ at most in numbers are proved and compiled once.
//
// Internal to sema/. The key of a shape is made of every effective term without a number (places, routes, lists,
// choices, regulations), of which limits there are (not their amounts), and of the rules and reviewers that may concern
// the tenant. Clause ids do not count: two tenants that say the same in different files share a shape.
#ifndef BYLAW_COMPILER_SEMA_SHAPES_H_
#define BYLAW_COMPILER_SEMA_SHAPES_H_

#include "compiler/sema/context.h"

namespace bylaw::sema {

void AssignShapes(Program& program);

// The canonical key of terms alone; equal for tenants of one shape. For tests and for the cache of `bylaw verify`.
std::string ShapeKey(const Terms& terms);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_SHAPES_H_

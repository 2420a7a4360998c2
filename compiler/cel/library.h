// The declarations of the standard library: which functions conditions have, what they accept and what they give.
//
// Immutable; thread-safe.
#ifndef BYLAW_COMPILER_CEL_LIBRARY_H_
#define BYLAW_COMPILER_CEL_LIBRARY_H_

#include <string_view>
#include <vector>

#include "compiler/cel/term.h"
#include "compiler/value/function.h"

namespace bylaw::cel {

struct Overload {
  value::Function function = value::Function::kNone;
  bool member = false;  // target.name(arguments); the target is the first parameter
  std::vector<TermPtr> params;
  TermPtr result;
};

// All forms of the function, or null. Operators are named as in CEL: "_+_".
const std::vector<Overload>* FindFunction(std::string_view name);
// All forms of the function give the same scalar: it gives that or an error, whatever it is handed.
bool AlwaysGivesScalar(value::Function function);
// Every name, for "did you mean".
const std::vector<std::string_view>& FunctionNames();

}  // namespace bylaw::cel

#endif  // BYLAW_COMPILER_CEL_LIBRARY_H_

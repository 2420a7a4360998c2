// The functions of conditions by number, and the one way to call them.
//
// Arguments are values without errors (the engines pass errors on before a call); the result is a value or an error,
// never an exception. Whatever the result needs is taken from the arena. Each function checks the kinds of its
// arguments: a call that the type checker would refuse gives kNoSuchOverload. Pure; thread-safe on different arenas.
#ifndef BYLAW_COMPILER_VALUE_FUNCTION_H_
#define BYLAW_COMPILER_VALUE_FUNCTION_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "compiler/value/arena.h"
#include "compiler/value/value.h"

namespace bylaw::value {

enum class Function : uint8_t {
#define BYLAW_CEL_FUNCTION(enumerator, name, implementation) k##enumerator,
#include "compiler/value/function.def"
#undef BYLAW_CEL_FUNCTION
};

using Args = std::span<const Value>;

Value Call(Function function, Args args, Arena& arena);
std::string_view FunctionName(Function function);

}  // namespace bylaw::value

#endif  // BYLAW_COMPILER_VALUE_FUNCTION_H_

#include "compiler/value/function.h"

#include "compiler/value/implementations.h"

namespace bylaw::value {
namespace {

using Implementation = Value (*)(Args args, Arena& arena);

struct Row {
  std::string_view name;
  Implementation implementation;
};
constexpr Row kRows[] = {
#define BYLAW_CEL_FUNCTION(enumerator, name, implementation) {name, &implementation},
#include "compiler/value/function.def"
#undef BYLAW_CEL_FUNCTION
};

}  // namespace

Value Call(Function function, Args args, Arena& arena) {
  return kRows[static_cast<size_t>(function)].implementation(args, arena);
}

std::string_view FunctionName(Function function) { return kRows[static_cast<size_t>(function)].name; }

Value Same(Args args, Arena&) { return args[0]; }

// What is declared without a meaning, or is a node of its own.
Value NoFunction(Args, Arena&) { return NoOverload(); }

}  // namespace bylaw::value

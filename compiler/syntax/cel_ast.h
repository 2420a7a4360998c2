// The untyped tree of a condition: Common Expression Language as it was written between `when (` and `)`.
//
// Operators are calls named as in the CEL specification ("_&&_", "!_", "-_", "_?_:_", "_[_]", "_in_", "_==_", …).
// Macros
// (`has`, `all`, `exists`, …) are ordinary calls here; the checker gives them their meaning.
#ifndef BYLAW_COMPILER_SYNTAX_CEL_AST_H_
#define BYLAW_COMPILER_SYNTAX_CEL_AST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/money.h"
#include "compiler/source/source.h"

namespace bylaw::syntax {

struct CelExpr {
  enum class Kind : uint8_t {
    kNull,
    kBool,
    kInt,
    kUint,
    kDouble,
    kString,
    kBytes,
    kMoney,   // Bylaw's extension: $500
    kIdent,   // text; a leading "." is kept
    kSelect,  // args[0].text
    kCall,    // text(args…)
    kMember,  // args[0].text(args[1] …)
    kList,    // [args…]
    kMap,     // {args[0]: args[1], …}
  };
  Kind kind = Kind::kNull;
  source::Span span;
  std::string text;  // identifier, field, function or operator name; the value of a string or bytes literal, unescaped
  bool bool_value = false;
  int64_t int_value = 0;
  uint64_t uint_value = 0;
  double double_value = 0;
  Money money;
  std::vector<std::unique_ptr<CelExpr>> args;
};

using CelExprPtr = std::unique_ptr<CelExpr>;

// A condition with its own source text (without the outer parentheses). `expr` is null when it did not parse; a
// diagnostic has then been given.
struct Condition {
  source::Span span;
  std::string text;
  CelExprPtr expr;
};

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_CEL_AST_H_

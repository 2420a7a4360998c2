// Names and types of expressions: from the untyped tree to TypedExpr, or diagnostics and null.
//
// Two kinds of expression are checked alike. A condition stands in a policy: its names are those of language.md §7, its
// literals adapt (`confidence < 1`), its mistakes are told in the policy's words (`condition-type`, `unknown-name`,
// `unknown-setting`, `currency-mix`), and what it may cost is bounded (cost.h). An expression stands alone, with
// declared variables, as CEL's specification means it; it may also be resolved without types.
//
// Pure; thread-safe for different sinks.
#ifndef BYLAW_COMPILER_CEL_CHECK_H_
#define BYLAW_COMPILER_CEL_CHECK_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "compiler/cel/library.h"
#include "compiler/cel/typed.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/syntax/cel_ast.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::cel {

// What names mean where a condition stands.
struct Scope {
  // The workflow's slots (inputs, then outputs named "step.output"); null where no workflow is known (a rule for every
  // workflow): then `request` and `steps` may not be used.
  const std::vector<abi::SlotInfo>* slots = nullptr;
  uint32_t input_count = 0;
  const std::vector<abi::SlotInfo>* settings = nullptr;  // by SettingId
  Currency currency = Currency::kUsd;
};

// A condition: the result has type kBool.
TypedExprPtr Check(const syntax::CelExpr& expr, const Scope& scope, diag::Sink& sink);

// What names mean in an expression that stands alone.
struct Environment {
  struct Variable {
    std::string name;  // may be qualified: "a.b"
    TermPtr type;
  };
  std::string container;                                                // names are looked up in it first: "a.b"
  std::vector<Variable> variables;                                      // kVariable nodes refer to them by position
  std::map<std::string, std::vector<Overload>, std::less<>> functions;  // beside the library's
  bool checked = true;  // false: every type is dyn, and what is wrong becomes an error when it is computed
};

// An expression that stands alone; its type is the `term` of its root.
TypedExprPtr Check(const syntax::CelExpr& expr, const Environment& environment, diag::Sink& sink);

// The type that a slot or setting has in conditions.
Type TypeOf(abi::SlotType type);

}  // namespace bylaw::cel

#endif  // BYLAW_COMPILER_CEL_CHECK_H_

// Names and types of a condition: from the untyped tree to TypedExpr, or diagnostics (`condition-type`, `unknown-name`,
// `unknown-setting`, `currency-mix`, `unit-mismatch`) and null.
//
// Pure; thread-safe for different sinks.
#ifndef BYLAW_COMPILER_CEL_CHECK_H_
#define BYLAW_COMPILER_CEL_CHECK_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "compiler/cel/typed.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/syntax/cel_ast.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::cel {

// What names mean where the condition stands.
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

// The type that a slot or setting has in conditions.
Type TypeOf(abi::SlotType type);

}  // namespace bylaw::cel

#endif  // BYLAW_COMPILER_CEL_CHECK_H_

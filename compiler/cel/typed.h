// The typed tree of a condition: what the checker yields, what the evaluator walks and what codegen lowers.
//
// Every node has a scalar type, or is a constant list on the right of `in`. Variables are slots: positions in the run's
// slot array (inputs, outputs), in the tenant's settings, or one of the built-in values of the request. Money,
// durations, dates and counts are int64 (micros, ns, ns of midnight UTC, count); numbers are double; text is a (data,
// size) pair. Arithmetic on int64 is checked: overflow and division by zero are errors, which `&&` and `||` absorb as
// CEL says. Immutable after checking; safe to read from several threads.
#ifndef BYLAW_COMPILER_CEL_TYPED_H_
#define BYLAW_COMPILER_CEL_TYPED_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compiler/source/source.h"
#include "runtime/abi/ids.h"

namespace bylaw::cel {

enum class Type : uint8_t { kBool, kInt, kDouble, kString, kMoney, kDuration, kTimestamp };

enum class Op : uint8_t {
  kConst,
  kSlot,        // slot: an input or output of the run; an absent slot is an error
  kHas,         // slot is present: never an error
  kSetting,     // setting
  kTenantText,  // tenant.id, tier, class or org: text
  kStepName,    // constant per step; folded by the checker where the step is known
  kStepAttempt,
  kStepEstimatedCost,
  kWorkflowName,
  kWorkflowSpent,
  kWorkflowAge,
  kBudgetRemaining,
  kNow,
  kNot,
  kNegate,
  kAnd,
  kOr,
  kConditional,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,       // args[0] in {args[1] …}, all constants
  kMatches,  // args[0] matches text_value (RE2 pattern, compiled at compile time)
  kStartsWith,
  kEndsWith,
  kContains,
  kSize,
};

enum class TenantText : uint8_t { kId, kTier, kClass, kOrg };

struct TypedExpr {
  Op op = Op::kConst;
  Type type = Type::kBool;
  source::Span span;
  int64_t int_value = 0;  // constants: bool, int, money, duration, timestamp
  double double_value = 0;
  std::string text_value;  // constant text, or the pattern of kMatches
  uint32_t slot = 0;       // kSlot, kHas: position in WorkflowInfo::slots; kSetting: SettingId
  TenantText tenant_text = TenantText::kId;
  std::vector<std::unique_ptr<TypedExpr>> args;
};

using TypedExprPtr = std::unique_ptr<TypedExpr>;

}  // namespace bylaw::cel

#endif  // BYLAW_COMPILER_CEL_TYPED_H_

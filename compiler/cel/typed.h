// The typed tree of a condition: what the checker yields, what the evaluator walks and what codegen lowers.
//
// Leaves are slots: positions in the run's slot array (inputs, outputs), in the tenant's settings, one of the built-in
// values of the request, or a free variable of an expression that stands alone. Operators from kNot to kSize have
// operands of one scalar type, known here, and become native code; money, durations, dates and counts are int64
// (micros, ns, ns since the epoch, count), numbers are double, text is a (data, size) pair. Whatever else there is, is
// a call of a function on values (compiler/value/function.h), an aggregate or a macro. Arithmetic is checked: overflow
// and division by zero are errors, which `&&` and `||` absorb as CEL says. Immutable after checking; safe to read from
// several threads.
#ifndef BYLAW_COMPILER_CEL_TYPED_H_
#define BYLAW_COMPILER_CEL_TYPED_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compiler/cel/term.h"
#include "compiler/source/source.h"
#include "compiler/value/function.h"
#include "runtime/abi/ids.h"

namespace bylaw::cel {

// How a node's value is held: a native scalar, or (from kNull on) a value::Value whose kind is looked at.
enum class Type : uint8_t {
  kBool,
  kInt,
  kDouble,
  kString,
  kMoney,
  kDuration,
  kTimestamp,
  kUint,
  kBytes,
  kNull,
  kList,
  kMap,
  kTypeOf,
  kOptional,
  kDyn,
};
inline bool IsScalar(Type type) { return type < Type::kNull; }

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
  // Of values.
  kVariable,        // slot: a free variable of an expression that stands alone
  kLocal,           // slot: a variable of the macro around it
  kCall,            // function(args …)
  kSelect,          // args[0].text_value
  kSelectOptional,  // args[0].?text_value
  kHasField,        // has(args[0].text_value)
  kNewList,         // [args …]; an item may be kMaybe
  kNewMap,          // {args[0]: args[1], …}; a value may be kMaybe
  kMaybe,           // ?args[0]: an optional that is an item or a value if it holds one
  kAll,             // args[0].all(slot, args[1])
  kExists,
  kExistsOne,
  kTransformList,      // args[0].map(slot, [args[2],] args[1]); with filter() the item itself is args[1]
  kTransformMap,       // args[0].transformMap(slot, slot + 1, [args[2],] args[1])
  kTransformMapEntry,  // the same, where args[1] gives maps of entries
  kBind,               // args[1] where local `slot` is args[0], which may be an error
  kOptionalMap,        // args[0].optMap(slot, args[1])
  kOptionalFlatMap,
  kOrElse,  // args[0].or(args[1]): args[1] only if it is needed
  kOrValue,
  kFailure,  // int_value: a value::Error; what an unchecked expression says that can never be computed
};

// What stands for a value from outside the expression.
inline bool IsLeaf(Op op) { return (op >= Op::kSlot && op <= Op::kNow) || op == Op::kVariable; }

enum class TenantText : uint8_t { kId, kTier, kClass, kOrg };

struct TypedExpr {
  Op op = Op::kConst;
  Type type = Type::kBool;
  value::Function function = value::Function::kNone;
  bool two = false;  // a macro with two variables: slot and slot + 1
  source::Span span;
  int64_t int_value = 0;  // constants: bool, int, uint (its bits), money, duration, timestamp
  double double_value = 0;
  std::string text_value;  // constant text, bytes or type name; the pattern of kMatches; a field
  uint32_t slot =
      0;  // kSlot, kHas: position in WorkflowInfo::slots; kSetting: SettingId; kLocal; a constant amount's currency
  TenantText tenant_text = TenantText::kId;
  TermPtr term;  // the structural type; null in trees that were not made by the checker
  std::vector<std::unique_ptr<TypedExpr>> args;
};

using TypedExprPtr = std::unique_ptr<TypedExpr>;

// At most so many variables of macros are known at once.
inline constexpr uint32_t kLocalsMax = 64;

}  // namespace bylaw::cel

#endif  // BYLAW_COMPILER_CEL_TYPED_H_

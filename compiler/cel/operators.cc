// What the operators and functions of conditions accept.

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "compiler/cel/checker.h"

namespace bylaw::cel {
namespace {

using Kind = syntax::CelExpr::Kind;

struct BinaryOperator {
  std::string_view name, symbol;
  Op op;
  bool comparison;
};
constexpr BinaryOperator kBinaryOperators[] = {
    {"_==_", "==", Op::kEqual, true},     {"_!=_", "!=", Op::kNotEqual, true}, {"_<_", "<", Op::kLess, true},
    {"_<=_", "<=", Op::kLessEqual, true}, {"_>_", ">", Op::kGreater, true},    {"_>=_", ">=", Op::kGreaterEqual, true},
    {"_+_", "+", Op::kAdd, false},        {"_-_", "-", Op::kSubtract, false},  {"_*_", "*", Op::kMultiply, false},
    {"_/_", "/", Op::kDivide, false},     {"_%_", "%", Op::kModulo, false},
};

bool IsConst(const TypedExpr& expr) { return expr.op == Op::kConst; }

// A whole number written where the other side is a number: 1 means 1.0.
void WidenLiteral(TypedExpr& literal, const TypedExpr& other) {
  if (IsConst(literal) && literal.type == Type::kInt && other.type == Type::kDouble) {
    literal.type = Type::kDouble;
    literal.double_value = static_cast<double>(literal.int_value);
  }
}

bool IsOrdered(Type type) { return type != Type::kBool; }

// The type of `a op b`, or nothing if the language gives it no meaning.
bool ArithmeticType(Op op, Type a, Type b, Type* out) {
  const auto is = [&](Type x, Type y) { return a == x && b == y; };
  const bool additive = op == Op::kAdd || op == Op::kSubtract;
  if (is(Type::kInt, Type::kInt)) return *out = Type::kInt, true;
  if (is(Type::kDouble, Type::kDouble) && op != Op::kModulo) return *out = Type::kDouble, true;
  if (is(Type::kMoney, Type::kMoney) && additive) return *out = Type::kMoney, true;
  if (is(Type::kMoney, Type::kInt) && (op == Op::kMultiply || op == Op::kDivide)) return *out = Type::kMoney, true;
  if (is(Type::kInt, Type::kMoney) && op == Op::kMultiply) return *out = Type::kMoney, true;
  if (is(Type::kDuration, Type::kDuration) && additive) return *out = Type::kDuration, true;
  if (is(Type::kTimestamp, Type::kDuration) && additive) return *out = Type::kTimestamp, true;
  if (is(Type::kTimestamp, Type::kTimestamp) && op == Op::kSubtract) return *out = Type::kDuration, true;
  return false;
}

}  // namespace

TypedExprPtr Checker::Call(const syntax::CelExpr& expr) {
  for (const BinaryOperator& row : kBinaryOperators) {
    if (expr.text == row.name) {
      return row.comparison ? Comparison(expr, row.op, row.symbol) : Arithmetic(expr, row.op, row.symbol);
    }
  }
  if (expr.text == "_&&_" || expr.text == "_||_" || expr.text == "!_" || expr.text == "_?_:_") return Logical(expr);
  if (expr.text == "_in_") return Membership(expr);
  if (expr.text == "_[_]") {
    return Fail(expr, "only steps may be looked up by a name in brackets", "steps[\"STEP\"].OUTPUT");
  }
  if (expr.text == "-_") {
    TypedExprPtr arg = Infer(*expr.args[0]);
    if (arg == nullptr) return nullptr;
    if (arg->type == Type::kBool || arg->type == Type::kString || arg->type == Type::kTimestamp) {
      return Fail(expr, fmt::format("{} has no negative", TypeText(arg->type)));
    }
    TypedExprPtr node = Make(Op::kNegate, arg->type, expr);
    node->args.push_back(std::move(arg));
    return node;
  }
  return Function(expr);
}

TypedExprPtr Checker::Logical(const syntax::CelExpr& expr) {
  std::vector<TypedExprPtr> args;
  for (const syntax::CelExprPtr& arg : expr.args) args.push_back(Infer(*arg));
  for (const TypedExprPtr& arg : args) {
    if (arg == nullptr) return nullptr;
  }
  const bool conditional = expr.text == "_?_:_";
  for (size_t i = 0; i < (conditional ? 1 : args.size()); ++i) {
    if (args[i]->type != Type::kBool) {
      return Fail(*expr.args[i], fmt::format("this must be true or false, and it is {}", TypeText(args[i]->type)));
    }
  }
  Type type = Type::kBool;
  if (conditional) {
    WidenLiteral(*args[1], *args[2]);
    WidenLiteral(*args[2], *args[1]);
    if (args[1]->type != args[2]->type) {
      return Fail(expr, fmt::format("the two answers differ in type: {} and {}", TypeText(args[1]->type),
                                    TypeText(args[2]->type)));
    }
    type = args[1]->type;
  }
  const Op op =
      conditional ? Op::kConditional : (expr.text == "_&&_" ? Op::kAnd : (expr.text == "_||_" ? Op::kOr : Op::kNot));
  TypedExprPtr node = Make(op, type, expr);
  node->args = std::move(args);
  return node;
}

bool Checker::CheckChoice(const TypedExpr& slot, const TypedExpr& constant) {
  if ((slot.op != Op::kSlot && slot.op != Op::kSetting) || !IsConst(constant) || constant.type != Type::kString) {
    return true;
  }
  const abi::SlotInfo& info = slot.op == Op::kSlot ? (*scope_.slots)[slot.slot] : (*scope_.settings)[slot.slot];
  if (info.choices.empty()) return true;
  if (std::find(info.choices.begin(), info.choices.end(), constant.text_value) != info.choices.end()) return true;
  diag::Diagnostic& diagnostic = sink_.Add(diag::Kind::kConditionType, constant.span,
                                           fmt::format("`{}` is never \"{}\"", info.name, constant.text_value));
  diagnostic.help.push_back(fmt::format("it is one of {}", fmt::join(info.choices, ", ")));
  return false;
}

TypedExprPtr Checker::Comparison(const syntax::CelExpr& expr, Op op, std::string_view symbol) {
  TypedExprPtr left = Infer(*expr.args[0]);
  TypedExprPtr right = Infer(*expr.args[1]);
  if (left == nullptr || right == nullptr) return nullptr;
  WidenLiteral(*left, *right);
  WidenLiteral(*right, *left);
  if (left->type != right->type) {
    const bool money = left->type == Type::kMoney || right->type == Type::kMoney;
    return Fail(expr, fmt::format("{} cannot be compared with {}", TypeText(left->type), TypeText(right->type)),
                money ? "write the amount with its currency, as in `request.amount > $500`" : "");
  }
  const bool equality = op == Op::kEqual || op == Op::kNotEqual;
  if (!equality && !IsOrdered(left->type)) {
    return Fail(expr, fmt::format("{} has no order, so `{}` means nothing here", TypeText(left->type), symbol));
  }
  if (!CheckChoice(*left, *right) || !CheckChoice(*right, *left)) return nullptr;
  TypedExprPtr node = Make(op, Type::kBool, expr);
  node->args.push_back(std::move(left));
  node->args.push_back(std::move(right));
  return node;
}

TypedExprPtr Checker::Arithmetic(const syntax::CelExpr& expr, Op op, std::string_view symbol) {
  TypedExprPtr left = Infer(*expr.args[0]);
  TypedExprPtr right = Infer(*expr.args[1]);
  if (left == nullptr || right == nullptr) return nullptr;
  WidenLiteral(*left, *right);
  WidenLiteral(*right, *left);
  Type type = Type::kInt;
  if (!ArithmeticType(op, left->type, right->type, &type)) {
    return Fail(
        expr, fmt::format("`{}` means nothing between {} and {}", symbol, TypeText(left->type), TypeText(right->type)));
  }
  TypedExprPtr node = Make(op, type, expr);
  node->args.push_back(std::move(left));
  node->args.push_back(std::move(right));
  return node;
}

TypedExprPtr Checker::Membership(const syntax::CelExpr& expr) {
  TypedExprPtr left = Infer(*expr.args[0]);
  if (left == nullptr) return nullptr;
  if (expr.args[1]->kind != Kind::kList) {
    return Fail(*expr.args[1], "`in` needs a list on its right", "request.channel in [\"web\", \"branch\"]");
  }
  TypedExprPtr node = Make(Op::kIn, Type::kBool, expr);
  std::vector<TypedExprPtr> items;
  for (const syntax::CelExprPtr& item : expr.args[1]->args) {
    TypedExprPtr typed = Infer(*item);
    if (typed == nullptr) return nullptr;
    WidenLiteral(*typed, *left);
    if (!IsConst(*typed)) return Fail(*item, "a list in a condition may only hold constants");
    if (typed->type != left->type) {
      return Fail(*item, fmt::format("{} can never be in a list with {}", TypeText(left->type), TypeText(typed->type)));
    }
    if (!CheckChoice(*left, *typed)) return nullptr;
    items.push_back(std::move(typed));
  }
  node->args.push_back(std::move(left));
  for (TypedExprPtr& item : items) node->args.push_back(std::move(item));
  return node;
}

TypedExprPtr Checker::Has(const syntax::CelExpr& expr) {
  if (expr.args.size() != 1 || expr.args[0]->kind != Kind::kSelect) {
    return Fail(expr, "has() asks for one value by name", "has(request.amount)");
  }
  const TypedExprPtr slot = Infer(*expr.args[0]);
  if (slot == nullptr) return nullptr;
  if (slot->op != Op::kSlot) {
    TypedExprPtr always = Make(Op::kConst, Type::kBool, expr);
    always->int_value = 1;
    return always;
  }
  TypedExprPtr node = Make(Op::kHas, Type::kBool, expr);
  node->slot = slot->slot;
  return node;
}

TypedExprPtr Checker::Function(const syntax::CelExpr& expr) {
  if (expr.text == "has") return Has(expr);
  if (expr.text == "duration" || expr.text == "timestamp") return TimeConstant(expr);
  if (expr.text == "size" && expr.args.size() == 1) {
    TypedExprPtr arg = Infer(*expr.args[0]);
    if (arg == nullptr) return nullptr;
    if (arg->type != Type::kString) return Fail(expr, fmt::format("{} has no size", TypeText(arg->type)));
    TypedExprPtr node = Make(Op::kSize, Type::kInt, expr);
    node->args.push_back(std::move(arg));
    return node;
  }
  diag::Diagnostic& diagnostic =
      sink_.Add(diag::Kind::kUnknownName, expr.span, fmt::format("there is no function `{}` in conditions", expr.text));
  const std::string nearest = diag::NearestName(expr.text, {"has", "size", "duration", "timestamp"});
  if (!nearest.empty()) diagnostic.help.push_back(fmt::format("did you mean `{}`?", nearest));
  return nullptr;
}

TypedExprPtr Checker::Member(const syntax::CelExpr& expr) {
  struct TextMethod {
    std::string_view name;
    Op op;
  };
  constexpr TextMethod kMethods[] = {{"matches", Op::kMatches},
                                     {"startsWith", Op::kStartsWith},
                                     {"endsWith", Op::kEndsWith},
                                     {"contains", Op::kContains}};
  TypedExprPtr target = Infer(*expr.args[0]);
  if (target == nullptr) return nullptr;
  if (expr.text == "size" && expr.args.size() == 1 && target->type == Type::kString) {
    TypedExprPtr node = Make(Op::kSize, Type::kInt, expr);
    node->args.push_back(std::move(target));
    return node;
  }
  for (const TextMethod& method : kMethods) {
    if (expr.text != method.name) continue;
    if (target->type != Type::kString || expr.args.size() != 2 || expr.args[1]->kind != Kind::kString) {
      return Fail(expr, fmt::format("{}() asks a text about one constant text", expr.text),
                  fmt::format("request.NAME.{}(\"…\")", expr.text));
    }
    const std::string& pattern = expr.args[1]->text;
    if (method.op == Op::kMatches) {
      const re2::RE2 compiled(pattern, re2::RE2::Quiet);
      if (!compiled.ok()) {
        return Fail(*expr.args[1], fmt::format("the pattern is not a regular expression: {}", compiled.error()));
      }
    }
    TypedExprPtr node = Make(method.op, Type::kBool, expr);
    node->text_value = pattern;
    node->args.push_back(std::move(target));
    return node;
  }
  return Unknown(diag::Kind::kUnknownName, expr, fmt::format("there is no function `{}` in conditions", expr.text),
                 expr.text, {"matches", "startsWith", "endsWith", "contains", "size"});
}

}  // namespace bylaw::cel

#include "compiler/plan/cel_eval.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <initializer_list>
#include <limits>

#include "compiler/plan/window.h"

namespace bylaw::plan {
namespace {

using cel::Op;
using cel::Type;
using cel::TypedExpr;
using cel::TypedExprPtr;

TypedExprPtr Int(int64_t value) {
  auto node = std::make_unique<TypedExpr>();
  node->type = Type::kInt;
  node->int_value = value;
  return node;
}
TypedExprPtr Number(double value) {
  auto node = std::make_unique<TypedExpr>();
  node->type = Type::kDouble;
  node->double_value = value;
  return node;
}
TypedExprPtr Text(std::string value) {
  auto node = std::make_unique<TypedExpr>();
  node->type = Type::kString;
  node->text_value = std::move(value);
  return node;
}
TypedExprPtr Bool(bool value) {
  auto node = std::make_unique<TypedExpr>();
  node->int_value = value ? 1 : 0;
  return node;
}
TypedExprPtr Absent() {
  auto node = std::make_unique<TypedExpr>();
  node->op = Op::kSlot;
  return node;
}
template <typename... Args>
TypedExprPtr Make(Op op, Type type, Args... args) {
  auto node = std::make_unique<TypedExpr>();
  node->op = op;
  node->type = type;
  (node->args.push_back(std::move(args)), ...);
  return node;
}

Truth Ask(const TypedExpr& expr) {
  Plan plan;
  if (expr.op == Op::kMatches) {
    plan.patterns.emplace(&expr, Plan::Pattern{0, std::make_shared<const re2::RE2>(expr.text_value)});
  }
  StepProgram program;
  program.plan = &plan;
  const abi::TenantRecord tenant;
  const uint64_t present = 0;
  abi::StepRequest request;
  request.present = &present;
  return Evaluate(expr, {&program, &tenant, &request});
}
template <typename... Args>
Truth Ask(Op op, Args... args) {
  return Ask(*Make(op, Type::kBool, std::move(args)...));
}

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();

TEST(CelEval, OverflowAndDivisionByZeroAreErrors) {
  const auto equals_zero = [](Op op, int64_t a, int64_t b) {
    return Ask(Op::kEqual, Make(op, Type::kInt, Int(a), Int(b)), Int(0));
  };
  EXPECT_EQ(equals_zero(Op::kAdd, kMost, 1), Truth::kError);
  EXPECT_EQ(equals_zero(Op::kSubtract, kLeast, 1), Truth::kError);
  EXPECT_EQ(equals_zero(Op::kMultiply, kMost, 2), Truth::kError);
  EXPECT_EQ(equals_zero(Op::kDivide, 1, 0), Truth::kError);
  EXPECT_EQ(equals_zero(Op::kDivide, kLeast, -1), Truth::kError);
  EXPECT_EQ(equals_zero(Op::kModulo, kLeast, -1), Truth::kError);
  EXPECT_EQ(Ask(Op::kEqual, Make(Op::kNegate, Type::kInt, Int(kLeast)), Int(0)), Truth::kError);
  EXPECT_EQ(equals_zero(Op::kModulo, -7, 7), Truth::kTrue);
  EXPECT_EQ(Ask(Op::kEqual, Make(Op::kDivide, Type::kInt, Int(-7), Int(2)), Int(-3)), Truth::kTrue);
}

TEST(CelEval, AndOrAbsorbErrorsOfEitherSide) {
  EXPECT_EQ(Ask(Op::kAnd, Absent(), Bool(false)), Truth::kFalse);
  EXPECT_EQ(Ask(Op::kAnd, Bool(false), Absent()), Truth::kFalse);
  EXPECT_EQ(Ask(Op::kAnd, Absent(), Bool(true)), Truth::kError);
  EXPECT_EQ(Ask(Op::kOr, Absent(), Bool(true)), Truth::kTrue);
  EXPECT_EQ(Ask(Op::kOr, Bool(false), Absent()), Truth::kError);
  EXPECT_EQ(Ask(Op::kNot, Absent()), Truth::kError);
  EXPECT_EQ(Ask(Op::kConditional, Bool(true), Bool(true), Absent()), Truth::kTrue);
  EXPECT_EQ(Ask(Op::kHas), Truth::kFalse);
}

TEST(CelEval, NumbersFollowIeee) {
  const auto nan = [] { return Make(Op::kDivide, Type::kDouble, Number(0), Number(0)); };
  EXPECT_EQ(Ask(Op::kEqual, nan(), nan()), Truth::kFalse);
  EXPECT_EQ(Ask(Op::kNotEqual, nan(), nan()), Truth::kTrue);
  EXPECT_EQ(Ask(Op::kLess, nan(), Number(1)), Truth::kFalse);
  EXPECT_EQ(Ask(Op::kGreater, Make(Op::kDivide, Type::kDouble, Number(1), Number(0)), Number(1e300)), Truth::kTrue);
}

TEST(CelEval, Text) {
  EXPECT_EQ(Ask(Op::kLess, Text("ab"), Text("abc")), Truth::kTrue);
  EXPECT_EQ(Ask(Op::kIn, Text("b"), Text("a"), Text("b")), Truth::kTrue);
  EXPECT_EQ(Ask(Op::kIn, Text("c"), Text("a"), Text("b")), Truth::kFalse);
  EXPECT_EQ(Ask(Op::kEqual, Make(Op::kSize, Type::kInt, Text("é€")), Int(2)), Truth::kTrue);
  auto matches = Make(Op::kMatches, Type::kBool, Text("org/repo-7"));
  matches->text_value = "repo-[0-9]$";
  EXPECT_EQ(Ask(*matches), Truth::kTrue);  // a search, as in CEL, not a full match
  matches->args[0] = Text("org/repo-x");
  EXPECT_EQ(Ask(*matches), Truth::kFalse);
}

TEST(Window, OpensOnItsDaysInTheDeclaredZone) {
  const Window office = {0, 4, 8 * 60, 18 * 60};
  const TimeNs monday = DaysFromCivil({2026, 11, 23}) * kDayNs;
  EXPECT_EQ(NextOpen(office, "UTC", monday + 7 * kHourNs), monday + 8 * kHourNs);
  EXPECT_EQ(NextOpen(office, "UTC", monday + 9 * kHourNs), monday + 9 * kHourNs);
  EXPECT_EQ(NextOpen(office, "UTC", monday + 18 * kHourNs), monday + (24 + 8) * kHourNs);
  EXPECT_EQ(NextOpen(office, "UTC", monday + 5 * kDayNs), monday + 7 * kDayNs + 8 * kHourNs);
  EXPECT_EQ(NextOpen(office, "Europe/Berlin", monday), monday + 7 * kHourNs);
  const Window night = {0, 4, 22 * 60, 6 * 60};  // Friday's lasts into Saturday
  EXPECT_EQ(NextOpen(night, "UTC", monday + 5 * kDayNs + kHourNs), monday + 5 * kDayNs + kHourNs);
  EXPECT_EQ(NextOpen(night, "UTC", monday + 5 * kDayNs + 7 * kHourNs), monday + 7 * kDayNs + 22 * kHourNs);
}

}  // namespace
}  // namespace bylaw::plan

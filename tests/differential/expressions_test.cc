// Expressions of the whole language: the evaluator, compiled code and optimized compiled code must give the same value,
// or all an error, with types and without.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "compiler/cel/evaluate.h"
#include "compiler/jit/jit.h"
#include "compiler/syntax/parse.h"
#include "tests/differential/random_expression.h"
#include "tools/cel_conformance/case.h"

namespace bylaw::differential {
namespace {

using jit::OptLevel;

struct Sample {
  std::string text;
  cel::TypedExprPtr expr;
};

// `count` expressions that the checker takes.
std::vector<Sample> Samples(uint64_t seed, bool checked, size_t count) {
  Prng prng(seed);
  const cel::Environment environment = ExpressionEnvironment(checked);
  std::vector<Sample> samples;
  while (samples.size() < count) {
    Sample sample;
    sample.text = RandomExpression(prng, static_cast<int>(prng.Between(1, 5)), checked ? 0.01 : 0.1);
    source::SourceSet sources;
    diag::Sink sink;
    const syntax::CelExprPtr parsed = syntax::ParseCondition(sources, sources.Add("expression", sample.text), sink);
    if (parsed == nullptr) {
      ADD_FAILURE() << sample.text << ": " << sink.diagnostics()[0].message;
      return samples;
    }
    sample.expr = cel::Check(*parsed, environment, sink);
    if (sample.expr != nullptr) samples.push_back(std::move(sample));
  }
  return samples;
}

struct Tally {
  uint64_t values = 0, errors = 0;
};

Tally CompareEngines(uint64_t seed, bool checked, size_t count, OptLevel level) {
  const std::vector<Sample> samples = Samples(seed, checked, count);
  std::vector<const cel::TypedExpr*> expressions;
  for (const Sample& sample : samples) expressions.push_back(sample.expr.get());
  Tally tally;
  const absl::StatusOr<const jit::Jit*> jit = jit::LoadJit();
  EXPECT_TRUE(jit.ok()) << jit.status();
  if (!jit.ok()) return tally;
  const auto compiled = (*jit)->CompileExpressions(expressions, level);
  EXPECT_TRUE(compiled.ok()) << compiled.status();
  if (!compiled.ok()) return tally;
  Prng prng(seed + 1);
  for (size_t i = 0; i < samples.size(); ++i) {
    for (int round = 0; round < 8; ++round) {
      value::Arena inputs, arena, native_arena;
      const std::vector<value::Value> bindings = RandomBindings(prng, inputs);
      const value::Value expected = cel::Evaluate(*expressions[i], cel::Bindings(*expressions[i], bindings), arena);
      value::Value native;
      compiled->functions[i](bindings.data(), &native_arena, &native);
      const bool same = expected.is_error() ? native.is_error() : conformance::SameKinds(expected, native);
      EXPECT_TRUE(same) << samples[i].text << "\nevaluator " << conformance::Describe(expected) << "\ncompiled  "
                        << conformance::Describe(native);
      if (!same) return tally;
      ++(expected.is_error() ? tally.errors : tally.values);
    }
  }
  return tally;
}

// CEL lets dyn() hide a value of another type than it then believes in; the engines agree on these too.
TEST(ExpressionDifferential, WhatDynHidesIsAValueInBoth) {
  const struct {
    const char* text;
    const char* value;
  } kCases[] = {{"([1] + dyn(['a']))[1]", "string a"},
                {"([1] + dyn(['a', 2u])).map(x, x)", "list [1, a, 2]"},
                {"([1] + dyn(['a'])).transformMap(i, x, x)[1]", "string a"},
                {"[[1], dyn(['a'])].map(l, l[0])", "list [1, a]"},
                {"[{1: dyn('x')}, {dyn('y'): 2}].map(m, m.map(k, k)[0])", "list [1, y]"},
                {"optional.of(1).or(dyn(optional.of('a'))).value()", "int 1"},
                {"optional.none().or(dyn(optional.of('a'))).orValue(1)", "string a"},
                {"dyn(optional.of('a')).optMap(v, v).orValue(2)", "string a"},
                {"cel.bind(l, [1] + dyn(['a']), l[1])", "string a"},
                {"{1: 2}[dyn(1)] + 1", "int 3"},
                {"(true ? [1] : dyn(['a'])) + [2]", "list [1, 2]"}};
  const absl::StatusOr<const jit::Jit*> jit = jit::LoadJit();
  ASSERT_TRUE(jit.ok()) << jit.status();
  const cel::Environment environment = ExpressionEnvironment(/*checked=*/true);
  for (const auto& [text, value] : kCases) {
    source::SourceSet sources;
    diag::Sink sink;
    const syntax::CelExprPtr parsed = syntax::ParseCondition(sources, sources.Add("expression", text), sink);
    ASSERT_NE(parsed, nullptr) << text;
    const cel::TypedExprPtr expr = cel::Check(*parsed, environment, sink);
    ASSERT_NE(expr, nullptr) << text << ": " << sink.diagnostics()[0].message;
    const cel::TypedExpr* const one[] = {expr.get()};
    const auto compiled = (*jit)->CompileExpressions(one, OptLevel::kO0);
    ASSERT_TRUE(compiled.ok()) << compiled.status();
    Prng prng(7);
    value::Arena inputs, arena, native_arena;
    const std::vector<value::Value> bindings = RandomBindings(prng, inputs);
    EXPECT_EQ(conformance::Describe(cel::Evaluate(*expr, cel::Bindings(*expr, bindings), arena)), value) << text;
    value::Value native;
    compiled->functions[0](bindings.data(), &native_arena, &native);
    EXPECT_EQ(conformance::Describe(native), value) << text;
  }
}

// BYLAW_SEED=N: other expressions.
uint64_t Seed(uint64_t nth) {
  const char* seed = std::getenv("BYLAW_SEED");
  return (seed == nullptr ? 0 : 1'000 * std::strtoull(seed, nullptr, 10)) + nth;
}

TEST(ExpressionDifferential, UncheckedExpressionsAgree) {
  const Tally tally = CompareEngines(Seed(1), /*checked=*/false, 4'000, OptLevel::kO0);
  // Agreement on errors alone would prove nothing.
  EXPECT_GE(tally.values, 8'000u);
  EXPECT_GE(tally.errors, 4'000u);
}

TEST(ExpressionDifferential, CheckedExpressionsAgree) {
  const Tally tally = CompareEngines(Seed(2), /*checked=*/true, 4'000, OptLevel::kO0);
  EXPECT_GE(tally.values, 16'000u);
  EXPECT_GE(tally.errors, 1'000u);
}

TEST(ExpressionDifferential, OptimizedExpressionsAgree) {
  EXPECT_GE(CompareEngines(Seed(3), /*checked=*/true, 600, OptLevel::kO2).values, 2'000u);
  EXPECT_GE(CompareEngines(Seed(4), /*checked=*/false, 300, OptLevel::kO2).values, 600u);
}

}  // namespace
}  // namespace bylaw::differential

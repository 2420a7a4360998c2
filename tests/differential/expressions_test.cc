// Expressions of the whole language: the evaluator, compiled code and optimized compiled code must give the same value,
// or all an error, with types and without.
#include <gtest/gtest.h>

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
    // KNOWN LIMIT (docs/language/cel.md): where dyn() hides a value of another type than the checker believes, compiled
    // code gives an error and the evaluator may still give a value.
    if (checked && sample.text.find("dyn(") != std::string::npos) continue;
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

TEST(ExpressionDifferential, UncheckedExpressionsAgree) {
  const Tally tally = CompareEngines(1, /*checked=*/false, 4'000, OptLevel::kO0);
  // Agreement on errors alone would prove nothing.
  EXPECT_GE(tally.values, 8'000u);
  EXPECT_GE(tally.errors, 4'000u);
}

TEST(ExpressionDifferential, CheckedExpressionsAgree) {
  const Tally tally = CompareEngines(2, /*checked=*/true, 4'000, OptLevel::kO0);
  EXPECT_GE(tally.values, 16'000u);
  EXPECT_GE(tally.errors, 1'000u);
}

TEST(ExpressionDifferential, OptimizedExpressionsAgree) {
  EXPECT_GE(CompareEngines(3, /*checked=*/true, 600, OptLevel::kO2).values, 2'000u);
  EXPECT_GE(CompareEngines(4, /*checked=*/false, 300, OptLevel::kO2).values, 600u);
}

}  // namespace
}  // namespace bylaw::differential

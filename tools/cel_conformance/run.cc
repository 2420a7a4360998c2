#include "tools/cel_conformance/run.h"

#include <fmt/format.h>

#include <fstream>
#include <ostream>
#include <utility>
#include <vector>

#include "compiler/cel/evaluate.h"
#include "compiler/jit/jit.h"
#include "compiler/syntax/parse.h"
#include "tools/cel_conformance/case.h"
#include "tools/cel_conformance/features.h"

namespace bylaw::conformance {
namespace {

using value::Value;

// A case, checked. The expression is null if it does not parse or its types do not fit.
struct Prepared {
  Case test;
  cel::TypedExprPtr expr;
  bool parsed = false;
  std::string mistake;
};

Prepared Prepare(Case test) {
  Prepared prepared;
  source::SourceSet sources;
  diag::Sink sink;
  const source::FileId file = sources.Add("expression", test.expr);
  const syntax::CelExprPtr parsed = syntax::ParseCondition(sources, file, sink);
  prepared.parsed = parsed != nullptr;
  if (parsed != nullptr) prepared.expr = cel::Check(*parsed, test.environment, sink);
  if (prepared.expr == nullptr) prepared.mistake = sink.diagnostics().empty() ? "" : sink.diagnostics()[0].message;
  prepared.test = std::move(test);
  return prepared;
}

// What is wrong with the outcome, or "".
std::string Judge(const Prepared& prepared, const Value& result) {
  const Case& test = prepared.test;
  if (prepared.expr == nullptr) {
    return test.wants_error && !test.type ? "" : "it is refused: " + prepared.mistake;
  }
  if (test.type && *test.type != cel::TermText(*prepared.expr->term)) {
    return fmt::format("its type is {} and should be {}", cel::TermText(*prepared.expr->term), *test.type);
  }
  if (test.check_only) return "";
  if (test.wants_error) return result.is_error() ? "" : "it is an error, and the result is " + Describe(result);
  if (Equals(result, test.wanted)) return "";
  return fmt::format("the result is {} and should be {}", Describe(result), test.wanted.dump());
}

bool IsComputed(const Prepared& prepared) { return prepared.expr != nullptr && !prepared.test.check_only; }

class Runner {
 public:
  explicit Runner(std::ostream& out) : out_(out) {}

  void Take(const std::string& line, size_t number) {
    absl::StatusOr<Case> test = ReadCase(line);
    if (test.ok()) {
      Prepared prepared = Prepare(*std::move(test));
      if (!prepared.parsed && MakesMessage(prepared.test.expr)) {
        ++totals_.skipped;
        out_ << "skipped: line " << number << ": " << kMessages << "\n";
      } else {
        prepared_.push_back(std::move(prepared));
      }
    } else if (absl::IsUnimplemented(test.status())) {
      ++totals_.skipped;
      out_ << "skipped: line " << number << ": " << test.status().message() << "\n";
    } else {
      ++totals_.failed;
      out_ << "failed: line " << number << ": " << test.status().message() << "\n";
    }
  }

  absl::StatusOr<Totals> Run(Engine engine) {
    // By JIT every expression that is to be computed is compiled, all at once.
    jit::CompiledExpressions compiled;
    if (engine == Engine::kJit) {
      std::vector<const cel::TypedExpr*> expressions;
      for (const Prepared& prepared : prepared_) {
        if (IsComputed(prepared)) expressions.push_back(prepared.expr.get());
      }
      const absl::StatusOr<const jit::Jit*> jit = jit::LoadJit();
      if (!jit.ok()) return jit.status();
      absl::StatusOr<jit::CompiledExpressions> code = (*jit)->CompileExpressions(expressions, jit::OptLevel::kO2);
      if (!code.ok()) return code.status();
      compiled = *std::move(code);
    }
    size_t next = 0;
    for (const Prepared& prepared : prepared_) {
      value::Arena arena;
      Value result = value::Fail(value::Error::kUnknownName);
      if (IsComputed(prepared) && engine == Engine::kJit) {
        compiled.functions[next++](prepared.test.bindings.data(), &arena, &result);
      } else if (IsComputed(prepared)) {
        result = cel::Evaluate(*prepared.expr, cel::Bindings(*prepared.expr, prepared.test.bindings), arena);
      }
      const std::string wrong = Judge(prepared, result);
      ++(wrong.empty() ? totals_.passed : totals_.failed);
      if (!wrong.empty()) {
        out_ << "failed: " << prepared.test.suite << " " << prepared.test.name << ": " << prepared.test.expr << ": "
             << wrong << "\n";
      }
    }
    return totals_;
  }

 private:
  std::ostream& out_;
  std::vector<Prepared> prepared_;
  Totals totals_;
};

}  // namespace

absl::StatusOr<Totals> RunFile(const std::string& path, Engine engine, std::ostream& out) {
  std::ifstream in(path);
  if (!in) return absl::NotFoundError(fmt::format("{} cannot be read", path));
  Runner runner(out);
  size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (!line.empty()) runner.Take(line, number);
  }
  return runner.Run(engine);
}

}  // namespace bylaw::conformance

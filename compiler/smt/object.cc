// What libbylaw_smt.so offers: one function. Nothing of Z3 leaves this file but yes, no or unknown: its exceptions and
// its words end here.
#include <algorithm>
#include <memory>
#include <string>

#include "compiler/smt/translate.h"

namespace bylaw::smt {
namespace {

constexpr size_t kNodesMax = 2'000;
constexpr size_t kConditionsMax = 4;

size_t CountNodes(const cel::TypedExpr& expr) {
  size_t count = 1;
  for (const auto& arg : expr.args) count += arg == nullptr ? kNodesMax : CountNodes(*arg);
  return count;
}

// What a question costs whatever it is, and what the plain solver may spend before the one with all tactics is built,
// which takes milliseconds.
constexpr uint64_t kUnitsAtLeast = 500;
constexpr uint64_t kPlainUnits = 50'000;

// Making a context takes longer than most questions: each thread keeps one, until something goes wrong in it.
std::unique_ptr<z3::context>& Context() {
  thread_local std::unique_ptr<z3::context> context;
  if (context == nullptr) context = std::make_unique<z3::context>();
  return context;
}

// Work done in the context so far.
uint64_t UnitsOf(const z3::solver& solver) {
  const z3::stats statistics = solver.statistics();
  for (unsigned i = 0; i < statistics.size(); ++i) {
    if (statistics.key(i) == "rlimit count" && statistics.is_uint(i)) return statistics.uint_value(i);
  }
  return 0;
}

// Answers within `units`, if it can.
void Check(z3::solver solver, Translation& translation, const z3::expr& formula, uint64_t units, Answer& answer) {
  z3::params limits(solver.ctx());
  limits.set("rlimit", static_cast<unsigned>(std::min<uint64_t>(units, 1'000'000'000)));
  limits.set("max_memory", 128U);
  solver.set(limits);
  solver.add(formula);
  const uint64_t before = UnitsOf(solver);
  const z3::check_result result = solver.check();
  answer.units += UnitsOf(solver) - before;
  if (result == z3::unsat) answer.verdict = Verdict::kNo;
  if (result == z3::sat) {
    answer.model = translation.ReadModel(solver.get_model());
    answer.verdict = Verdict::kYes;
  }
}

Answer Solve(const Question& question) {
  Answer answer;
  size_t nodes = 0;
  for (const cel::TypedExpr* condition : question.conditions)
    nodes += condition == nullptr ? 0 : CountNodes(*condition);
  if (nodes > kNodesMax || question.conditions.size() > kConditionsMax || question.units_max == 0) return answer;
  std::unique_ptr<z3::context>& z3 = Context();
  try {
    Translation translation(*z3, question);
    const z3::expr formula = translation.Formula();
    answer.units = kUnitsAtLeast;
    const uint64_t plain = std::min(question.units_max, kPlainUnits);
    Check(z3::solver(*z3, z3::solver::simple()), translation, formula, plain, answer);
    if (answer.verdict == Verdict::kUnknown && question.units_max > plain) {
      Check(z3::solver(*z3), translation, formula, question.units_max - plain, answer);
    }
    return answer;
  } catch (const z3::exception&) {
    // Too large, or beyond what the solver has theories for: unknown, at the price of the whole allowance.
    answer = {Verdict::kUnknown, {}, question.units_max};
  }
  z3.reset();
  return answer;
}

}  // namespace
}  // namespace bylaw::smt

extern "C" const bylaw::smt::Solver::Entries* bylaw_smt_entries() {
  static constexpr bylaw::smt::Solver::Entries kEntries{bylaw::smt::Solver::kVersion, bylaw::smt::Solve};
  return &kEntries;
}

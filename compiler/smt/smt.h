// Whether conditions can hold together, asked of an SMT solver: for what enumeration does not decide.
//
// Z3 is behind a shared object, libbylaw_smt.so, which LoadSolver opens on first use, from the folder of the running
// program or from where the program looks for its libraries: a policy whose conditions are decided without it never
// pays for it. Without it LoadSolver is null, and what only it could decide stays unknown.
//
// Whole numbers, money and times are unbounded integers with their type's range as the condition of an error; numbers
// are IEEE 754; a text is the name of a constant or something else, and what a pattern says of it is an unknown of that
// text. Anything else is an unknown, the same wherever the same is said. So kNo is a proof, while a model is only a
// proposal: whoever asks evaluates it. Limited in units of work, not in time: an answer does not depend on the machine.
//
// Thread-safe: every question has a solver of its own.
#ifndef BYLAW_COMPILER_SMT_SMT_H_
#define BYLAW_COMPILER_SMT_SMT_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/cel/typed.h"

namespace bylaw::smt {

// kOpen is for whoever asks: it depends on something not decided yet. The solver never says so.
enum class Truth : uint8_t { kFalse, kTrue, kError, kOpen };

// A scalar, or its absence: reading it is an error.
struct Scalar {
  bool absent = false;
  int64_t integer = 0;  // bool, int, uint (its bits), money, duration, timestamp
  double number = 0;
  std::string text;
};

// A leaf whose value is not known.
struct Variable {
  cel::Op op = cel::Op::kSlot;  // kSlot stands for kHas of the same slot too
  uint32_t slot = 0;
  cel::Type type = cel::Type::kBool;
  bool may_be_absent = false;
  std::optional<int64_t> least;      // of whole numbers
  std::vector<std::string> choices;  // of texts; empty: any
};

struct Question {
  std::vector<const cel::TypedExpr*> conditions;  // null: always true
  std::vector<Variable> variables;
  // Of leaves that are not variables: what they are, or nothing if that is not known.
  std::function<std::optional<Scalar>(const cel::TypedExpr&)> constant;
  // What a text test (kMatches, kStartsWith, …) says of a text.
  std::function<bool(const cel::TypedExpr& test, std::string_view text)> holds;
  // Equal for expressions that say the same.
  std::function<std::string(const cel::TypedExpr&)> said;
  // Which truths of the conditions are looked for.
  std::function<bool(const std::vector<Truth>&)> accepts;
  uint64_t units_max = 0;
};

enum class Verdict : uint8_t { kNo, kYes, kUnknown };

struct Answer {
  Verdict verdict = Verdict::kUnknown;
  std::vector<Scalar> model;  // by variable; of kYes
  uint64_t units = 0;         // spent
};

class Solver {
 public:
  struct Entries {
    uint32_t version;  // kVersion of the object
    Answer (*solve)(const Question& question);
  };
  // Changes with any structure that crosses the border.
  static constexpr uint32_t kVersion = 1;

  explicit Solver(const Entries& entries) : entries_(entries) {}
  Answer Solve(const Question& question) const { return entries_.solve(question); }

 private:
  Entries entries_;
};

// The solver of this process, opened once; null if there is none.
const Solver* LoadSolver();

}  // namespace bylaw::smt

#endif  // BYLAW_COMPILER_SMT_SMT_H_

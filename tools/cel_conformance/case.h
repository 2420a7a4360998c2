// A conformance case: a line of a JSON Lines file, as google/cel-spec's cases are written by npm `@bufbuild/cel-spec`.
//
// `suite`, `name`, `expr`; `value` or `evalError` (any error counts) or `typedResult`; without any, `true` is expected.
// `typeEnv` declares variables and functions, `bindings` gives variables their values, `container` is where names are
// looked up. `type` is what the checker says; `checked` is false where the expression is evaluated without types,
// `checkOnly` true where it is not evaluated.
#ifndef BYLAW_TOOLS_CEL_CONFORMANCE_CASE_H_
#define BYLAW_TOOLS_CEL_CONFORMANCE_CASE_H_

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/cel/check.h"
#include "compiler/value/arena.h"
#include "compiler/value/value.h"

namespace bylaw::conformance {

struct Case {
  std::string suite, name, expr;
  bool check_only = false;
  bool wants_error = false;
  std::optional<std::string> type;
  nlohmann::json wanted;  // a value in the form of `value`; null where an error or nothing is wanted
  cel::Environment environment;
  std::vector<value::Value> bindings;    // by position in environment.variables
  std::shared_ptr<value::Arena> values;  // of the bindings
};

// A line of the file, or what is wrong with it. A case about a feature that Bylaw does not have (docs/language/cel.md)
// gives a status that names the feature (absl::IsUnimplemented).
absl::StatusOr<Case> ReadCase(const std::string& line);

// Whether a value is exactly what the case says: of the same kind, numbers not converted. Maps have no order.
bool Equals(const value::Value& value, const nlohmann::json& wanted);
bool SameKinds(const value::Value& a, const value::Value& b);

// "int64 42", "error: division by zero": for people.
std::string Describe(const value::Value& value);

}  // namespace bylaw::conformance

#endif  // BYLAW_TOOLS_CEL_CONFORMANCE_CASE_H_

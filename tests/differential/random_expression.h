// Expressions of the whole language at random, as text: literals of every type, operators, functions of the library,
// lists, maps, optionals and macros; mostly of fitting types, sometimes not.
#ifndef BYLAW_TESTS_DIFFERENTIAL_RANDOM_EXPRESSION_H_
#define BYLAW_TESTS_DIFFERENTIAL_RANDOM_EXPRESSION_H_

#include <string>
#include <vector>

#include "base/prng.h"
#include "compiler/cel/check.h"
#include "compiler/value/arena.h"
#include "compiler/value/value.h"

namespace bylaw::differential {

// The variables that the expressions use, declared.
cel::Environment ExpressionEnvironment(bool checked);
// A value for each of them, now and then none.
std::vector<value::Value> RandomBindings(Prng& prng, value::Arena& arena);

// `misfits`: the share of operands whose type is drawn without regard for what is wanted.
std::string RandomExpression(Prng& prng, int depth, double misfits);

}  // namespace bylaw::differential

#endif  // BYLAW_TESTS_DIFFERENTIAL_RANDOM_EXPRESSION_H_

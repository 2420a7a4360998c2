// Mutation testing of a policy: each sentence that restricts is taken away or loosened in turn, and each condition
// turned round; what neither `verify` nor a test notices is a promise that nothing holds up.
//
// A mutant is a whole policy: read, proved and, if it still holds, put to the tests by the reference evaluator.
#ifndef BYLAW_TOOLS_BYLAW_MUTANTS_H_
#define BYLAW_TOOLS_BYLAW_MUTANTS_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "compiler/driver/compile.h"

namespace bylaw::cli {

// `span` of an own file is replaced by `text` (spaces, to take it away: lines keep their numbers).
struct Mutant {
  source::Span span;
  std::string text;
  std::string change;  // "without `at most 50 workflows at once`"
  bool takes_away = false;
};

struct MutantResult {
  Mutant mutant;
  enum class Noticed : uint8_t { kByVerify, kByTest, kByNothing, kMeaningless } by = Noticed::kByNothing;
  std::string what;  // the test's title, or the kind of the error
};

std::vector<Mutant> MutantsOf(const driver::Compilation& compilation);

// Tries all of them; `progress(done, total)` after each. Mutants that could not be read because of the change itself
// (a loosened number out of its range) are kMeaningless.
std::vector<MutantResult> TryMutants(const driver::Compilation& compilation,
                                     const std::function<void(size_t, size_t)>& progress);

std::string MutantsText(const std::vector<MutantResult>& results, const source::SourceSet& sources);
nlohmann::json MutantsJson(const std::vector<MutantResult>& results, const source::SourceSet& sources);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_MUTANTS_H_

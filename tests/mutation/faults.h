// Seeds one fault at a time into a policy: each a change of one sentence that a tired author could have made, with the
// kind it must be told.
//
// Faults are chosen from the checked program (which endpoints are illegal for whom, what a workflow calls), so that
// each is one for certain, and are written as text, so that every phase sees them as it would see the author's.
#ifndef BYLAW_TESTS_MUTATION_FAULTS_H_
#define BYLAW_TESTS_MUTATION_FAULTS_H_

#include <set>
#include <string>
#include <vector>

#include "compiler/driver/compile.h"

namespace bylaw::mutation {

struct Mutant {
  std::string what;                     // "tier free: budget $0.000001 per workflow"
  std::string kind;                     // one of the errors it must get; empty: it is no fault, and gets none
  std::vector<driver::TextFile> texts;  // the whole policy
};

// All mutants of a policy that compiles without errors, in a fixed order.
std::vector<Mutant> SeedFaults(const driver::Compilation& original, const std::vector<driver::TextFile>& texts);

}  // namespace bylaw::mutation

#endif  // BYLAW_TESTS_MUTATION_FAULTS_H_

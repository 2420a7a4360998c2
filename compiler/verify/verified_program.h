// The only way into plan/: a program together with what was proved about it.
//
// INVARIANT(verified-only): a VerifiedProgram is constructed by Verify alone. Its purpose is kRun only if every theorem
// held; kReplay is given to the witness replayer and yields images that the runtime refuses to publish.
#ifndef BYLAW_COMPILER_VERIFY_VERIFIED_PROGRAM_H_
#define BYLAW_COMPILER_VERIFY_VERIFIED_PROGRAM_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "compiler/sema/program.h"

namespace bylaw::verify {

// F(n) of language.md §10 for one shape × workflow, in micros: `after[n]` is the cost of the mandatory steps after n,
// no failures, each with its cheapest legal model at its dearest legal endpoint, no person. `entry` includes the first
// steps.
struct Floors {
  int64_t entry = 0;
  std::vector<int64_t> after;  // by StepId
};

class VerifiedProgram {
 public:
  enum class Purpose : uint8_t { kRun, kReplay };

  const sema::Program& program() const { return *program_; }
  std::shared_ptr<const sema::Program> shared_program() const { return program_; }
  Purpose purpose() const { return purpose_; }
  const Floors& floors(ShapeId shape, WorkflowId workflow) const { return floors_[shape.index()][workflow.index()]; }

 private:
  friend class Verifier;
  friend class VerifiedProgramForTest;  // of a library that only tests link (compiler/plan/verified_for_test.h)
  VerifiedProgram(std::shared_ptr<const sema::Program> program, Purpose purpose,
                  std::vector<std::vector<Floors>> floors)
      : program_(std::move(program)), purpose_(purpose), floors_(std::move(floors)) {}

  std::shared_ptr<const sema::Program> program_;
  Purpose purpose_;
  std::vector<std::vector<Floors>> floors_;  // [shape][workflow]
};

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_VERIFIED_PROGRAM_H_

// A door past the proofs, for tests of what stands behind them. Only tests link the library that defines it.
#ifndef BYLAW_COMPILER_PLAN_VERIFIED_FOR_TEST_H_
#define BYLAW_COMPILER_PLAN_VERIFIED_FOR_TEST_H_

#include <memory>
#include <utility>
#include <vector>

#include "compiler/verify/verified_program.h"

namespace bylaw::verify {

class VerifiedProgramForTest {
 public:
  using Purpose = VerifiedProgram::Purpose;
  // `floors[shape][workflow]`.
  static VerifiedProgram Make(std::shared_ptr<const sema::Program> program, std::vector<std::vector<Floors>> floors,
                              Purpose purpose = Purpose::kRun);
  // Every floor 0.
  static VerifiedProgram WithoutFloors(std::shared_ptr<const sema::Program> program);
};

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_PLAN_VERIFIED_FOR_TEST_H_

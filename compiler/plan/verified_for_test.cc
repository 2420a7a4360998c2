#include "compiler/plan/verified_for_test.h"

namespace bylaw::verify {

VerifiedProgram VerifiedProgramForTest::Make(std::shared_ptr<const sema::Program> program,
                                             std::vector<std::vector<Floors>> floors, Purpose purpose) {
  return VerifiedProgram(std::move(program), purpose, std::move(floors));
}

VerifiedProgram VerifiedProgramForTest::WithoutFloors(std::shared_ptr<const sema::Program> program) {
  std::vector<Floors> row;
  for (const sema::Workflow& workflow : program->workflows) {
    row.push_back({0, std::vector<int64_t>(workflow.steps.size(), 0)});
  }
  std::vector<std::vector<Floors>> floors(program->shapes.size(), row);
  return Make(std::move(program), std::move(floors));
}

}  // namespace bylaw::verify

// Two policies compared (V14), every request that shows a difference asked of both engines' images of both.
#ifndef BYLAW_COMPILER_DRIVER_COMPARE_H_
#define BYLAW_COMPILER_DRIVER_COMPARE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/change/change.h"
#include "compiler/driver/compile.h"
#include "compiler/plan/plan.h"
#include "runtime/abi/reload.h"

namespace bylaw::driver {

struct Comparison {
  std::shared_ptr<const plan::Plan> before, after;
  std::shared_ptr<const sema::Program> old_program, new_program;  // what these were made from
  change::ChangeReport report;
  abi::ReloadTable reload;
  std::vector<std::string> internal_errors;  // requests that an engine answers otherwise: our bugs
};

// Both have been checked without errors, of the same date. Whether either is proved does not matter.
absl::StatusOr<Comparison> ComparePolicies(const Compilation& before, const Compilation& after);

}  // namespace bylaw::driver

#endif  // BYLAW_COMPILER_DRIVER_COMPARE_H_

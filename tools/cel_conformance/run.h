// Running conformance cases by one of the two engines.
#ifndef BYLAW_TOOLS_CEL_CONFORMANCE_RUN_H_
#define BYLAW_TOOLS_CEL_CONFORMANCE_RUN_H_

#include <cstdint>
#include <iosfwd>
#include <string>

#include "absl/status/statusor.h"

namespace bylaw::conformance {

enum class Engine : uint8_t { kEvaluator, kJit };

struct Totals {
  uint64_t passed = 0, failed = 0, skipped = 0;
};

// Runs every line of the file. A line of `out` tells each failed and each skipped case. Unavailable: there is no JIT.
// NotFound: the file cannot be read.
absl::StatusOr<Totals> RunFile(const std::string& path, Engine engine, std::ostream& out);

}  // namespace bylaw::conformance

#endif  // BYLAW_TOOLS_CEL_CONFORMANCE_RUN_H_

#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace bylaw {

void CheckFailed(const char* file, int line, const char* condition, const char* message) {
  std::fprintf(stderr, "%s:%d: internal check failed: %s: %s\n", file, line, condition, message);
  std::fflush(stderr);
  std::abort();
}

}  // namespace bylaw

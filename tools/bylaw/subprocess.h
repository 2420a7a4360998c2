// Another program run to its end, without a shell: nothing in its words is ever interpreted.
#ifndef BYLAW_TOOLS_BYLAW_SUBPROCESS_H_
#define BYLAW_TOOLS_BYLAW_SUBPROCESS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace bylaw::cli {

struct Finished {
  int code = 0;  // 128 + the signal, if one ended it
  std::string out, err;
};

// `words[0]` is looked up in PATH. Unavailable if it cannot be started; ResourceExhausted if it prints more than
// `bytes_max`.
absl::StatusOr<Finished> RunToEnd(const std::vector<std::string>& words, size_t bytes_max);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_SUBPROCESS_H_

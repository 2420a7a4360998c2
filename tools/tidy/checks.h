// The checks, one family a file. Each takes the whole tree and returns what it found, in order of path and line.
//
// A finding names the check (as exceptions.txt does), the place, what is wrong and what to do instead.
#ifndef BYLAW_TOOLS_TIDY_CHECKS_H_
#define BYLAW_TOOLS_TIDY_CHECKS_H_

#include <string>
#include <vector>

#include "tools/tidy/source_file.h"

namespace bylaw::tidy {

struct Finding {
  std::string check;
  std::string path;
  int line = 0;
  std::string message;
};

using Findings = std::vector<Finding>;

// copied-block: eight or more equal lines of code in two places.
Findings CheckCopiedBlocks(const std::vector<SourceFile>& files);
// long-function, long-file.
Findings CheckSizes(const std::vector<SourceFile>& files);
// undone-word: what is left for later. private-path: folders that exist on one machine only.
Findings CheckWords(const std::vector<SourceFile>& files);
// swallowed-error.
Findings CheckSwallowedErrors(const std::vector<SourceFile>& files);
// unused-header.
Findings CheckUnusedHeaders(const std::vector<SourceFile>& files);
// idle-test: a test that cannot fail.
Findings CheckIdleTests(const std::vector<SourceFile>& files);
// layering: who may include whom, from docs/architecture.md.
Findings CheckLayering(const std::vector<SourceFile>& files);
// clock-or-chance: the machine's clock or unseeded randomness outside base/clock.cc and bench/.
Findings CheckClocksAndChance(const std::vector<SourceFile>& files);

// All of the above.
Findings CheckAll(const std::vector<SourceFile>& files);

}  // namespace bylaw::tidy

#endif  // BYLAW_TOOLS_TIDY_CHECKS_H_

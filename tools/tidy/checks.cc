#include "tools/tidy/checks.h"

namespace bylaw::tidy {

Findings CheckAll(const std::vector<SourceFile>& files) {
  Findings all;
  for (const auto check : {CheckCopiedBlocks, CheckSizes, CheckWords, CheckSwallowedErrors, CheckUnusedHeaders,
                           CheckIdleTests, CheckLayering, CheckClocksAndChance}) {
    const Findings findings = check(files);
    all.insert(all.end(), findings.begin(), findings.end());
  }
  return all;
}

}  // namespace bylaw::tidy

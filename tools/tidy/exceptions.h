// exceptions.txt: findings that are accepted, one a line: `check path reason…`. A reason is required, and an exception
// that excuses nothing is itself a finding (check "stale-exception").
#ifndef BYLAW_TOOLS_TIDY_EXCEPTIONS_H_
#define BYLAW_TOOLS_TIDY_EXCEPTIONS_H_

#include <vector>

#include "tools/tidy/checks.h"
#include "tools/tidy/source_file.h"

namespace bylaw::tidy {

// `findings` without those that `exceptions` excuses, and with a finding for each exception that is stale or has no
// reason.
Findings ApplyExceptions(const SourceFile& exceptions, const Findings& findings);

}  // namespace bylaw::tidy

#endif  // BYLAW_TOOLS_TIDY_EXCEPTIONS_H_

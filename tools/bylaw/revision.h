// A policy as it stands at a git revision, read by git itself from its objects: no work tree, no hooks, no filters.
#ifndef BYLAW_TOOLS_BYLAW_REVISION_H_
#define BYLAW_TOOLS_BYLAW_REVISION_H_

#include <string>

#include "absl/status/status.h"
#include "compiler/driver/compile.h"

namespace bylaw::cli {

// Fills in `options` with the files of `folder` (a path on disk, inside a repository) as they are at `revision`. What
// they import is read from that revision too, never from disk. NotFound: no repository, no such revision, or no policy
// in the folder at that revision.
absl::Status LoadRevision(const std::string& folder, const std::string& revision, driver::CompileOptions& options);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_REVISION_H_

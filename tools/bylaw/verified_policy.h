// A policy read, proved and compiled, as the commands that run code need it.
#ifndef BYLAW_TOOLS_BYLAW_VERIFIED_POLICY_H_
#define BYLAW_TOOLS_BYLAW_VERIFIED_POLICY_H_

#include <memory>
#include <string>
#include <vector>

#include "compiler/driver/compile.h"
#include "compiler/driver/image.h"
#include "runtime/abi/policy_image.h"
#include "tools/bylaw/options.h"

namespace bylaw::cli {

struct VerifiedPolicy {
  driver::Compilation compilation;
  std::shared_ptr<const abi::PolicyImage> image;
};

// kClean, or the exit code with the reasons, a line each, appended to *said; then `out` has the compilation and no
// image, or nothing if there was nothing to compile.
int CompileVerified(const Options& options, const std::vector<std::string>& paths, driver::EngineKind engine,
                    VerifiedPolicy* out, std::string* said);

// The same with the reasons printed on stderr.
int LoadVerified(const Options& options, const std::vector<std::string>& paths, driver::EngineKind engine,
                 VerifiedPolicy* out);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_VERIFIED_POLICY_H_

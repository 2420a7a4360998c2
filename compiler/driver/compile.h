// The compiler's facade: from files and folders to a checked program, a verified program, a policy image.
//
// Each phase is a function on one Compilation and may be called once, in order: Check, Verify, then the images
// (image.h). Wrong policies end as diagnostics in `sink`; only the environment (an unreadable path) ends as a Status.
// Not thread-safe.
#ifndef BYLAW_COMPILER_DRIVER_COMPILE_H_
#define BYLAW_COMPILER_DRIVER_COMPILE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/time.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/sema/program.h"
#include "compiler/source/source.h"
#include "compiler/syntax/ast.h"
#include "compiler/verify/verify.h"

namespace bylaw::driver {

// A file that is not on disk: the demo's policies, tests.
struct TextFile {
  std::string path;
  std::string text;
};

struct CompileOptions {
  // Files and folders that together are one policy. A folder gives its *.bylaw files and those of its subfolders,
  // except subfolders named `good`, `bad` or starting with a dot: they hold policies of their own.
  std::vector<std::string> paths;
  // In addition, or instead. A CSV file named by a policy is looked for here first.
  std::vector<TextFile> texts;
  // Reads what a policy names and `texts` does not hold; unset: from disk.
  std::function<absl::StatusOr<std::string>(const std::string& path)> read;
  std::optional<Date> as_of;  // default: today (UTC)
  int horizon_days = 365;
  bool strict = false;
  size_t diagnostics_max = 100;
};

struct Compilation {
  CompileOptions options;
  std::shared_ptr<source::SourceSet> sources;
  diag::Sink sink;
  std::vector<std::shared_ptr<const syntax::File>>
      files;  // the policy's own, sorted by path, then the standard library's
  size_t own_files = 0;
  std::shared_ptr<const sema::Program> program;
  std::vector<verify::TheoremResult> theorems;
  std::optional<verify::VerifiedProgram> verified;
  std::vector<std::string> internal_errors;  // witnesses that did not reproduce: our bugs
};

// The *.bylaw files of `paths`, sorted, each once. NotFound names the path that is missing or a folder without any.
absl::StatusOr<std::vector<std::string>> CollectFiles(const std::vector<std::string>& paths);

// Whether the file at `path` below a folder belongs to the folder's policy.
bool BelongsToFolder(const std::string& path);

// Parse, types, units, names, inheritance.
absl::StatusOr<Compilation> Check(const CompileOptions& options);

// The theorems, each refutation replayed through the evaluator and the JIT. Does nothing if Check found an error that
// left something out of the program.
void Verify(Compilation& compilation);

}  // namespace bylaw::driver

#endif  // BYLAW_COMPILER_DRIVER_COMPILE_H_

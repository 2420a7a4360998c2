// Names, units, inheritance: from syntax trees to the resolved Program.
//
// Analyze reports every independent mistake once and always returns a Program; whether it is fit for verify/ is
// `!sink.has_errors()`. Tighten-only inheritance (theorem V12) is established here, where terms are merged, with both
// places named. CSV files of `tenants from "….csv"` are read through `load` (path relative to the policy file that
// names it).
#ifndef BYLAW_COMPILER_SEMA_ANALYZE_H_
#define BYLAW_COMPILER_SEMA_ANALYZE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compiler/diag/diagnostic.h"
#include "compiler/sema/program.h"
#include "compiler/source/source.h"
#include "compiler/syntax/ast.h"

namespace bylaw::sema {

struct AnalyzeOptions {
  Date as_of;  // activation; the driver fills in today
  int horizon_days = 365;
};

// Loads a file named in a policy into `sources`; a non-OK status becomes a diagnostic at the sentence that names it.
using LoadFile = std::function<absl::Status(const std::string& path, source::FileId* out)>;

Program Analyze(std::shared_ptr<source::SourceSet> sources, std::vector<std::shared_ptr<const syntax::File>> files,
                const LoadFile& load, const AnalyzeOptions& options, diag::Sink& sink);

// `bylaw dump --phase=program`.
std::string DumpProgram(const Program& program);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_ANALYZE_H_

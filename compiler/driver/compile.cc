#include "compiler/driver/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "compiler/driver/image.h"
#include "compiler/sema/analyze.h"
#include "compiler/syntax/parse.h"
#include "stdlib.h"

namespace bylaw::driver {
namespace {

Date Today() { return CivilFromDays(SystemClock().WallNow() / kDayNs); }

void ParseInto(source::FileId file, Compilation& compilation) {
  compilation.files.push_back(
      std::make_shared<const syntax::File>(syntax::Parse(*compilation.sources, file, compilation.sink)));
}

// The standard library's modules that the files parsed so far use, and those that these use.
class StandardLibrary {
 public:
  explicit StandardLibrary(Compilation& compilation) : compilation_(compilation) {}

  void LoadUsed() {
    for (size_t i = 0; i < compilation_.files.size(); ++i) {  // grows while modules are added
      const std::shared_ptr<const syntax::File> file = compilation_.files[i];
      for (const syntax::Decl& decl : file->decls) {
        if (const auto* use = std::get_if<syntax::UseDecl>(&decl.decl)) Load(use->module);
      }
    }
  }

 private:
  void Load(const syntax::Name& module) {
    if (!loaded_.insert(module.text).second) return;
    std::vector<std::string> names;
    for (const stdlib::EmbeddedFile& file : stdlib::EmbeddedFiles()) {
      const std::string name = fmt::format("std.{}", file.name.substr(0, file.name.rfind('.')));
      if (name == module.text) {
        ParseInto(compilation_.sources->Add(name, std::string(file.text)), compilation_);
        return;
      }
      names.push_back(name);
    }
    diag::Diagnostic& diagnostic = compilation_.sink.Add(
        diag::Kind::kUnknownName, module.span, fmt::format("the standard library has no module {}", module.text));
    diagnostic.help.push_back(fmt::format("it has {}", fmt::join(names, ", ")));
  }

  Compilation& compilation_;
  std::set<std::string> loaded_;
};

// Reads one file into the compilation; a file over the limit is a diagnostic, an unreadable one a Status.
absl::Status AddPolicyFile(const std::string& path, Compilation& compilation) {
  source::FileId file;
  const absl::Status read = compilation.sources->AddFromDisk(path, &file);
  if (absl::IsResourceExhausted(read)) {
    const source::FileId empty = compilation.sources->Add(path, "");
    compilation.sink.Add(diag::Kind::kInputTooLarge, source::Span{empty, 0, 0}, std::string(read.message()))
        .help.push_back("split the policy into several files; many tenants fit better in a CSV file");
    return absl::OkStatus();
  }
  if (read.ok()) ParseInto(file, compilation);
  return read;
}

}  // namespace

absl::StatusOr<Compilation> Check(const CompileOptions& options) {
  absl::StatusOr<std::vector<std::string>> paths = CollectFiles(options.paths);
  if (!paths.ok()) return paths.status();
  Compilation compilation;
  compilation.options = options;
  compilation.sources = std::make_shared<source::SourceSet>();
  compilation.sink = diag::Sink(options.diagnostics_max);
  for (const std::string& path : *paths) {
    if (absl::Status status = AddPolicyFile(path, compilation); !status.ok()) return status;
  }
  for (const TextFile& text : options.texts) {
    if (text.path.ends_with(".bylaw")) ParseInto(compilation.sources->Add(text.path, text.text), compilation);
  }
  compilation.own_files = compilation.files.size();
  StandardLibrary(compilation).LoadUsed();

  const auto load = [sources = compilation.sources, &options](const std::string& path, source::FileId* out) {
    for (const TextFile& text : options.texts) {
      if (text.path == path) {
        *out = sources->Add(text.path, text.text);
        return absl::OkStatus();
      }
    }
    if (options.read == nullptr) return sources->AddFromDisk(path, out);
    absl::StatusOr<std::string> text = options.read(path);
    if (text.ok()) *out = sources->Add(path, *std::move(text));
    return text.status();
  };
  sema::AnalyzeOptions analyze;
  analyze.as_of = options.as_of.value_or(Today());
  analyze.horizon_days = options.horizon_days;
  compilation.program = std::make_shared<const sema::Program>(
      sema::Analyze(compilation.sources, compilation.files, load, analyze, compilation.sink));
  if (options.strict) compilation.sink.MakeStrict();
  compilation.sink.SortByPlace();
  return compilation;
}

namespace {

// Whether the program is whole although this was reported: a loosened term takes the strictest value, and an exception
// that is over, or that no regulation admits, has no effect. Whatever else is wrong has left something out, and
// theorems about the rest would accuse the innocent.
bool LeavesProgramWhole(diag::Kind kind) {
  return kind == diag::Kind::kLoosenedTerm || kind == diag::Kind::kExceptionExpired ||
         kind == diag::Kind::kExceptionNotWaivable;
}

}  // namespace

void Verify(Compilation& compilation) {
  const std::vector<diag::Diagnostic>& known = compilation.sink.diagnostics();
  const bool whole = std::all_of(known.begin(), known.end(), [](const diag::Diagnostic& d) {
    return diag::KindSeverity(d.kind) == diag::Severity::kWarning || LeavesProgramWhole(d.kind);
  });
  if (!whole || compilation.sink.suppressed() > 0) return;
  const size_t findings_max =
      compilation.options.diagnostics_max - std::min(compilation.options.diagnostics_max, known.size());
  verify::VerifyResult result =
      verify::Verify(compilation.program, {.replay = ReplayWitnesses, .findings_max = findings_max}, compilation.sink);
  compilation.theorems = std::move(result.theorems);
  compilation.verified = std::move(result.verified);
  compilation.internal_errors = std::move(result.internal_errors);
  if (compilation.options.strict) compilation.sink.MakeStrict();
  if (compilation.sink.has_errors()) compilation.verified.reset();
  compilation.sink.SortByPlace();
}

}  // namespace bylaw::driver

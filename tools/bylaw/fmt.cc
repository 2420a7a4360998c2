// `bylaw fmt`: rewrites files in the one way to say each thing, or says which would change.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>

#include "compiler/diag/render.h"
#include "compiler/driver/compile.h"
#include "compiler/format/format.h"
#include "tools/bylaw/commands.h"

namespace bylaw::cli {
namespace {

// The old text or the new one, whatever happens on the way.
bool WriteWhole(const std::string& path, const std::string& text) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path target = fs::canonical(path, error);  // through links
  const fs::path scratch = target.string() + ".fmt";
  std::ofstream out(scratch, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (error || !out) return false;
  fs::permissions(scratch, fs::status(target, error).permissions(), error);
  fs::rename(scratch, target, error);
  return !error;
}

// Formats one file; its exit code. Adds the path to `changed` if the file is, or would be, different.
int FormatFile(const std::string& path, bool check, std::string& changed) {
  source::SourceSet sources;
  source::FileId file;
  if (const absl::Status status = sources.AddFromDisk(path, &file); !status.ok()) {
    return Fail(std::string(status.message()));
  }
  diag::Sink sink;
  const std::optional<std::string> formatted = format::Format(sources, file, sink);
  if (!formatted) {
    for (const diag::Diagnostic& d : sink.diagnostics()) {
      std::fputs((diag::RenderText(sources, d, {}) + "\n").c_str(), stderr);
    }
    Fail(fmt::format("{} is left as it is: it must be readable before it can be formatted", path));
    return kViolation;
  }
  if (*formatted == sources.text(file)) return kClean;
  changed += fmt::format("{}{}\n", check ? "would change " : "", path);
  if (check) return kViolation;
  return WriteWhole(path, *formatted) ? kClean : Fail(fmt::format("cannot write {}", path));
}

}  // namespace

int RunFmt(const Options& options, const FmtFlags& flags) {
  const absl::StatusOr<std::vector<std::string>> files = driver::CollectFiles(flags.paths);
  if (!files.ok()) return Fail(std::string(files.status().message()));
  int code = kClean;
  std::string changed;
  for (const std::string& path : *files) code = std::max(code, FormatFile(path, flags.check, changed));
  return Emit(options, options.quiet ? "" : changed, code);
}

}  // namespace bylaw::cli

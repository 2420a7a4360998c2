#include "tools/bylaw/options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace bylaw::cli {

void ResolveColor(Options& options) {
  const char* no_color = std::getenv("NO_COLOR");
  const bool terminal = isatty(STDOUT_FILENO) == 1 && options.outputs.empty();
  options.color_on = options.color == "always" ||
                     (options.color == "auto" && terminal && (no_color == nullptr || no_color[0] == '\0'));
}

int Emit(const Options& options, std::string_view text, int code) {
  if (options.outputs.empty()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return std::fflush(stdout) == 0 ? code : kUsage;
  }
  for (const std::string& path : options.outputs) {
    std::ofstream out(path, std::ios::binary);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    if (!out) return Fail(fmt::format("cannot write {}", path));
  }
  return code;
}

int Fail(std::string_view text) {
  std::fputs(fmt::format("bylaw: {}\n", text).c_str(), stderr);
  return kUsage;
}

std::optional<driver::CompileOptions> ToCompileOptions(const Options& options, const std::vector<std::string>& paths) {
  driver::CompileOptions compile;
  compile.paths = paths;
  compile.horizon_days = options.horizon_days;
  compile.strict = options.strict;
  if (!options.as_of.empty()) {
    compile.as_of = ParseDate(options.as_of);
    if (!compile.as_of) {
      Fail(fmt::format("--as-of takes a date as in 2026-07-10, not \"{}\"", options.as_of));
      return std::nullopt;
    }
  }
  return compile;
}

std::string Paint(const Options& options, std::string_view code, std::string_view text) {
  return options.color_on ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

}  // namespace bylaw::cli

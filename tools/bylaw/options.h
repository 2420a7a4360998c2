// What every command of `bylaw` knows: the global flags, and how to print.
#ifndef BYLAW_TOOLS_BYLAW_OPTIONS_H_
#define BYLAW_TOOLS_BYLAW_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "compiler/driver/compile.h"

namespace bylaw::cli {

// The exit codes of the command line: a contract with CI.
enum ExitCode : int { kClean = 0, kViolation = 1, kUsage = 2, kChanges = 3, kUndecided = 4 };

enum class Format : uint8_t { kText, kJson };

struct Options {
  Format format = Format::kText;
  std::vector<std::string> outputs;  // --output FILE, repeatable; empty: stdout
  std::string as_of;
  int horizon_days = 365;
  std::string color = "auto";
  bool quiet = false;
  bool strict = false;

  bool color_on = false;  // derived: --color, NO_COLOR and whether stdout is a terminal
};

// Fills in `color_on`.
void ResolveColor(Options& options);

// Writes a command's result to stdout or to every --output file. Returns kUsage (with the reason on stderr) if a file
// cannot be written, else `code`.
int Emit(const Options& options, std::string_view text, int code);

// "bylaw: text" on stderr; returns kUsage.
int Fail(std::string_view text);

// The compile options for `paths`, or a complaint about --as-of on stderr and nothing.
std::optional<driver::CompileOptions> ToCompileOptions(const Options& options, const std::vector<std::string>& paths);

// "\x1b[…m" + text + reset when color is on.
std::string Paint(const Options& options, std::string_view code, std::string_view text);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_OPTIONS_H_

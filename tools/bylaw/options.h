// What every command of `bylaw` knows: the global flags, and how to print.
//
// A result has several forms. Standard output gets the one that --format names, unless a file takes it; each --output
// file gets the form that is written before it (`sarif:out.log`), else the one its extension stands for (`.json`,
// `.sarif`, `.xml`, …), else that of --format. `-` is standard output.
#ifndef BYLAW_TOOLS_BYLAW_OPTIONS_H_
#define BYLAW_TOOLS_BYLAW_OPTIONS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "compiler/driver/compile.h"

namespace bylaw::cli {

// The exit codes of the command line: a contract with CI.
enum ExitCode : int { kClean = 0, kViolation = 1, kUsage = 2, kChanges = 3, kUndecided = 4 };

enum class Format : uint8_t { kText, kJson, kSarif, kJunit, kGithub, kDot, kSvg, kPng };
std::string_view FormatName(Format format);  // "sarif"

// The forms of a command's result.
inline constexpr Format kReportFormats[] = {Format::kText, Format::kJson, Format::kSarif, Format::kJunit,
                                            Format::kGithub};
inline constexpr Format kDataFormats[] = {Format::kText, Format::kJson};
inline constexpr Format kDrawingFormats[] = {Format::kText, Format::kDot, Format::kSvg, Format::kPng};
inline constexpr Format kTextOnly[] = {Format::kText};

struct Output {
  Format format = Format::kText;
  std::string path;  // empty: standard output
};

struct Options {
  Format format = Format::kText;     // of standard output
  std::string format_name = "text";  // --format
  std::vector<std::string> outputs;  // --output [FORMAT:]FILE, repeatable
  std::string as_of;
  int horizon_days = 365;
  std::string color = "auto";
  bool quiet = false;
  bool strict = false;

  std::vector<Output> writes;  // derived: where the result goes, in which form
  bool color_on = false;       // derived: --color, NO_COLOR and whether stdout is a terminal
};

// Fills in what is derived. False, with the reason on stderr, if --format or --output asks for a form that `command`
// does not have.
bool Resolve(Options& options, std::string_view command, std::span<const Format> has);

// The result in one form; `options` differ from the command's in that files have no color.
using RenderFn = std::function<std::string(const Options& options, Format format)>;
// Writes a command's result wherever it goes. Returns kUsage (with the reason on stderr) if a file cannot be written,
// else `code`.
int Emit(const Options& options, const RenderFn& render, int code);
// The same of a result with a single form.
int Emit(const Options& options, std::string_view text, int code);

// "bylaw: text" on stderr; returns kUsage.
int Fail(std::string_view text);

// The compile options for `paths`, or a complaint about --as-of on stderr and nothing.
std::optional<driver::CompileOptions> ToCompileOptions(const Options& options, const std::vector<std::string>& paths);

// "\x1b[…m" + text + reset when color is on.
std::string Paint(const Options& options, std::string_view code, std::string_view text);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_OPTIONS_H_

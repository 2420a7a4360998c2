#include "tools/bylaw/options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "base/check.h"

namespace bylaw::cli {

namespace {

constexpr std::pair<Format, std::string_view> kNames[] = {
    {Format::kText, "text"},     {Format::kJson, "json"}, {Format::kSarif, "sarif"}, {Format::kJunit, "junit"},
    {Format::kGithub, "github"}, {Format::kDot, "dot"},   {Format::kSvg, "svg"},     {Format::kPng, "png"}};
constexpr std::pair<std::string_view, Format> kExtensions[] = {
    {".txt", Format::kText},         {".json", Format::kJson}, {".sarif", Format::kSarif},
    {".sarif.json", Format::kSarif}, {".xml", Format::kJunit}, {".dot", Format::kDot},
    {".gv", Format::kDot},           {".svg", Format::kSvg},   {".png", Format::kPng}};

std::optional<Format> FormatByName(std::string_view name) {
  for (const auto& [format, known] : kNames) {
    if (known == name) return format;
  }
  return std::nullopt;
}

Output ParseOutput(std::string_view text, Format otherwise) {
  Output output{otherwise, std::string(text)};
  size_t longest = 0;
  for (const auto& [extension, format] : kExtensions) {
    if (!text.ends_with(extension) || extension.size() < longest) continue;
    longest = extension.size();
    output.format = format;
  }
  const size_t colon = text.find(':');
  if (const auto named = FormatByName(text.substr(0, colon)); named && colon != std::string_view::npos) {
    output = {*named, std::string(text.substr(colon + 1))};
  }
  if (output.path == "-") output.path.clear();
  return output;
}

void ResolveColor(Options& options) {
  const char* no_color = std::getenv("NO_COLOR");
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  options.color_on = options.color == "always" ||
                     (options.color == "auto" && terminal && (no_color == nullptr || no_color[0] == '\0'));
}

bool WriteFile(const std::string& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  return static_cast<bool>(out);
}

}  // namespace

std::string_view FormatName(Format format) {
  for (const auto& [known, name] : kNames) {
    if (known == format) return name;
  }
  BYLAW_UNREACHABLE("format");
}

bool Resolve(Options& options, std::string_view command, std::span<const Format> has) {
  ResolveColor(options);
  std::vector<std::string_view> names;
  for (const Format format : has) names.push_back(FormatName(format));
  const std::optional<Format> named = FormatByName(options.format_name);
  if (!named) {
    Fail(fmt::format("--format takes {}, not {}", fmt::join(names, ", "), options.format_name));
    return false;
  }
  options.format = *named;
  bool taken = false;
  for (const std::string& text : options.outputs) {
    options.writes.push_back(ParseOutput(text, options.format));
    taken = taken || options.writes.back().format == options.format || options.writes.back().path.empty();
  }
  // A picture in a file leaves nothing to say.
  const bool draws = std::find(has.begin(), has.end(), Format::kSvg) != has.end() && !options.outputs.empty();
  if (!taken && !draws) options.writes.insert(options.writes.begin(), Output{options.format, ""});
  for (const Output& output : options.writes) {
    if (std::find(has.begin(), has.end(), output.format) != has.end()) continue;
    Fail(fmt::format("`bylaw {}` has no {} form; it has {}", command, FormatName(output.format),
                     fmt::join(names, ", ")));
    return false;
  }
  return true;
}

int Emit(const Options& options, const RenderFn& render, int code) {
  Options plain = options;
  plain.color_on = false;
  for (const Output& output : options.writes) {
    const std::string text = render(output.path.empty() ? options : plain, output.format);
    if (output.path.empty()) {
      std::fwrite(text.data(), 1, text.size(), stdout);
      if (std::fflush(stdout) != 0) code = kUsage;
    } else if (!WriteFile(output.path, text)) {
      code = Fail(fmt::format("cannot write {}", output.path));
    }
  }
  return code;
}

int Emit(const Options& options, std::string_view text, int code) {
  return Emit(options, [&](const Options&, Format) { return std::string(text); }, code);
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

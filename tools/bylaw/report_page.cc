#include "tools/bylaw/report_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "page_parts.h"
#include "tools/bylaw/version.h"

namespace bylaw::cli {
namespace {

using nlohmann::json;

std::string_view PartOf(std::string_view name) {
  for (const page_parts::EmbeddedFile& file : page_parts::EmbeddedFiles()) {
    if (file.name == name) return file.text;
  }
  BYLAW_UNREACHABLE("an embedded file");
}

// In a script element only "<" can end or nest it; in JSON it may be written by its number anywhere it stands.
std::string ForScriptElement(const json& figures) {
  const std::string text = figures.dump(-1, ' ', false, json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) c == '<' ? void(safe += "\\u003c") : safe.push_back(c);
  return safe;
}

void Fill(std::string& page, std::string_view marker, std::string_view text) {
  const size_t at = page.find(marker);
  BYLAW_CHECK(at != std::string::npos, "the page has a place for each part");
  page.replace(at, marker.size(), text);
}

// As a shell takes it for one word.
std::string Word(std::string_view text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:=+@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string word = "'";
  for (const char c : text) c == '\'' ? void(word += "'\\''") : word.push_back(c);
  return word + "'";
}

// What makes this page again, but for where it is written.
std::string CommandOf(const SimulateFlags& flags) {
  std::string command = "bylaw simulate";
  for (const std::string& path : flags.paths) command += " " + Word(path);
  if (!flags.scenario.empty()) command += " --scenario " + Word(flags.scenario);
  if (!flags.strategies.empty()) command += fmt::format(" --strategy {}", fmt::join(flags.strategies, ","));
  if (!flags.trace.empty()) {
    command +=
        fmt::format(" --trace {} --trace-tenants {} --load {}", Word(flags.trace), flags.trace_tenants, flags.load);
  }
  return command + fmt::format(" --seed {}", flags.seed);
}

}  // namespace

std::string ReportPage(const json& result, const SimulateFlags& flags) {
  json figures = result;
  figures.update({{"kind", flags.trace.empty() ? "scenario" : "trace"},
                  {"source", flags.trace.empty() ? fmt::format("{}", fmt::join(flags.paths, " ")) : flags.trace},
                  {"seed", flags.seed},
                  {"load", flags.load},
                  {"version", Version()},
                  {"command", CommandOf(flags)}});
  if (flags.trace.empty()) figures.erase("strategies");  // they are those of its only scenario
  std::string script;
  for (const std::string_view part : {"basics.js", "waits.js", "over_time.js", "scenario.js", "trace.js", "main.js"}) {
    script += PartOf(part);
  }
  std::string page(PartOf("page.html"));
  Fill(page, "@style@", PartOf("page.css"));
  Fill(page, "@script@", script);
  Fill(page, "@figures@", ForScriptElement(figures));
  return page;
}

bool WriteReport(const json& result, const SimulateFlags& flags) {
  if (flags.report.empty()) return true;
  std::ofstream out(flags.report, std::ios::binary);
  out << ReportPage(result, flags);
  out.close();
  if (!out) Fail(fmt::format("cannot write {}", flags.report));
  return static_cast<bool>(out);
}

}  // namespace bylaw::cli

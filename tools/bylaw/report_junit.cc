// JUnit XML as test reporters read it: a suite a theorem, a case a tenant; a suite for the files and one for the tests.

#include <fmt/format.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/bylaw/report.h"

namespace bylaw::cli {
namespace {

// XML 1.0 has no way to write most control characters, nor bytes that are not UTF-8.
std::string Xml(std::string_view text) {
  const std::string valid =
      nlohmann::json::parse(nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
          .get<std::string>();
  std::string out;
  for (const char c : valid) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      default:
        out += byte < 0x20 ? ' ' : c;
    }
  }
  return out;
}

size_t Count(const std::vector<const Case*>& cases, Case::Outcome outcome) {
  size_t n = 0;
  for (const Case* c : cases) n += c->outcome == outcome;
  return n;
}

std::string FirstLine(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

void AppendCase(const Report& report, const Case& c, std::string& out) {
  out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", Xml(c.suite), Xml(c.name));
  if (c.span.valid()) {
    const source::SourceSet& sources = *report.compilation->sources;
    out += fmt::format(" file=\"{}\" line=\"{}\"", Xml(FromRepositoryRoot(sources.path(c.span.file))),
                       sources.begin(c.span).line);
  }
  if (c.outcome == Case::Outcome::kPassed && c.text.empty()) {
    out += "/>\n";
    return;
  }
  const std::string_view element = c.outcome == Case::Outcome::kFailed
                                       ? "failure"
                                       : (c.outcome == Case::Outcome::kUndecided ? "error" : "system-out");
  out += fmt::format(">\n      <{}", element);
  if (c.outcome != Case::Outcome::kPassed) out += fmt::format(" message=\"{}\"", Xml(FirstLine(c.text)));
  out += fmt::format(">{}</{}>\n    </testcase>\n", Xml(c.text), element);
}

std::string Counts(const std::vector<const Case*>& cases) {
  return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\"", cases.size(), Count(cases, Case::Outcome::kFailed),
                     Count(cases, Case::Outcome::kUndecided));
}

}  // namespace

std::string JunitOf(const Report& report) {
  std::vector<std::string> suites;
  std::map<std::string, std::vector<const Case*>> members;
  std::vector<const Case*> all;
  for (const Case& c : report.cases) {
    std::vector<const Case*>& suite = members[c.suite];
    if (suite.empty()) suites.push_back(c.suite);
    suite.push_back(&c);
    all.push_back(&c);
  }
  std::string out = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"bylaw {}\" {}>\n",
                                report.command, Counts(all));
  for (const std::string& suite : suites) {
    out += fmt::format("  <testsuite name=\"{}\" {}>\n", Xml(suite), Counts(members[suite]));
    for (const Case* c : members[suite]) AppendCase(report, *c, out);
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace bylaw::cli

// The report page: what it holds as a text, and what a browser makes of it. Skipped where no Chromium is (scripts/deps
// installs one).
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tools/bylaw/commands.h"
#include "tools/bylaw/subprocess.h"

namespace bylaw::cli {
namespace {

using nlohmann::json;

constexpr char kLending[] = "policies/lending";
constexpr size_t kDumpMax = 64 << 20;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

struct Report {
  json result;  // --format json
  std::filesystem::path path;
  std::string page;
};
Report MakeReport(const std::string& name, SimulateFlags flags) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "report_page_test";
  std::filesystem::create_directories(folder);
  Report report;
  report.path = folder / (name + ".html");
  flags.report = report.path.string();
  Options options;
  options.writes = {{Format::kJson, (folder / (name + ".json")).string()}};
  EXPECT_EQ(RunSimulate(options, flags), kClean);
  report.result = json::parse(ReadFile(folder / (name + ".json")));
  report.page = ReadFile(report.path);
  return report;
}
Report Scenario(const std::string& name) {
  SimulateFlags flags;
  flags.paths = {kLending};
  flags.scenario = name;
  return MakeReport(name, flags);
}
const Report& Monday() {
  static const auto* const kReport = new Report(Scenario("monday-morning"));
  return *kReport;
}

constexpr char kHostile[] = "</script><script>document.title='owned'</script>";
Report HostileTrace() {
  const std::string csv = testing::TempDir() + "/hostile.csv";
  std::ofstream(csv) << "arrival_s,tenant,input_tokens,output_tokens\n0," << kHostile
                     << ",10,20\n0,<img src=x onerror=alert(1)>,10,20\n0.5,\"\xff\"\"&amp;\",1,2\n";
  SimulateFlags flags;
  flags.trace = csv;
  return MakeReport("hostile", flags);
}

struct Opened {
  std::string dom;      // after the scripts have run
  std::string console;  // errors, warnings and messages
};
// Nothing where no browser is.
std::optional<Opened> Open(const std::filesystem::path& page, const std::vector<std::string>& flags = {}) {
  for (const char* const browser : {"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"}) {
    std::vector<std::string> words = {browser,
                                      "--headless",
                                      "--no-sandbox",
                                      "--disable-gpu",
                                      "--window-size=1200,1000",
                                      "--enable-logging=stderr",
                                      "--virtual-time-budget=4000",
                                      "--dump-dom"};
    words.insert(words.end(), flags.begin(), flags.end());
    words.push_back("file://" + page.string());
    const absl::StatusOr<Finished> finished = RunToEnd(words, kDumpMax);
    if (!finished.ok() || finished->code != 0) continue;
    Opened opened{finished->out, ""};
    const std::string& said = finished->err;
    for (size_t at = 0; (at = said.find("CONSOLE", at)) != std::string::npos; ++at) {
      opened.console += said.substr(at, said.find('\n', at) - at) + "\n";
    }
    return opened;
  }
  return std::nullopt;
}
#define OPEN_OR_SKIP(opened, ...)                         \
  const std::optional<Opened> opened = Open(__VA_ARGS__); \
  if (!opened) GTEST_SKIP() << "no Chromium here: scripts/deps installs chromium-headless-shell"

// The page with a script of the test's own at its end.
std::filesystem::path WithScript(const Report& report, const std::string& name, const std::string& script) {
  std::string page = report.page;
  page.insert(page.rfind("</body>"), "<script>" + script + "</script>");
  const std::filesystem::path path = report.path.parent_path() / (name + ".html");
  std::ofstream(path, std::ios::binary) << page;
  return path;
}

// Every number that the page shows in a table, by strategy/tenant/metric.
std::map<std::string, double> CellsOf(const std::string& dom) {
  static const RE2 kCell(R"re(data-cell="([^"]+)" data-value="([^"]+)")re");
  std::map<std::string, double> cells;
  re2::StringPiece rest(dom);
  std::string name, value;
  while (RE2::FindAndConsume(&rest, kCell, &name, &value)) {
    EXPECT_TRUE(cells.emplace(name, std::stod(value)).second) << name << " twice";
  }
  return cells;
}

std::string SectionOf(const std::string& dom, const std::string& id) {
  const size_t begin = dom.find("<section id=\"" + id + "\"");
  if (begin == std::string::npos) return "";
  return dom.substr(begin, dom.find("</section>", begin) - begin);
}
size_t CountOf(std::string_view text, std::string_view what) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; at += what.size()) ++count;
  return count;
}

TEST(ReportPage, IsOneFileThatAsksForNothing) {
  const std::string& page = Monday().page;
  for (const char* const outside : {" src=", "@import", "url(", "<link rel=\"stylesheet", "fetch(", "XMLHttpRequest",
                                    "href=\"http", "@figures@", "@style@", "@script@"}) {
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  }
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos) << "and a browser is told so";
  EXPECT_EQ(page, Scenario("monday-morning").page) << "the same run gives the same page";
}

TEST(ReportPage, NamesCannotEndItsScript) {
  const Report report = HostileTrace();
  EXPECT_EQ(CountOf(report.page, "<script"), CountOf(Monday().page, "<script"));
  EXPECT_EQ(CountOf(report.page, "</script>"), CountOf(Monday().page, "</script>"));
  EXPECT_NE(report.page.find("\\u003c/script>"), std::string::npos) << "it is there, as a text";
}

TEST(ReportPage, AFileThatCannotBeWrittenIsSaid) {
  SimulateFlags flags;
  flags.paths = {kLending};
  flags.scenario = "budget-trace";
  flags.report = testing::TempDir() + "/no/such/folder/x.html";
  EXPECT_EQ(RunSimulate(Options(), flags), kUsage);
}

TEST(ReportPageInABrowser, ShowsTheNumbersOfTheJson) {
  OPEN_OR_SKIP(opened, Monday().path);
  EXPECT_EQ(opened->console, "");
  const std::map<std::string, double> cells = CellsOf(opened->dom);
  size_t checked = 0;
  const auto expect = [&](const std::string& cell, double value) {
    ++checked;
    const auto found = cells.find(cell);
    ASSERT_NE(found, cells.end()) << cell;
    EXPECT_DOUBLE_EQ(found->second, value) << cell;
  };
  for (const json& strategy : Monday().result["strategies"]) {
    const std::string prefix = strategy["strategy"].get<std::string>() + "/";
    expect(prefix + "jain", strategy["jain"]);
    expect(prefix + "makespan_s", strategy["makespan_s"]);
    expect(prefix + "quiet/wait.p95", strategy["quiet"]["wait"]["p95"]);
    expect(prefix + "quiet/wait.max", strategy["quiet"]["wait"]["max"]);
    for (const json& tenant : strategy["tenants"]) {
      const std::string row = prefix + tenant["tenant"].get<std::string>() + "/";
      for (const char* const p : {"p50", "p95", "p99", "max"}) expect(row + "wait." + p, tenant["wait"][p]);
      for (const char* const key : {"submitted", "completed", "refused", "sla_violations"}) {
        expect(row + key, tenant[key]);
      }
      if (prefix != "policy/") continue;
      expect(row + "cap_utilisation", tenant["cap_utilisation"]);
      expect(row + "spent_micros", tenant["spent_micros"]);
    }
    if (prefix != "policy/") continue;
    for (const json& signal : strategy["health"]["signals"]) {
      if (!signal["value"].is_null()) expect(prefix + "health/" + signal["signal"].get<std::string>(), signal["value"]);
    }
    const json& rho = strategy["correlation"]["rho"];
    for (size_t i = 0; i < rho.size(); ++i) {
      for (size_t j = 0; j < rho.size(); ++j) {
        expect(prefix + "correlation/" + std::to_string(i) + "/" + std::to_string(j),
               rho[i][j].is_null() ? -2 : rho[i][j].get<double>());
      }
    }
    EXPECT_NE(opened->dom.find("data-verdict=\"" + strategy["health"]["verdict"].get<std::string>() + "\""),
              std::string::npos);
  }
  EXPECT_EQ(cells.size(), checked) << "nothing on the page that the JSON does not say";
  EXPECT_GT(checked, 4u * 200u * 8u);
}

TEST(ReportPageInABrowser, EveryFigureIsDrawnAndIsATableToo) {
  OPEN_OR_SKIP(opened, Monday().path);
  for (const char* const id : {"waits", "slots", "fairness", "caps", "budgets", "correlation"}) {
    const std::string section = SectionOf(opened->dom, std::string("monday-morning-") + id);
    ASSERT_NE(section, "") << id;
    EXPECT_GE(CountOf(section, "<svg class=\"chart"), id == std::string("slots") ? 4u : 1u) << id;
    EXPECT_GE(CountOf(section, "<table"), 1u) << id;
    EXPECT_EQ(CountOf(section, "<svg class=\"chart"), CountOf(section, "<desc>")) << id << ": said in words as well";
    EXPECT_EQ(section.find("NaN"), std::string::npos) << id;
    EXPECT_EQ(section.find("undefined"), std::string::npos) << id;
  }
  EXPECT_GE(CountOf(SectionOf(opened->dom, "monday-morning-health"), "<li>"), 7u);
  EXPECT_GT(CountOf(SectionOf(opened->dom, "monday-morning-caps"), "<rect"), 200u) << "windows of nine rows";
  // The noisy tenant is marked, in every table that has it, and nobody else is.
  EXPECT_GE(CountOf(opened->dom, "institution-x<span class=\"tag\">noisy</span>"), 7u);
  EXPECT_EQ(CountOf(opened->dom, "<span class=\"tag\">noisy</span>"),
            CountOf(opened->dom, "institution-x<span class=\"tag\">noisy</span>"));
}

TEST(ReportPageInABrowser, AnotherStrategyIsOneClickAway) {
  const std::filesystem::path page =
      WithScript(Monday(), "clicked", "document.querySelector('input[value=fifo]').click();");
  OPEN_OR_SKIP(opened, page);
  EXPECT_EQ(opened->console, "");
  EXPECT_NE(opened->dom.find("data-verdict=\"broken\""), std::string::npos);
  EXPECT_NE(SectionOf(opened->dom, "monday-morning-health").find("pool us-workers"), std::string::npos)
      << "the shared bottleneck is named";
}

TEST(ReportPageInABrowser, AStoryIsABurnDown) {
  const Report report = Scenario("budget-trace");
  OPEN_OR_SKIP(opened, report.path);
  EXPECT_EQ(opened->console, "");
  const std::string budgets = SectionOf(opened->dom, "budget-trace-budgets");
  EXPECT_NE(budgets.find("what is left of $0.50"), std::string::npos);
  EXPECT_EQ(CountOf(budgets, "class=\"line-others\""), 1u);
  EXPECT_NE(opened->dom.find("deep-check is skipped because budget"), std::string::npos);
}

TEST(ReportPageInABrowser, HostileNamesAreText) {
  OPEN_OR_SKIP(opened, HostileTrace().path);
  EXPECT_EQ(opened->console, "");
  EXPECT_EQ(opened->dom.find("<title>owned"), std::string::npos);
  EXPECT_NE(opened->dom.find("&lt;img src=x onerror=alert(1)&gt;"), std::string::npos);
}

// One that floods, and others that send a request each; a name that no place is wide enough for.
TEST(ReportPageInABrowser, ATraceMarksTheNoisyAndShowsNumbersWithUnits) {
  const std::string csv = testing::TempDir() + "/a trace.csv";
  std::ofstream out(csv);
  out << "arrival_s,tenant,input_tokens,output_tokens\n";
  const std::string name = "flood-" + std::string(120, 'x');
  for (int i = 0; i < 400; ++i)
    out << i * 0.1 << ',' << name << ",100,100\n" << i * 0.1 << ",calm-" << i % 40 << ",5,5\n";
  out.close();
  SimulateFlags flags;
  flags.trace = csv;
  const Report report = MakeReport("flood", flags);
  OPEN_OR_SKIP(opened, report.path);
  EXPECT_EQ(opened->console, "");
  const size_t marked = CountOf(opened->dom, "<span class=\"tag\">noisy</span>");
  EXPECT_EQ(marked, 2u * 4u) << "in both tables, under each strategy";
  EXPECT_EQ(CountOf(opened->dom, name + "<span class=\"tag\">noisy</span>"), marked);
  const std::string waits = SectionOf(opened->dom, "trace-waits");
  EXPECT_NE(waits.find("flood-xxx"), std::string::npos);
  EXPECT_EQ(CountOf(waits.substr(0, waits.find("<table")), ">" + name + "<"), 0u) << "cut to its place in the chart";
  EXPECT_NE(SectionOf(opened->dom, "trace-differences").find("largest, units of service"), std::string::npos);
  EXPECT_NE(opened->dom.find("a trace.csv' --trace-tenants 20 --load 1.25 --seed 1"), std::string::npos);
  const std::map<std::string, double> cells = CellsOf(opened->dom);
  for (const json& strategy : report.result["strategies"]) {
    const std::string prefix = strategy["strategy"].get<std::string>() + "/";
    for (const char* const key : {"max_service_difference", "avg_service_difference"}) {
      EXPECT_DOUBLE_EQ(cells.at(prefix + key), strategy[key]);
    }
    for (const json& tenant : strategy["tenants"]) {
      EXPECT_DOUBLE_EQ(cells.at(prefix + tenant["tenant"].get<std::string>() + "/wait.p99"), tenant["wait"]["p99"]);
    }
  }
}

TEST(ReportPageInABrowser, WhatIsNotMeasuredIsNotSaidToBe) {
  OPEN_OR_SKIP(opened, Monday().path);
  const std::string health = SectionOf(opened->dom, "monday-morning-health");
  EXPECT_NE(health.find("none by construction"), std::string::npos);
  EXPECT_NE(health.find("not counted here"), std::string::npos);
}

// What the tests above look for in the console would be there.
TEST(ReportPageInABrowser, ErrorsAndRequestsWouldBeSeen) {
  OPEN_OR_SKIP(wrong, WithScript(Monday(), "wrong", "noSuchThing();"));
  EXPECT_NE(wrong->console.find("noSuchThing is not defined"), std::string::npos);
  OPEN_OR_SKIP(asking, WithScript(Monday(), "asking", "new Image().src = 'https://example.invalid/x.png';"));
  EXPECT_NE(asking->console.find("Content Security Policy"), std::string::npos) << asking->console;
}

// WCAG 2: text of at least 4.5 to 1 against what is behind it, by day and by night.
TEST(ReportPageInABrowser, IsReadableByDayAndByNight) {
  const std::filesystem::path page = WithScript(Monday(), "contrast", R"js(
    const light = (c) => { const [r, g, b] = c.match(/[\d.]+/g).map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const behind = (node) => { for (; node; node = node.parentElement) { const c = getComputedStyle(node).backgroundColor; if (!/, 0\)$/.test(c) && c !== 'transparent') return c; } };
    let least = 99, where = '', seen = 0;
    for (const node of document.querySelectorAll('p, td, th, summary, small, .verdict, .tag, legend, label span, time, dd, svg text')) {
      const style = getComputedStyle(node), a = light(node instanceof SVGElement ? style.fill : style.color), b = light(behind(node.closest('svg') ? node.closest('svg').parentElement : node));
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      seen++;
      if (ratio < least) { least = ratio; where = node.outerHTML.slice(0, 80); }
    }
    document.body.dataset.contrast = least.toFixed(2); document.body.dataset.seen = seen; document.body.dataset.where = where;
    document.body.dataset.paper = getComputedStyle(document.body).backgroundColor;)js");
  std::vector<std::string> papers;
  for (const char* const scheme :
       {"--blink-settings=preferredColorScheme=1", "--blink-settings=preferredColorScheme=0"}) {
    OPEN_OR_SKIP(opened, page, {scheme});
    std::string contrast, seen, paper, where;
    ASSERT_TRUE(RE2::PartialMatch(opened->dom,
                                  R"re(data-contrast="([^"]+)" data-seen="([^"]+)" data-where="([^"]*)")re", &contrast,
                                  &seen, &where));
    ASSERT_TRUE(RE2::PartialMatch(opened->dom, R"re(data-paper="([^"]+)")re", &paper));
    EXPECT_GT(std::stod(seen), 1'000);
    EXPECT_GE(std::stod(contrast), 4.5) << scheme << ": " << where;
    papers.push_back(paper);
  }
  EXPECT_NE(papers[0], papers[1]) << "light and dark";
}

}  // namespace
}  // namespace bylaw::cli

// What the READMEs show is what a reader gets: every command in them is run, and what they print of it is what it
// prints.
//
// In a fenced block, a line `$ bylaw …` is a command and the lines below it are its output: all of it, unless a line
// `…` stands for lines left out. A line that begins with `bylaw ` is a command that must succeed. BYLAW_UPDATE=1
// rewrites outputs that are shown whole.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace bylaw {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> Readmes() {
  std::vector<std::string> files = {"README.md"};
  for (const auto& entry : fs::directory_iterator("policies")) {
    const fs::path readme = entry.path() / "README.md";
    if (fs::exists(readme)) files.push_back(readme.string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

struct Ran {
  std::string output;
  int code = -1;
};

// `command` begins with "bylaw "; its dates are those of the day the READMEs were written for.
Ran RunCommand(const std::string& command) {
  const std::string line =
      fmt::format("{} {} --as-of 2026-11-23 2>&1", BYLAW_BINARY, command.substr(std::string_view("bylaw ").size()));
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(line.c_str(), "r"), [](FILE*) { return 0; });
  Ran ran;
  std::array<char, 4'096> buffer{};
  for (size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) ran.output.append(buffer.data(), n);
  const int status = pclose(pipe.get());
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

// Whether `shown` is `printed` with the lines left out for which a `…` stands.
bool Shows(const std::vector<std::string>& shown, const std::vector<std::string>& printed) {
  size_t at = 0;
  bool gap = false;
  for (const std::string& line : shown) {
    if (line == "…") {
      gap = true;
      continue;
    }
    while (gap && at < printed.size() && printed[at] != line) ++at;
    if (at == printed.size() || printed[at] != line) return false;
    ++at;
    gap = false;
  }
  return gap || at == printed.size();
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Checks the output shown under `command` and returns what a reader should be shown.
std::vector<std::string> CheckShown(const std::string& command, const std::vector<std::string>& shown, bool update) {
  const std::vector<std::string> printed = LinesOf(RunCommand(command).output);
  const bool whole = std::find(shown.begin(), shown.end(), "…") == shown.end();
  if (Shows(shown, printed) || (update && whole)) return whole ? printed : shown;
  ADD_FAILURE() << command << " prints\n" << Joined(printed) << "and not\n" << Joined(shown);
  return shown;
}

class ReadmeTest : public testing::TestWithParam<std::string> {};

TEST_P(ReadmeTest, EveryCommandDoesWhatIsShown) {
  const bool update = std::getenv("BYLAW_UPDATE") != nullptr;
  std::ifstream in(GetParam());
  std::stringstream text;
  text << in.rdbuf();
  const std::vector<std::string> lines = LinesOf(text.str());
  std::vector<std::string> fresh;
  bool code = false;
  for (size_t i = 0; i < lines.size(); ++i) {
    fresh.push_back(lines[i]);
    if (lines[i].starts_with("```")) code = !code;
    if (code && lines[i].starts_with("bylaw ")) {
      const std::string command = lines[i].substr(0, lines[i].find('#'));
      const Ran ran = RunCommand(command);
      EXPECT_EQ(ran.code, 0) << command << "\n" << ran.output;
    }
    if (!code || !lines[i].starts_with("$ bylaw ")) continue;
    const std::string command = lines[i].substr(2);
    std::vector<std::string> shown;
    while (i + 1 < lines.size() && !lines[i + 1].starts_with("```") && !lines[i + 1].starts_with("$ ")) {
      shown.push_back(lines[++i]);
    }
    for (const std::string& line : CheckShown(command, shown, update)) fresh.push_back(line);
  }
  if (update && fresh != lines) std::ofstream(GetParam()) << Joined(fresh);
}

INSTANTIATE_TEST_SUITE_P(All, ReadmeTest, testing::ValuesIn(Readmes()), [](const auto& info) {
  std::string name = fs::path(info.param).parent_path().filename().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name.empty() ? std::string("top") : name;
});

}  // namespace
}  // namespace bylaw

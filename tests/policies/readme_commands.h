// Test support: the commands that a README shows, and what it says they print.
#ifndef BYLAW_TESTS_POLICIES_README_COMMANDS_H_
#define BYLAW_TESTS_POLICIES_README_COMMANDS_H_

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace bylaw {

// One `$ bylaw …` in a fenced block, and the lines under it.
struct ShownCommand {
  std::string arguments;  // "verify policies/lending"
  std::vector<std::string> lines;
};

inline std::string TrimmedEnd(std::string line) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
  return line;
}

inline std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(TrimmedEnd(line));
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

inline std::vector<ShownCommand> ShownCommands(const std::string& readme) {
  std::vector<ShownCommand> commands;
  bool block = false;
  for (const std::string& line : LinesOf(readme)) {
    constexpr std::string_view kPrompt = "$ bylaw ";
    if (line.starts_with("```")) {
      block = !block && line == "```";
      if (!commands.empty() && commands.back().lines.empty() && !block) commands.pop_back();  // shown without output
    } else if (block && line.starts_with(kPrompt)) {
      commands.push_back({line.substr(kPrompt.size()), {}});
    } else if (block && !commands.empty()) {
      commands.back().lines.push_back(line);
    }
  }
  for (ShownCommand& command : commands) {
    while (!command.lines.empty() && command.lines.back().empty()) command.lines.pop_back();
  }
  return commands;
}

// Whether `printed` is what is shown; a line "…" stands for any lines.
inline bool Matches(const std::vector<std::string>& shown, const std::vector<std::string>& printed, size_t s = 0,
                    size_t p = 0) {
  if (s == shown.size()) return p == printed.size();
  if (shown[s] == "…") {
    for (size_t skip = p; skip <= printed.size(); ++skip) {
      if (Matches(shown, printed, s + 1, skip)) return true;
    }
    return false;
  }
  return p < printed.size() && shown[s] == printed[p] && Matches(shown, printed, s + 1, p + 1);
}

}  // namespace bylaw

#endif  // BYLAW_TESTS_POLICIES_README_COMMANDS_H_

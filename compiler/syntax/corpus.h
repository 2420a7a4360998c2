// The policy files that tests read: everything under tests/testdata/language, platform and officer, policies, stdlib
// and examples, except folders of broken ones; and the examples of the language reference.
#ifndef BYLAW_COMPILER_SYNTAX_CORPUS_H_
#define BYLAW_COMPILER_SYNTAX_CORPUS_H_

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace bylaw::syntax {

// Paths relative to the source root (where ctest runs tests), sorted.
inline std::vector<std::string> CorpusFiles() {
  std::vector<std::string> files;
  for (const char* root : {"tests/testdata/language", "tests/testdata/platform", "tests/testdata/officer", "policies",
                           "stdlib", "examples"}) {
    if (!std::filesystem::exists(root)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      const std::string path = entry.path().string();
      if (path.ends_with(".bylaw") && path.find("/bad/") == std::string::npos) files.push_back(path);
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The pages of the language reference, and their fenced blocks whose language begins with `bylaw`.
inline std::vector<std::string> LanguagePages() {
  std::vector<std::string> pages;
  for (const auto& entry : std::filesystem::directory_iterator("docs/language")) {
    if (entry.path().extension() == ".md") pages.push_back(entry.path().string());
  }
  std::sort(pages.begin(), pages.end());
  return pages;
}
struct PageExample {
  std::string place;   // "docs/language/work.md:12"
  bool wrong = false;  // `bylaw wrong`
  std::string text;
};
inline std::vector<PageExample> ExamplesOfPage(const std::string& path) {
  std::ifstream in(path);
  std::vector<PageExample> examples;
  bool inside = false;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (!inside && line.starts_with("```bylaw")) {
      examples.push_back({path + ":" + std::to_string(number), line == "```bylaw wrong", ""});
      inside = true;
    } else if (inside && line.starts_with("```")) {
      inside = false;
    } else if (inside) {
      examples.back().text += line + "\n";
    }
  }
  return examples;
}

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_CORPUS_H_

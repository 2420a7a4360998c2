// The policy files that tests read: everything under tests/testdata/language, policies, stdlib and examples, except
// folders of broken ones.
#ifndef BYLAW_COMPILER_SYNTAX_CORPUS_H_
#define BYLAW_COMPILER_SYNTAX_CORPUS_H_

#include <algorithm>
#include <filesystem>
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

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_CORPUS_H_

// One entry of a cache folder: a question, the texts that were judged, and the words.
#ifndef BYLAW_TOOLS_BYLAW_CACHE_ENTRY_H_
#define BYLAW_TOOLS_BYLAW_CACHE_ENTRY_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "compiler/driver/compile.h"

namespace bylaw::cli {

struct CacheEntry {
  std::string question;
  int code = 0;
  std::map<std::string, std::string> forms;
  std::vector<driver::TextFile> texts;
};

// The entry for `question`, if there is one, whole, and by this very build of the program.
std::optional<CacheEntry> ReadEntry(const std::string& folder, const std::string& question);
// Makes the folder if need be. An entry is replaced as a whole or not at all.
absl::Status WriteEntry(const std::string& folder, const CacheEntry& entry);

// The file of a question's entry.
std::string EntryPath(const std::string& folder, const std::string& question);

// What tells this build of the program from every other; empty if it was built without an id.
std::string BuildId();

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_CACHE_ENTRY_H_

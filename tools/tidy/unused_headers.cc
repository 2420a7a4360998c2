#include <set>
#include <string>
#include <string_view>

#include "tools/tidy/checks.h"
#include "tools/tidy/includes.h"

namespace bylaw::tidy {
namespace {

// A header and its own .cc do not make a user; a .def table is there for its own .h and .cc.
bool IsOwnSource(std::string_view header, std::string_view source) {
  return header.ends_with(".h") && source.ends_with(".cc") &&
         header.substr(0, header.size() - 2) == source.substr(0, source.size() - 3);
}

}  // namespace

Findings CheckUnusedHeaders(const std::vector<SourceFile>& files) {
  std::set<std::string> included;
  for (const SourceFile& file : files) {
    for (const Include& include : FindIncludes(file)) {
      if (!IsOwnSource(include.target, file.path)) included.insert(include.target);
    }
  }
  Findings findings;
  for (const SourceFile& file : files) {
    const bool is_header = file.path.ends_with(".h") || file.path.ends_with(".def");
    if (!is_header || included.contains(file.path)) continue;
    findings.push_back(
        {"unused-header", file.path, 1, "nobody includes this: delete it, or include it where it is meant to be used"});
  }
  return findings;
}

}  // namespace bylaw::tidy

#include "tools/tidy/includes.h"

#include <re2/re2.h>

namespace bylaw::tidy {

std::vector<Include> FindIncludes(const SourceFile& file) {
  static const RE2 kDirective(R"(\s*#\s*include\b)");
  static const RE2 kTarget(R"(#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<Include> includes;
  for (size_t i = 0; i < file.code.size(); ++i) {
    std::string target;
    if (RE2::PartialMatch(file.code[i], kDirective) && RE2::PartialMatch(file.lines[i], kTarget, &target)) {
      includes.push_back({target, static_cast<int>(i) + 1});
    }
  }
  return includes;
}

}  // namespace bylaw::tidy

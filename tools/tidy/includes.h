// The #include lines of a file, commented-out ones left out.
#ifndef BYLAW_TOOLS_TIDY_INCLUDES_H_
#define BYLAW_TOOLS_TIDY_INCLUDES_H_

#include <string>
#include <vector>

#include "tools/tidy/source_file.h"

namespace bylaw::tidy {

struct Include {
  std::string target;  // what stands between the quotes or angle brackets
  int line = 0;
};

std::vector<Include> FindIncludes(const SourceFile& file);

}  // namespace bylaw::tidy

#endif  // BYLAW_TOOLS_TIDY_INCLUDES_H_

// The version of the command line, as CMakeLists.txt states it.
#ifndef BYLAW_TOOLS_BYLAW_VERSION_H_
#define BYLAW_TOOLS_BYLAW_VERSION_H_

#include <string_view>

namespace bylaw::cli {

std::string_view Version();  // "0.1.0"

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_VERSION_H_

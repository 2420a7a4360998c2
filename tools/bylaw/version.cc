#include "tools/bylaw/version.h"

namespace bylaw::cli {

std::string_view Version() { return BYLAW_VERSION; }

}  // namespace bylaw::cli

#include "tools/bylaw/commands.h"
namespace bylaw::cli {
int RunFmt(const Options&, const FmtFlags&) { return 2; }
}  // namespace bylaw::cli

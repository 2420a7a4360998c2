#include "tools/bylaw/commands.h"
namespace bylaw::cli {
int RunFmt(const Options&, const FmtFlags&) { return 2; }
int RunSimulate(const Options&, const SimulateFlags&) { return 2; }
int RunDemo(const Options&) { return 2; }
}

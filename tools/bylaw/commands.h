// The commands of `bylaw`: each takes its own flags and the global ones, prints, and returns an exit code.
#ifndef BYLAW_TOOLS_BYLAW_COMMANDS_H_
#define BYLAW_TOOLS_BYLAW_COMMANDS_H_

#include <string>
#include <vector>

#include "tools/bylaw/options.h"

namespace bylaw::cli {

int RunCheck(const Options& options, const std::vector<std::string>& paths);
int RunVerify(const Options& options, const std::vector<std::string>& paths);

struct DumpFlags {
  std::vector<std::string> paths;
  std::string phase;
};
int RunDump(const Options& options, const DumpFlags& flags);

struct ShowFlags {
  std::vector<std::string> paths;
  std::string tenant;
};
int RunShow(const Options& options, const ShowFlags& flags);

struct PlanFlags {
  std::vector<std::string> policies;  // OLD NEW, or OLD..NEW [FOLDER]
  bool exit_code = false;
};
int RunPlan(const Options& options, const PlanFlags& flags);

struct FmtFlags {
  std::vector<std::string> paths;
  bool check = false;
};
int RunFmt(const Options& options, const FmtFlags& flags);

int RunExplain(const Options& options, const std::string& kind);

struct TestFlags {
  std::vector<std::string> paths;
  std::string engine = "jit";
};
int RunTest(const Options& options, const TestFlags& flags);

struct SimulateFlags {
  std::vector<std::string> paths;
  std::string scenario;
  std::vector<std::string> strategies;
  uint64_t seed = 1;
};
int RunSimulate(const Options& options, const SimulateFlags& flags);

int RunDemo(const Options& options);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_COMMANDS_H_

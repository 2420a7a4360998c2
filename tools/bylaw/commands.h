// The commands of `bylaw`: each takes its own flags and the global ones, prints, and returns an exit code.
#ifndef BYLAW_TOOLS_BYLAW_COMMANDS_H_
#define BYLAW_TOOLS_BYLAW_COMMANDS_H_

#include <string>
#include <vector>

#include "tools/bylaw/options.h"

namespace bylaw::cli {

int RunCheck(const Options& options, const std::vector<std::string>& paths);
struct VerifyFlags {
  std::vector<std::string> paths;
  std::string cache;  // a folder; empty: everything is proved afresh
};
int RunVerify(const Options& options, const VerifyFlags& flags);

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

struct GraphFlags {
  std::vector<std::string> paths;
  std::string workflow;
  std::string tenant;  // empty: all
};
int RunGraph(const Options& options, const GraphFlags& flags);

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
  bool coverage = false;
  bool mutate = false;
};
int RunTest(const Options& options, const TestFlags& flags);

struct SimulateFlags {
  std::vector<std::string> paths;
  std::string scenario;
  std::vector<std::string> strategies;
  uint64_t seed = 1;
  std::string trace;            // a CSV file: recorded requests instead of scenarios
  uint32_t trace_tenants = 20;  // for a trace that names no tenants
  double load = 1.25;           // how much more than the server can do
  std::string audit;            // a folder for the log of the runs under the policy
  std::string report;           // a file for the report page; empty: none
};
int RunSimulate(const Options& options, const SimulateFlags& flags);

struct RunFlags {
  std::vector<std::string> paths;
  std::string scenario;
  double speed = 1;  // of the scenario's time against real time
  bool watch = false;
};
int RunLive(const Options& options, const RunFlags& flags);

// Writes the starter files below `folder`; none if one of them is there already.
int RunInit(const Options& options, const std::string& folder);

int RunDemo(const Options& options);

struct AuditFlags {
  std::string folder;
  std::string key, head;  // files
  std::string tenant;
  uint64_t id = 0;
  uint64_t count = 20;
};
int RunAuditVerify(const Options& options, const AuditFlags& flags);
int RunAuditTail(const Options& options, const AuditFlags& flags);
int RunAuditExplain(const Options& options, const AuditFlags& flags);
int RunAuditHead(const Options& options, const AuditFlags& flags);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_COMMANDS_H_

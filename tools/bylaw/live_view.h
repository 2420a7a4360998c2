// What `bylaw run` shows of a live run: a screen that is redrawn, or lines for a log.
#ifndef BYLAW_TOOLS_BYLAW_LIVE_VIEW_H_
#define BYLAW_TOOLS_BYLAW_LIVE_VIEW_H_

#include <string>
#include <vector>

#include "tools/bylaw/live_run.h"
#include "tools/bylaw/options.h"

namespace bylaw::cli {

// What the last save led to.
struct SaveReport {
  enum class Kind { kNone, kCompiling, kPublished, kRefused };
  Kind kind = Kind::kNone;
  std::string headline;              // "09:12:30 published in 84 ms: epoch 3"
  std::vector<std::string> details;  // diagnostics, or what became of the runs in flight
};

struct Screen {
  int columns = 100;
  int rows = 40;
};

// One screenful, its lines at most `screen.columns` wide and ended by newlines.
std::string RenderLive(const Options& options, const LiveRun& live, const SaveReport& save, double speed,
                       const Screen& screen);

// "09:30 running 82, waiting 1,204, finished 4,310, refused 812 (epoch 3)"
std::string LiveLine(const LiveRun& live);

// "09:12:30", in the policy's own time zone.
std::string TimeOfDay(const LiveRun& live, TimeNs at);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_LIVE_VIEW_H_

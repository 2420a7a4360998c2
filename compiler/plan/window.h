// When a window of working hours is open, in the declared time zone.
#ifndef BYLAW_COMPILER_PLAN_WINDOW_H_
#define BYLAW_COMPILER_PLAN_WINDOW_H_

#include <string_view>

#include "base/time.h"
#include "compiler/plan/plan.h"

namespace bylaw::plan {

// The first instant, not before `now`, at which the window is open; `now` itself if it is open. A window that ends
// before it begins runs over midnight and belongs to the day on which it opens. Thread-safe; an unknown time zone is
// read as UTC (the analyser has reported it).
TimeNs NextOpen(const Window& window, std::string_view time_zone, TimeNs now);

}  // namespace bylaw::plan

#endif  // BYLAW_COMPILER_PLAN_WINDOW_H_

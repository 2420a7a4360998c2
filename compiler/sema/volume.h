// Declared volume: what `expects N runs of W per PERIOD peaking at M` says, one sentence and several together.
//
// In any span as long as the period so many runs may come, at once or spread: N as a rule, M at the worst. Sentences of
// different periods hold together, so `per hour` beside `per day` says how a day spreads. Pure; thread-safe.
#ifndef BYLAW_COMPILER_SEMA_VOLUME_H_
#define BYLAW_COMPILER_SEMA_VOLUME_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "compiler/sema/terms.h"

namespace bylaw::sema {

struct Program;

inline constexpr double kDaysOfAMonth = 30.436875;  // of the Gregorian calendar, on average

// The length of a period; of a month its average.
DurationNs LengthOf(syntax::PerUnit per);
std::string_view PeriodText(syntax::PerUnit per);  // "hour"

// The most runs of `runs` a period that a day can have; of a month its average day.
double PerDay(int64_t runs, syntax::PerUnit per);

// What all sentences of one workflow together let through on one day.
struct DeclaredDay {
  WorkflowId workflow;
  double usual = 0, peak = 0;
};
std::vector<DeclaredDay> DeclaredDays(const Terms& terms);  // in the order in which workflows are first declared

// "200 runs of loan-approval per day peaking at 1_000", without "expects".
std::string VolumeText(const Program& program, const Expects& expects);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_VOLUME_H_

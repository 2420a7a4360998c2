#include "compiler/sema/volume.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "compiler/sema/program.h"

namespace bylaw::sema {

DurationNs LengthOf(syntax::PerUnit per) {
  switch (per) {
    case syntax::PerUnit::kSecond:
      return kSecondNs;
    case syntax::PerUnit::kMinute:
      return kMinuteNs;
    case syntax::PerUnit::kHour:
      return kHourNs;
    case syntax::PerUnit::kDay:
      return kDayNs;
    case syntax::PerUnit::kMonth:
      return static_cast<DurationNs>(kDaysOfAMonth * static_cast<double>(kDayNs));
  }
  BYLAW_UNREACHABLE("period");
}

std::string_view PeriodText(syntax::PerUnit per) {
  constexpr std::string_view kNames[] = {"second", "minute", "hour", "day", "month"};
  return kNames[static_cast<size_t>(per)];
}

double PerDay(int64_t runs, syntax::PerUnit per) {
  if (per == syntax::PerUnit::kMonth) return static_cast<double>(runs) / kDaysOfAMonth;
  return static_cast<double>(runs) * static_cast<double>(kDayNs / LengthOf(per));
}

std::vector<DeclaredDay> DeclaredDays(const Terms& terms) {
  std::vector<DeclaredDay> days;
  for (const Expects& expects : terms.expects) {
    const DeclaredDay said{expects.workflow, PerDay(expects.runs, expects.per), PerDay(expects.peak, expects.per)};
    const auto found = std::find_if(days.begin(), days.end(),
                                    [&](const DeclaredDay& day) { return day.workflow == expects.workflow; });
    if (found == days.end()) {
      days.push_back(said);
    } else {
      found->usual = std::min(found->usual, said.usual);
      found->peak = std::min(found->peak, said.peak);
    }
  }
  return days;
}

std::string VolumeText(const Program& program, const Expects& expects) {
  std::string text = fmt::format("{} runs of {} per {}", expects.runs, program.workflows[expects.workflow.index()].name,
                                 PeriodText(expects.per));
  if (expects.peak > expects.runs) text += fmt::format(" peaking at {}", expects.peak);
  return text;
}

}  // namespace bylaw::sema

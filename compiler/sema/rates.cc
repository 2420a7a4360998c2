// Rate limits: amount, what is counted, and over which window.
#include <fmt/format.h>

#include "compiler/sema/endpoints.h"
#include "compiler/sema/values.h"
#include "compiler/sema/volume.h"

namespace bylaw::sema {
namespace {

// The length of a window that the clock measures; nothing for a month, which has no length.
std::optional<DurationNs> WindowLength(syntax::PerUnit unit) {
  if (unit == syntax::PerUnit::kMonth) return std::nullopt;
  return LengthOf(unit);
}

// Fills window, calendar and length; false (with a diagnostic) if they do not go together.
bool SetWindow(Context& context, const syntax::RateTerm& term, abi::RateSpec& spec) {
  if (term.window == syntax::WindowKind::kCalendar) {
    if (term.per != syntax::PerUnit::kDay && term.per != syntax::PerUnit::kMonth) {
      context
          .Report(Kind::kDurationMix, term.span,
                  "a calendar window is a day or a month; seconds to hours are the clock's")
          .help.push_back("at most 500 calls per calendar day");
      return false;
    }
    spec.window = abi::RateWindow::kCalendar;
    spec.calendar = term.per == syntax::PerUnit::kDay ? abi::CalendarPeriod::kDay : abi::CalendarPeriod::kMonth;
    return true;
  }
  const std::optional<DurationNs> length = WindowLength(term.per);
  if (!length) {
    context.Report(Kind::kDurationMix, term.span, "a month has no fixed length: only a calendar month can be counted")
        .help.push_back("at most 10_000 calls per calendar month");
    return false;
  }
  spec.window_ns = *length;
  spec.window = term.window == syntax::WindowKind::kRolling ? abi::RateWindow::kRolling : abi::RateWindow::kAnchored;
  if (term.evenly) spec.window = abi::RateWindow::kEvenly;
  return true;
}

}  // namespace

std::optional<Rate> RateOf(Context& context, const syntax::RateTerm& term, Level level, const std::string& owner) {
  Rate rate;
  rate.per = term.per;
  rate.spec.tokens = term.tokens;
  const Form form =
      term.tokens ? Form{"at most {} tokens per minute", "240_000"} : Form{"at most {} calls per hour", "500"};
  constexpr int64_t kAmountMax = 1'000'000'000'000;
  const std::optional<int64_t> amount = CountOf(context, term.amount, form, 1, kAmountMax);
  const bool windowed = SetWindow(context, term, rate.spec);
  bool complete = amount && windowed;
  if (term.bursts) {
    const std::optional<int64_t> burst =
        CountOf(context, *term.bursts, {"evenly with bursts of {}", "5"}, 1, kAmountMax);
    complete = complete && burst;
    rate.spec.burst = burst.value_or(1);
  }
  if (!complete) return std::nullopt;
  rate.spec.amount = *amount;
  rate.clause = context.AddClause(term.span, level, owner);
  return rate;
}

}  // namespace bylaw::sema

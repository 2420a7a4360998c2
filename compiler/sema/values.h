// Values in their units: from a literal of the tree to a number, or a diagnostic with the sentence to write.
//
// Internal to sema/. Each function takes the form of the sentence, in which `{}` stands for the value, and a sample
// value for the help line. Nothing is returned when the value was reported.
#ifndef BYLAW_COMPILER_SEMA_VALUES_H_
#define BYLAW_COMPILER_SEMA_VALUES_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/sema/context.h"

namespace bylaw::sema {

struct Form {
  std::string_view pattern;  // "at most {} workflows at once"
  std::string_view sample;   // "50"
};

inline constexpr int64_t kCountMax = std::numeric_limits<uint32_t>::max() - 1;

std::optional<int64_t> CountOf(Context& context, const syntax::Value& value, Form form, int64_t min = 1,
                               int64_t max = kCountMax);
std::optional<double> NumberOf(Context& context, const syntax::Value& value, Form form);
// Micros, not negative, in the policy's one currency.
std::optional<int64_t> MicrosOf(Context& context, const syntax::Value& value, Form form);
// Parts per million, 0 to 100 %.
std::optional<int64_t> ShareOf(Context& context, const syntax::Value& value, Form form);
// A clock duration above zero.
std::optional<DurationNs> ClockOf(Context& context, const syntax::Value& value, Form form);
// A calendar duration above zero.
std::optional<CalendarDuration> CalendarOf(Context& context, const syntax::Value& value, Form form);
std::optional<Date> DateOf(Context& context, const syntax::Value& value, Form form);
// Minutes since midnight, 00:00 to 24:00.
std::optional<uint16_t> MinuteOf(Context& context, const syntax::Value& value, Form form);
std::optional<std::string> TextOf(Context& context, const syntax::Value& value, Form form);

// A value of a declared type. `what` names the input, output or setting in messages.
std::optional<abi::SlotValue> SlotValueOf(Context& context, const syntax::Value& value, const syntax::TypeExpr& type,
                                          std::string_view what);
// The slot a type makes; nothing (with a diagnostic) for a type that no slot can hold or whose bounds are wrong.
std::optional<abi::SlotInfo> SlotInfoOf(Context& context, const syntax::Name& name, const syntax::TypeExpr& type);
// Whether conditions can use the name: a CEL identifier and no reserved word; reported if not.
bool CheckConditionName(Context& context, const syntax::Name& name, std::string_view noun);

// "fifty" is 50; nothing for text that is no number word.
std::optional<int64_t> NumberWord(std::string_view text);
// "[a-z][a-z0-9]*([-_.][a-z0-9]+)*" of language.md §2.
bool IsName(std::string_view text);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_VALUES_H_

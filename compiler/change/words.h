// How changes are told: one phrase from another, amounts, decisions.
#ifndef BYLAW_COMPILER_CHANGE_WORDS_H_
#define BYLAW_COMPILER_CHANGE_WORDS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/sema/program.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::change {

// "at most 10 → 12 workflows at once": what both phrases begin and end with is said once, if both keep a middle.
std::string FromTo(std::string_view before, std::string_view after);

// "5_000", as the language writes it.
std::string CountText(int64_t count);
// "95%", "0.5%".
std::string ShareText(int64_t ppm);
std::string SlotText(const sema::Program& program, abi::SlotType type, const abi::SlotValue& value);

// "SE, NO and 3 more": at most `most` names.
std::string SomeNames(const std::vector<std::string>& names, size_t most = 4);

// "goes ahead", "asks 2 of reviewers eu-desk first", "suspends because residency".
std::string DecisionText(const abi::PolicyImage& image, const abi::Decision& decision);

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_WORDS_H_

// A decision as a person reads it.
#ifndef BYLAW_TOOLS_BYLAW_DECISION_TEXT_H_
#define BYLAW_TOOLS_BYLAW_DECISION_TEXT_H_

#include <string>

#include "runtime/abi/policy_image.h"

namespace bylaw::cli {

// "proceeds with gpt-4 at gpt4-eu", "goes to reviewers eu-desk because approval", "is skipped because budget".
std::string DecisionText(const abi::PolicyImage& image, const abi::Decision& decision);

// What else would pass: "use model gpt-4o-mini, leave the step out, or send it to reviewers eu-desk"; "" for nothing.
std::string OffersText(const abi::PolicyImage& image, const abi::Decision& decision);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_DECISION_TEXT_H_

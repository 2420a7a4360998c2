// Runs of a scenario told step by step: what was decided, what it cost, what was left.
#ifndef BYLAW_TOOLS_BYLAW_STORY_H_
#define BYLAW_TOOLS_BYLAW_STORY_H_

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "runtime/abi/policy_image.h"
#include "simulator/result.h"

namespace bylaw::cli {

// A line for each attempt and each decision that did not proceed; "" if no run was followed. `from_minutes` is the time
// of day at which the scenario starts.
std::string StoryText(const abi::PolicyImage& image, const simulator::Result& result, int64_t from_minutes);
// `story` of docs/json.md.
nlohmann::json StoryJson(const abi::PolicyImage& image, const simulator::Result& result);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_STORY_H_

// A question to one step that both policies understand: everything in it is named, not numbered.
#ifndef BYLAW_COMPILER_CHANGE_REQUEST_H_
#define BYLAW_COMPILER_CHANGE_REQUEST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::change {

// The value of an input or of a step's output ("amount", "compliance.confidence").
struct Input {
  std::string name;
  abi::SlotType type = abi::SlotType::kText;
  abi::SlotValue value{};          // but not for texts
  std::string text;                // kText
  std::vector<std::string> items;  // kTextList
};

struct Request {
  std::string tenant, workflow, step;
  TimeNs at = 0;
  int64_t remaining_micros = abi::kUnlimitedMicros;
  int64_t budget_micros = abi::kUnlimitedMicros;
  std::vector<std::string> down;  // endpoints; every other one is up
  std::vector<Input> inputs;      // those not listed are absent
  uint32_t attempt = 1;
  int64_t spent_micros = 0;
  DurationNs age_ns = 0;
  bool approved = false;
};

// The answer of an image of either engine; nothing if it does not know the tenant, workflow or step.
std::optional<abi::Decision> Ask(const abi::PolicyImage& image, const Request& request);

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_REQUEST_H_

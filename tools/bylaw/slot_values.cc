#include "tools/bylaw/slot_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "base/check.h"
#include "base/time.h"

namespace bylaw::cli {

using ValueKind = syntax::Value::Kind;

std::optional<engine::Value> SlotValues::Make(const abi::PolicyImage& image, WorkflowId workflow,
                                              const std::string& name, const syntax::Value& value,
                                              std::string* problem) {
  const std::vector<abi::SlotInfo>& slots = image.workflows[workflow.index()].slots;
  const auto slot = std::find_if(slots.begin(), slots.end(), [&](const auto& s) { return s.name == name; });
  if (slot == slots.end()) {
    *problem = fmt::format("the workflow has no value {}", name);
    return std::nullopt;
  }
  const std::optional<abi::SlotValue> made = ToSlot(*slot, value);
  if (!made) {
    *problem = fmt::format("{} is of another type", name);
    return std::nullopt;
  }
  return engine::Value{static_cast<uint32_t>(slot - slots.begin()), *made};
}

std::optional<engine::Value> SlotValues::Make(const abi::PolicyImage& image, WorkflowId workflow,
                                              const syntax::TestGiven& given, std::string* problem) {
  const std::string name = NameOf(given);
  if (const auto* request = std::get_if<syntax::TestGiven::RequestIs>(&given.given)) {
    return Make(image, workflow, name, request->value, problem);
  }
  if (const auto* output = std::get_if<syntax::TestGiven::OutputIs>(&given.given)) {
    return Make(image, workflow, name, output->value, problem);
  }
  return std::nullopt;
}

std::optional<abi::SlotValue> SlotValues::ToSlot(const abi::SlotInfo& slot, const syntax::Value& value) {
  abi::SlotValue out{};
  switch (slot.type) {
    case abi::SlotType::kNumber:
      if (value.kind == ValueKind::kPercent) return out.number = static_cast<double>(value.integer) / 1e6, out;
      if (value.kind != ValueKind::kNumber) return std::nullopt;
      return out.number = value.number, out;
    case abi::SlotType::kCount:
      if (value.kind != ValueKind::kNumber || !value.is_integer) return std::nullopt;
      return out.integer = value.integer, out;
    case abi::SlotType::kMoney:
      if (value.kind != ValueKind::kMoney) return std::nullopt;
      return out.integer = value.integer, out;
    case abi::SlotType::kYesNo:
      if (value.kind != ValueKind::kYesNo) return std::nullopt;
      return out.integer = value.integer, out;
    case abi::SlotType::kDuration:
      if (value.kind != ValueKind::kClock) return std::nullopt;
      return out.integer = value.integer, out;
    case abi::SlotType::kDate:
      if (value.kind != ValueKind::kDate) return std::nullopt;
      return out.integer = DaysFromCivil(value.date) * kDayNs, out;
    case abi::SlotType::kText: {
      if (value.kind != ValueKind::kText && value.kind != ValueKind::kName) return std::nullopt;
      const std::string& bytes = bytes_.emplace_back(value.text);
      out.text = &texts_.emplace_back(abi::Text{bytes.data(), bytes.size()});
      return out;
    }
    case abi::SlotType::kTextList: {
      if (value.kind != ValueKind::kText && value.kind != ValueKind::kName) return std::nullopt;
      const std::string& bytes = bytes_.emplace_back(value.text);
      const abi::Text& item = texts_.emplace_back(abi::Text{bytes.data(), bytes.size()});
      out.list = &lists_.emplace_back(abi::TextList{&item, 1});
      return out;
    }
  }
  BYLAW_UNREACHABLE("slot type");
}

std::string SlotValues::NameOf(const syntax::TestGiven& given) {
  if (const auto* request = std::get_if<syntax::TestGiven::RequestIs>(&given.given)) return request->input.text;
  if (const auto* output = std::get_if<syntax::TestGiven::OutputIs>(&given.given)) {
    return fmt::format("{}.{}", output->step.text, output->output.text);
  }
  return "";
}

}  // namespace bylaw::cli

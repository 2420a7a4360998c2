#include "runtime/engine/run_layout.h"

#include <cstring>
#include <type_traits>

#include "base/check.h"

namespace bylaw::engine {
namespace {

static_assert(std::is_trivially_copyable_v<KeptHeader> && sizeof(KeptHeader) == 56, "kept as it is in memory");

void Put(std::string* out, uint32_t number) { out->append(reinterpret_cast<const char*>(&number), sizeof(number)); }

void Put(std::string* out, const std::vector<std::string>& texts) {
  Put(out, static_cast<uint32_t>(texts.size()));
  for (const std::string& text : texts) {
    Put(out, static_cast<uint32_t>(text.size()));
    *out += text;
  }
}

bool Take(std::string_view* bytes, uint32_t* number) {
  if (bytes->size() < sizeof(*number)) return false;
  std::memcpy(number, bytes->data(), sizeof(*number));
  bytes->remove_prefix(sizeof(*number));
  return true;
}

bool Take(std::string_view* bytes, std::vector<std::string>* texts) {
  uint32_t count = 0;
  if (!Take(bytes, &count)) return false;
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t size = 0;
    if (!Take(bytes, &size) || bytes->size() < size) return false;
    texts->emplace_back(bytes->substr(0, size));
    bytes->remove_prefix(size);
  }
  return true;
}

}  // namespace

RunLayout LayoutOf(const abi::PolicyImage& image, const WorkflowPlan& plan) {
  const abi::WorkflowInfo& info = image.workflows[plan.workflow.index()];
  RunLayout layout;
  layout.workflow = info.name;
  for (const abi::StepInfo& step : info.steps) layout.steps.push_back(step.name);
  for (const abi::SlotInfo& slot : info.slots) {
    layout.slots.push_back(slot.name);
    layout.slot_types.push_back(static_cast<uint8_t>(slot.type));
  }
  for (const abi::EndpointInfo& endpoint : image.endpoints) layout.endpoints.push_back(endpoint.name);
  for (const StepPlan& step : plan.steps) {
    if (step.replan_counter == kNoPosition) continue;
    if (layout.counters.size() <= step.replan_counter) layout.counters.resize(step.replan_counter + 1u);
    layout.counters[step.replan_counter] = info.steps[step.step.index()].name;
  }
  layout.values_at = plan.values_at;
  layout.used_at = plan.used_at;
  layout.counters_at = plan.counters_at;
  layout.block_words = plan.block_words;
  return layout;
}

std::string Encode(const RunLayout& layout) {
  std::string out;
  Put(&out, std::vector<std::string>{layout.workflow});
  Put(&out, layout.steps);
  Put(&out, layout.slots);
  out.append(layout.slot_types.begin(), layout.slot_types.end());
  Put(&out, layout.endpoints);
  Put(&out, layout.counters);
  for (const uint32_t number : {layout.values_at, layout.used_at, layout.counters_at, layout.block_words}) {
    Put(&out, number);
  }
  return out;
}

std::optional<RunLayout> DecodeLayout(std::string_view bytes) {
  RunLayout layout;
  std::vector<std::string> workflow;
  if (!Take(&bytes, &workflow) || workflow.size() != 1) return std::nullopt;
  layout.workflow = workflow[0];
  if (!Take(&bytes, &layout.steps) || !Take(&bytes, &layout.slots)) return std::nullopt;
  if (bytes.size() < layout.slots.size()) return std::nullopt;
  layout.slot_types.assign(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(layout.slots.size()));
  bytes.remove_prefix(layout.slots.size());
  if (!Take(&bytes, &layout.endpoints) || !Take(&bytes, &layout.counters)) return std::nullopt;
  for (uint32_t* number : {&layout.values_at, &layout.used_at, &layout.counters_at, &layout.block_words}) {
    if (!Take(&bytes, number)) return std::nullopt;
  }
  const bool fits = bytes.empty() && layout.values_at * 64 >= layout.slots.size() &&
                    layout.used_at == layout.values_at + layout.slots.size() &&
                    (layout.counters_at - layout.used_at) * 64 >= layout.endpoints.size() &&
                    (layout.block_words - layout.counters_at) * 4 >= layout.counters.size();
  return fits ? std::optional(layout) : std::nullopt;
}

std::string Encode(const std::vector<std::string>& texts) {
  std::string out;
  Put(&out, texts);
  return out;
}

std::optional<std::vector<std::string>> DecodeTexts(std::string_view bytes) {
  std::vector<std::string> texts;
  if (!Take(&bytes, &texts) || !bytes.empty()) return std::nullopt;
  return texts;
}

std::string Encode(const KeptHeader& header, const uint64_t* block, uint32_t words) {
  std::string out(sizeof(header) + words * sizeof(uint64_t), '\0');
  std::memcpy(out.data(), &header, sizeof(header));
  std::memcpy(out.data() + sizeof(header), block, words * sizeof(uint64_t));
  return out;
}

std::optional<KeptState> DecodeState(std::string_view bytes) {
  KeptState state;
  if (bytes.size() < sizeof(state.header) || bytes.size() % sizeof(uint64_t) != 0) return std::nullopt;
  std::memcpy(&state.header, bytes.data(), sizeof(state.header));
  bytes.remove_prefix(sizeof(state.header));
  state.block.resize(bytes.size() / sizeof(uint64_t));
  std::memcpy(state.block.data(), bytes.data(), bytes.size());
  return state;
}

}  // namespace bylaw::engine

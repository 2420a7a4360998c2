#include "runtime/engine/tables.h"

#include <algorithm>
#include <string_view>

#include "base/check.h"

namespace bylaw::engine {
namespace {

// What is assumed of a step that states no duration, nor any endpoint that could serve it.
constexpr DurationNs kUnstatedStepNs = kSecondNs;

// "compliance.confidence" is given by step compliance. Step names may contain dots, names of outputs may not.
uint16_t GiverOf(const abi::WorkflowInfo& info, std::string_view slot) {
  const std::string_view step_name = slot.substr(0, slot.rfind('.'));
  for (size_t position = 0; position < info.order.size(); ++position) {
    if (info.steps[info.order[position].index()].name == step_name) return static_cast<uint16_t>(position);
  }
  return kNoPosition;
}

WorkflowPlan PlanOf(const abi::PolicyImage& image, WorkflowId id) {
  const abi::WorkflowInfo& info = image.workflows[id.index()];
  BYLAW_CHECK(info.order.size() == info.steps.size() && info.order.size() < kNoPosition, "every step has one position");
  WorkflowPlan plan;
  plan.workflow = id;
  plan.input_count = info.input_count;
  std::vector<uint16_t> position_of(info.steps.size());
  for (size_t i = 0; i < info.order.size(); ++i) position_of[info.order[i].index()] = static_cast<uint16_t>(i);
  uint16_t counters = 0;
  for (const StepId step : info.order) {
    const abi::StepInfo& from = info.steps[step.index()];
    StepPlan to;
    to.step = step;
    to.retries_max = from.retries_max;
    to.optional = from.optional;
    to.input_tokens = from.input_tokens;
    to.output_tokens = from.output_tokens;
    if (from.replan_target.valid() && from.replans_max > 0) {
      to.replan_position = position_of[from.replan_target.index()];
      to.replans_max = std::min<uint32_t>(from.replans_max, UINT16_MAX);
      to.replan_counter = counters++;
    }
    plan.takes_about_ns += TakesAbout(image, from);
    plan.steps.push_back(to);
  }
  for (size_t slot = 0; slot < info.slots.size(); ++slot) {
    plan.slot_positions.push_back(slot < info.input_count ? kNoPosition : GiverOf(info, info.slots[slot].name));
  }
  const auto slots = static_cast<uint32_t>(info.slots.size());
  plan.present_words = std::max<uint32_t>(1, (slots + 63) / 64);
  plan.values_at = plan.present_words;
  plan.used_at = plan.values_at + slots;
  plan.counters_at = plan.used_at + static_cast<uint32_t>(std::max<size_t>(1, image.endpoint_words()));
  plan.block_words = plan.counters_at + (counters + 3u) / 4u;
  return plan;
}

}  // namespace

DurationNs TakesAbout(const abi::PolicyImage& image, const abi::StepInfo& step) {
  if (step.takes_about_ns > 0) return step.takes_about_ns;
  DurationNs longest = 0;
  for (const abi::EndpointInfo& endpoint : image.endpoints) {
    if (step.resource.valid() && endpoint.resource == step.resource)
      longest = std::max(longest, endpoint.takes_about_ns);
  }
  return longest > 0 ? longest : kUnstatedStepNs;
}

Tables::Tables(const abi::PolicyImage& image) {
  for (uint32_t i = 0; i < image.workflows.size(); ++i) {
    workflows_.push_back(PlanOf(image, WorkflowId(i)));
    block_words_max_ = std::max(block_words_max_, workflows_.back().block_words);
  }
}

}  // namespace bylaw::engine

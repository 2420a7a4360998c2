#include "compiler/change/request.h"

#include <algorithm>
#include <deque>

namespace bylaw::change {

std::optional<abi::Decision> Ask(const abi::PolicyImage& image, const Request& request) {
  const TenantId tenant = image.FindTenant(request.tenant);
  const WorkflowId workflow = image.FindWorkflow(request.workflow);
  if (!tenant.valid() || !workflow.valid()) return std::nullopt;
  const StepId step = image.FindStep(workflow, request.step);
  if (!step.valid()) return std::nullopt;

  const std::vector<uint64_t> permitted(image.endpoint_words() + 1, ~uint64_t{0});
  std::vector<uint64_t> up = permitted;
  for (const std::string& name : request.down) {
    const EndpointId down = image.FindEndpoint(name);
    if (down.valid()) up[down.index() / 64] &= ~(uint64_t{1} << (down.index() % 64));
  }
  const std::vector<abi::SlotInfo>& infos = image.workflows[workflow.index()].slots;
  std::vector<abi::SlotValue> slots(infos.size() + 1);
  std::vector<uint64_t> present(infos.size() / 64 + 1, 0);
  std::deque<abi::Text> texts;
  std::deque<std::vector<abi::Text>> rows;
  std::deque<abi::TextList> lists;
  for (const Input& input : request.inputs) {
    const auto at = std::find_if(infos.begin(), infos.end(), [&](const abi::SlotInfo& info) {
      return info.name == input.name && info.type == input.type;
    });
    if (at == infos.end()) continue;
    const auto slot = static_cast<size_t>(at - infos.begin());
    slots[slot] = input.value;
    if (input.type == abi::SlotType::kText) {
      slots[slot].text = &texts.emplace_back(abi::Text{input.text.data(), input.text.size()});
    } else if (input.type == abi::SlotType::kTextList) {
      std::vector<abi::Text>& items = rows.emplace_back();
      for (const std::string& item : input.items) items.push_back({item.data(), item.size()});
      slots[slot].list = &lists.emplace_back(abi::TextList{items.data(), items.size()});
    }
    present[slot / 64] |= uint64_t{1} << (slot % 64);
  }
  abi::StepRequest asked;
  asked.wall_now_ns = request.at;
  asked.remaining_micros = request.remaining_micros;
  asked.budget_micros = request.budget_micros;
  asked.up = up.data();
  asked.permitted = permitted.data();
  asked.slots = slots.data();
  asked.present = present.data();
  asked.spent_micros = request.spent_micros;
  asked.age_ns = request.age_ns;
  asked.attempt = request.attempt;
  asked.approved = request.approved ? 1 : 0;
  const abi::TenantRecord& record = image.tenant(tenant);
  const abi::StepEntry& entry = image.shape_workflow(record, workflow).steps[step.index()];
  abi::Decision decision;
  entry.decide(&entry, &record, &asked, &decision);
  return decision;
}

}  // namespace bylaw::change

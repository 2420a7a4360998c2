#include "tests/differential/random_request.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/differential/random_condition.h"

namespace bylaw::differential {

QuestionGenerator::QuestionGenerator(const plan::Plan& plan, uint64_t seed) : plan_(plan), prng_(seed) {
  instants_ = {0};
  for (const auto& program : plan.programs) {
    for (const plan::Call& call : program->calls) {
      for (const plan::Server& server : call.servers) {
        for (size_t i = 1; i < server.spans.size(); ++i) instants_.push_back(server.spans[i].from);
      }
    }
  }
  std::sort(instants_.begin(), instants_.end());
  instants_.erase(std::unique(instants_.begin(), instants_.end()), instants_.end());
  for (const std::string& text : kTexts) texts_.push_back({text.data(), text.size()});
  for (size_t size = 0; size <= 4; ++size) lists_.push_back({texts_.data() + size, size});
  up_.resize(plan.tables.endpoint_words());
  permitted_.resize(plan.tables.endpoint_words());
}

TimeNs QuestionGenerator::RandomNow() {
  if (prng_.Chance(0.1)) return DaysFromCivil({2026, 11, 23}) * kDayNs + prng_.Between(0, 10 * 24 * 60) * kMinuteNs;
  return instants_[prng_.Below(instants_.size())] + prng_.Between(-1, 1);
}

int64_t QuestionGenerator::RandomRemaining(const abi::StepEntry& entry, int64_t budget) {
  const auto& program = *static_cast<const plan::StepProgram*>(entry.program);
  std::vector<int64_t> marks = {0, budget, program.own_cost_micros};
  for (const plan::Call& call : program.calls) {
    for (const plan::Candidate& candidate : call.candidates) {
      marks.push_back(candidate.hi_micros);
      marks.push_back(entry.floor_after_micros + candidate.hi_micros);
    }
  }
  for (const plan::Rung& rung : program.rungs) {
    marks.push_back(rung.is_percent && budget != abi::kUnlimitedMicros ? budget / 1'000'000 * rung.below : rung.below);
  }
  if (prng_.Chance(0.02)) return prng_.Chance(0.5) ? abi::kUnlimitedMicros : std::numeric_limits<int64_t>::min();
  if (prng_.Chance(0.3)) return prng_.Between(-10'000, 500'000);
  const int64_t mark = marks[prng_.Below(marks.size())];
  return mark == abi::kUnlimitedMicros ? mark : mark + prng_.Between(-1, 1);
}

void QuestionGenerator::RandomBits(std::vector<uint64_t>& words, double share) {
  for (uint64_t& word : words) {
    word = 0;
    for (int bit = 0; bit < 64; ++bit) word |= static_cast<uint64_t>(prng_.Chance(share)) << bit;
  }
}

void QuestionGenerator::RandomSlots(const abi::WorkflowInfo& workflow) {
  slots_.assign(workflow.slots.size() + 1, abi::SlotValue{.integer = 0});
  present_.resize(workflow.slots.size() / 64 + 1);
  RandomBits(present_, prng_.Chance(0.5) ? 1.0 : 0.6);
  constexpr double kNumbers[] = {0.0, 0.5, 0.8, 1.0, -3.25, 1e300};
  for (size_t i = 0; i < workflow.slots.size(); ++i) {
    slots_[i].integer = prng_.Between(-2, 9);
    switch (workflow.slots[i].type) {
      case abi::SlotType::kText:
        // What stands behind an absent slot must not matter.
        slots_[i].text = (present_[i / 64] >> (i % 64) & 1) != 0 ? &texts_[prng_.Below(texts_.size())] : nullptr;
        break;
      case abi::SlotType::kTextList:
        slots_[i].list = (present_[i / 64] >> (i % 64) & 1) != 0 ? &lists_[prng_.Below(lists_.size())] : nullptr;
        break;
      case abi::SlotType::kNumber:
        slots_[i].number = prng_.Chance(0.1) ? std::nan("") : kNumbers[prng_.Below(std::size(kNumbers))];
        break;
      case abi::SlotType::kCount:
      case abi::SlotType::kMoney:
      case abi::SlotType::kYesNo:
      case abi::SlotType::kDate:
      case abi::SlotType::kDuration:
        if (prng_.Chance(0.05)) slots_[i].integer = std::numeric_limits<int64_t>::max();
        if (prng_.Chance(0.05)) slots_[i].integer = std::numeric_limits<int64_t>::min();
        break;
    }
  }
}

const Question& QuestionGenerator::Next() {
  const abi::PolicyImage& tables = plan_.tables;
  question_.tenant = TenantId(static_cast<uint32_t>(prng_.Below(tables.tenants.size())));
  question_.workflow = WorkflowId(static_cast<uint32_t>(prng_.Below(tables.workflows.size())));
  const abi::WorkflowInfo& workflow = tables.workflows[question_.workflow.index()];
  question_.step = StepId(static_cast<uint32_t>(prng_.Below(workflow.steps.size())));
  const abi::ShapeWorkflow& row = tables.shape_workflow(tables.tenant(question_.tenant), question_.workflow);
  RandomBits(up_, prng_.Chance(0.5) ? 0.95 : 0.4);
  RandomBits(permitted_, prng_.Chance(0.7) ? 1.0 : 0.5);
  RandomSlots(workflow);
  abi::StepRequest& request = question_.request;
  request.wall_now_ns = RandomNow();
  request.budget_micros = prng_.Chance(0.1) ? abi::kUnlimitedMicros : prng_.Between(0, 5) * 100'000;
  request.remaining_micros = RandomRemaining(row.steps[question_.step.index()], request.budget_micros);
  request.up = up_.data();
  request.permitted = permitted_.data();
  request.slots = slots_.data();
  request.present = present_.data();
  request.spent_micros = prng_.Between(-2, 9);
  request.age_ns = prng_.Between(-2, 9);
  request.attempt = static_cast<uint32_t>(prng_.Between(1, 4));
  request.approved = prng_.Chance(0.3) ? 1 : 0;
  return question_;
}

abi::Decision Ask(const abi::PolicyImage& image, const Question& question) {
  const abi::TenantRecord& tenant = image.tenant(question.tenant);
  const abi::StepEntry& entry = image.shape_workflow(tenant, question.workflow).steps[question.step.index()];
  abi::Decision decision;
  // So that a field that is not written differs.
  std::fill_n(reinterpret_cast<unsigned char*>(&decision), sizeof decision, static_cast<unsigned char>(0xA5));
  entry.decide(&entry, &tenant, &question.request, &decision);
  return decision;
}

}  // namespace bylaw::differential

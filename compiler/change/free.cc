#include "compiler/change/free.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "compiler/plan/eval.h"

namespace bylaw::change {
namespace {

// What the condition means on this side: its text, and what the text stands for.
std::string KeyOf(const StepSide& side, const cel::TypedExpr& condition) {
  std::string key = side.speller->Condition(condition, side.workflow);
  const Reads reads = ReadsOf(condition);
  key += SettingsText(side, reads);
  if (reads.tenant) key += TenantTexts(side);
  if (reads.estimate) key += fmt::format("; estimate {}", side.program().estimate_micros);
  return key;
}

}  // namespace

FreeSteps::FreeSteps(const StepSide& before, const StepSide& after) : before_(before), after_(after) {
  std::vector<std::string> keys;
  Rewrite(before, keys, old_side_);
  Rewrite(after, keys, new_side_);
  count_ = keys.size();
}

void FreeSteps::Rewrite(const StepSide& side, std::vector<std::string>& keys, Side& out) {
  out.program = side.program();
  const auto replace = [&](const cel::TypedExpr*& condition) {
    if (condition == nullptr) return;
    std::string key = KeyOf(side, *condition);
    const auto at = static_cast<size_t>(std::find(keys.begin(), keys.end(), key) - keys.begin());
    if (at == keys.size()) {
      keys.push_back(std::move(key));
      auto read = std::make_unique<cel::TypedExpr>();
      read->op = cel::Op::kSlot;
      read->type = cel::Type::kBool;
      read->slot = static_cast<uint32_t>(at);
      reads_.push_back(std::move(read));
    }
    condition = reads_[at].get();
  };
  replace(out.program.when);
  for (plan::Rule& rule : out.program.rules) replace(rule.when);
  out.entry = side.entry();
  out.entry.program = &out.program;
}

uint64_t FreeSteps::Requests(const Situations& situations) const {
  uint64_t product = situations.instants().size() * situations.remaining().size() * situations.approvals().size() *
                     situations.masks().size();
  for (size_t i = 0; i < count_; ++i) product *= 3;
  return product;
}

void FreeSteps::ForEach(Situations& situations, const std::function<void(const std::vector<Answers>&)>& visit) const {
  std::vector<abi::SlotValue> slots(count_ + 1);
  std::vector<uint64_t> present(count_ / 64 + 1);
  uint64_t assignments = 1;
  for (size_t i = 0; i < count_; ++i) assignments *= 3;
  std::vector<Answers> answers;
  for (uint64_t assignment = 0; assignment < assignments; ++assignment) {
    std::fill(present.begin(), present.end(), 0);
    uint64_t rest = assignment;
    for (size_t i = 0; i < count_; ++i, rest /= 3) {
      slots[i].integer = rest % 3 == 1 ? 1 : 0;
      if (rest % 3 != 2) present[i / 64] |= uint64_t{1} << (i % 64);  // absent: the condition fails
    }
    for (const TimeNs at : situations.instants()) {
      for (const int64_t remaining : situations.remaining()) {
        for (const bool approved : situations.approvals()) {
          answers.clear();
          for (const uint64_t up : situations.masks()) {
            auto [before, after] = situations.Requests({at, remaining, nullptr, approved, up});
            before.slots = after.slots = slots.data();
            before.present = after.present = present.data();
            Answers& asked = answers.emplace_back();
            plan::EvaluateStep(&old_side_.entry, before_.record, &before, &asked.first);
            plan::EvaluateStep(&new_side_.entry, after_.record, &after, &asked.second);
          }
          visit(answers);
        }
      }
    }
  }
}

}  // namespace bylaw::change

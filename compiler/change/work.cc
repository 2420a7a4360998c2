#include "compiler/change/work.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "compiler/change/words.h"
#include "compiler/verify/words.h"

namespace bylaw::change {
namespace {

using sema::Program;
using sema::Step;
using sema::Workflow;

std::vector<std::string> InputsOf(const Workflow& workflow) {
  std::vector<std::string> inputs;
  for (uint32_t i = 0; i < workflow.input_count; ++i) {
    std::string text = fmt::format("{} of type {}", workflow.slots[i].name, static_cast<int>(workflow.slots[i].type));
    for (const std::string& choice : workflow.slots[i].choices) text += "|" + choice;
    inputs.push_back(std::move(text));
  }
  std::sort(inputs.begin(), inputs.end());
  return inputs;
}

// The names of the steps in the order in which they run, those alone that both have.
std::vector<std::string_view> Order(const Workflow& workflow, const Workflow& other) {
  std::vector<std::string_view> names;
  for (const StepId id : workflow.order) {
    const std::string& name = workflow.steps[id.index()].name;
    if (std::any_of(other.steps.begin(), other.steps.end(), [&](const Step& step) { return step.name == name; })) {
      names.push_back(name);
    }
  }
  return names;
}

void CompareTries(const Workflow& before, const Workflow& after, const Step& was, const Step& is,
                  std::vector<Difference>& out) {
  const auto add = [&](const char* kind, const std::string& old_words, const std::string& new_words, int sign,
                       const Step& old_step, const Step& new_step) {
    if (sign == 0) return;
    out.push_back({kind, fmt::format("step {} of {}: {}", is.name, after.name, FromTo(old_words, new_words)),
                   MoreIsLooser(sign), old_step.clause, new_step.clause});
  };
  const auto retries = [](const Step& step) { return step.retries ? step.retries->value : 0; };
  const auto retry_words = [&](const Step& step) {
    return fmt::format("retries at most {}", verify::TimesText(retries(step)));
  };
  const auto sign = [](uint32_t old_count, uint32_t new_count) {
    return new_count > old_count ? 1 : (new_count < old_count ? -1 : 0);
  };
  add("retries", retry_words(was), retry_words(is), sign(retries(was), retries(is)), was, is);
  const auto replans = [](const Step& step) {
    return step.replans && step.replan_target.valid() ? step.replans->value : 0;
  };
  const auto target = [](const Workflow& workflow, const Step& step) {
    return step.replan_target.valid() ? workflow.steps[step.replan_target.index()].name : std::string();
  };
  const std::string old_target = target(before, was), new_target = target(after, is);
  const auto replan_words = [&](const Step& step, const std::string& from) {
    if (replans(step) == 0) return std::string("replans never");
    return fmt::format("replans from {} at most {}", from, verify::TimesText(replans(step)));
  };
  const std::string old_words = replan_words(was, old_target), new_words = replan_words(is, new_target);
  add("replans", old_words, new_words, sign(replans(was), replans(is)), was, is);
  if (replans(was) == replans(is) && replans(is) > 0 && old_target != new_target) {
    out.push_back({"replans", fmt::format("step {} of {}: {}", is.name, after.name, FromTo(old_words, new_words)),
                   Relation::kIncomparable, was.clause, is.clause});
  }
}

}  // namespace

void CompareWorkflow(const Program& old_program, const Program& new_program, WorkflowId after, const WorkMatch& match,
                     std::vector<Difference>& out) {
  const Workflow& is = new_program.workflows[after.index()];
  const Workflow& was = old_program.workflows[match.before.index()];
  const auto add = [&](const char* kind, std::string text) {
    out.push_back({kind, std::move(text), Relation::kIncomparable, was.clause, is.clause});
  };
  if (InputsOf(was) != InputsOf(is)) add("inputs", fmt::format("{} takes other inputs", is.name));
  if (was.lane != is.lane) {
    add("lane", FromTo(fmt::format("{} in lane {}", is.name, abi::LaneText(was.lane)),
                       fmt::format("{} in lane {}", is.name, abi::LaneText(is.lane))));
  }
  std::vector<bool> kept(was.steps.size(), false);
  for (size_t s = 0; s < is.steps.size(); ++s) {
    if (!match.steps[s].valid()) {
      add("steps", fmt::format("{} has a new step {}", is.name, is.steps[s].name));
      continue;
    }
    kept[match.steps[s].index()] = true;
    CompareTries(was, is, was.steps[match.steps[s].index()], is.steps[s], out);
  }
  for (size_t s = 0; s < kept.size(); ++s) {
    if (!kept[s]) add("steps", fmt::format("{} no longer has step {}", is.name, was.steps[s].name));
  }
  if (Order(was, is) != Order(is, was)) add("steps", fmt::format("the steps of {} run in another order", is.name));
}

}  // namespace bylaw::change

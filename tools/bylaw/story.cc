#include "tools/bylaw/story.h"

#include <fmt/format.h>

#include <vector>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/money.h"
#include "tools/bylaw/decision_text.h"

namespace bylaw::cli {
namespace {

using simulator::StoryLine;

class Teller {
 public:
  explicit Teller(const abi::PolicyImage& image) : image_(image) {}

  // "" for a decision whose attempt has a line of its own.
  std::string Sentence(const StoryLine& line) const {
    switch (line.kind) {
      case StoryLine::Kind::kDecided:
        return line.decision.verdict == static_cast<uint8_t>(abi::Verdict::kProceed) ? "" : Refusal(line);
      case StoryLine::Kind::kEnded:
        return Attempt(line);
      case StoryLine::Kind::kFinished:
        return fmt::format("the run is finished, {} spent", Amount(line.cost_micros));
      case StoryLine::Kind::kFailed:
        return "the run has failed";
    }
    BYLAW_UNREACHABLE("a line of a story");
  }

 private:
  const abi::WorkflowInfo& WorkflowOf(const StoryLine& line) const { return image_.workflows[line.workflow.index()]; }
  std::string Step(const StoryLine& line, StepId step) const { return WorkflowOf(line).steps[step.index()].name; }
  std::string Amount(int64_t micros) const { return FormatMoney({micros, image_.currency}); }

  std::string Attempt(const StoryLine& line) const {
    std::string text = fmt::format("{} {}", Step(line, line.step), DecisionText(image_, line.decision));
    if (line.cost_micros > 0) text += fmt::format(", costs {}", Amount(line.cost_micros));
    if (line.cost_micros > 0 && line.left_micros != abi::kUnlimitedMicros) {
      text += fmt::format(", {} left", Amount(line.left_micros));
    }
    if (line.outcome == engine::Outcome::kOk) return text;
    if (!line.next.valid()) return text + "; it fails";
    const bool again = line.next == line.step;
    return text + (again ? "; it fails and is tried again"
                         : fmt::format("; it fails, and the run goes on with {}", Step(line, line.next)));
  }

  std::string Refusal(const StoryLine& line) const {
    const abi::Decision& decision = line.decision;
    std::string text = fmt::format("{} {}", Step(line, line.step), DecisionText(image_, decision));
    if (decision.reason == static_cast<uint8_t>(abi::Reason::kBudget)) {
      text += fmt::format(": it may cost {} of the {} left, and the steps after it need {}", Amount(line.hi_micros),
                          Amount(line.left_micros), Amount(decision.floor_micros));
    }
    const abi::TenantRecord& record = image_.tenant(line.tenant);
    const std::string clause = image_.ClauseText(image_.ResolveClause(record, decision.clause));
    if (!clause.empty()) text += fmt::format(" ({})", clause);
    const std::string offers = OffersText(image_, decision);
    return offers.empty() ? text : text + "; on offer: " + offers;
  }

  const abi::PolicyImage& image_;
};

std::string ClockWithSeconds(int64_t from_minutes, TimeNs at) {
  const int64_t seconds = from_minutes * 60 + at / kSecondNs;
  return fmt::format("{:02}:{:02}:{:02}", seconds / 3'600 % 24, seconds / 60 % 60, seconds % 60);
}

}  // namespace

std::string StoryText(const abi::PolicyImage& image, const simulator::Result& result, int64_t from_minutes) {
  const Teller teller(image);
  std::string text;
  for (uint32_t run = 0;; ++run) {
    bool any = false;
    for (const StoryLine& line : result.story) {
      if (line.run != run) continue;
      if (!any) {
        text += fmt::format("  {} of {}, step by step:\n", image.workflows[line.workflow.index()].name,
                            image.tenant_names[line.tenant.index()]);
      }
      any = true;
      const std::string sentence = teller.Sentence(line);
      if (sentence.empty()) continue;
      text += fmt::format("    {}  {}\n", ClockWithSeconds(from_minutes, line.at_ns), sentence);
    }
    if (!any) return text;
  }
}

nlohmann::json StoryJson(const abi::PolicyImage& image, const simulator::Result& result) {
  const Teller teller(image);
  nlohmann::json story = nlohmann::json::array();
  for (const StoryLine& line : result.story) {
    const std::string sentence = teller.Sentence(line);
    if (sentence.empty()) continue;
    story.push_back({{"at_s", static_cast<double>(line.at_ns) / static_cast<double>(kSecondNs)},
                     {"run", line.run},
                     {"tenant", image.tenant_names[line.tenant.index()]},
                     {"text", sentence},
                     {"cost_micros", line.kind == StoryLine::Kind::kEnded ? line.cost_micros : 0},
                     {"left_micros", line.left_micros == abi::kUnlimitedMicros ? nlohmann::json()
                                                                               : nlohmann::json(line.left_micros)}});
  }
  return story;
}

}  // namespace bylaw::cli

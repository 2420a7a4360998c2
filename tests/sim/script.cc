#include "tests/sim/script.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "tests/sim/world.h"

namespace bylaw::sim {
namespace {

struct Form {
  const char* name;
  std::array<const char*, kEventArguments> arguments;
};
// What is named by number, and how many there are.
constexpr std::pair<std::string_view, int64_t> kCounted[] = {
    {"tenant", kTenants},     {"workflow", kWorkflows}, {"lane", 3},         {"endpoint", kEndpoints},
    {"resource", kResources}, {"outcome", 3},           {"call", kLateCalls}};
constexpr Form kForms[] = {
    {"submit", {"run", "tenant", "workflow", "lane"}},
    {"end", {"run", "outcome", "cost", "tokens"}},
    {"cancel", {"run"}},
    {"answer", {"run", "approve", "who"}},
    {"resume", {"run"}},
    {"health", {"endpoint", "up"}},
    {"revoke", {"endpoint"}},
    {"reload", {"policy"}},
    {"advance", {"ns"}},
    {"jump", {"ns"}},
    {"count", {"tenant", "resource", "calls"}},
    {"break-audit", {}},
    {"die", {"run", "later"}},
    {"late", {"run", "call"}},
    {"restore", {"run", "tenant", "workflow", "step", "spent"}},
    {"commit", {}},
    {"crash", {"writes", "down"}},
    {"erase", {}},
};

// "" or what is wrong with its numbers.
std::string ProblemOf(const Op& op) {
  const Form& form = kForms[static_cast<size_t>(op.event)];
  for (size_t i = 0; i < kEventArguments && form.arguments[i] != nullptr; ++i) {
    for (const auto& [name, count] : kCounted) {
      if (name != form.arguments[i] || (op.arguments[i] >= 0 && op.arguments[i] < count)) continue;
      return fmt::format("{}={} is not among the seed's: 0 to {}", name, op.arguments[i], count - 1);
    }
  }
  return "";
}

bool ParseOp(const std::vector<std::string>& words, Op* op) {
  const auto form =
      std::find_if(std::begin(kForms), std::end(kForms), [&](const Form& f) { return words[0] == f.name; });
  if (form == std::end(kForms)) return false;
  op->event = static_cast<Event>(form - std::begin(kForms));
  for (size_t i = 1; i < words.size(); ++i) {
    const std::vector<std::string> sides = absl::StrSplit(words[i], '=');
    if (i > kEventArguments || sides.size() != 2 || form->arguments[i - 1] == nullptr ||
        form->arguments[i - 1] != sides[0]) {
      return false;
    }
    if (!absl::SimpleAtoi(sides[1], &op->arguments[i - 1])) return false;
  }
  return true;
}

}  // namespace

std::string ToText(const Op& op) {
  const Form& form = kForms[static_cast<size_t>(op.event)];
  std::string text = form.name;
  for (size_t i = 0; i < kEventArguments && form.arguments[i] != nullptr; ++i) {
    text += fmt::format(" {}={}", form.arguments[i], op.arguments[i]);
  }
  return text + '\n';
}

std::string ToText(const Script& script) {
  std::string text = fmt::format("seed {}\n", script.seed);
  for (const Op& op : script.ops) text += ToText(op);
  return text;
}

absl::StatusOr<Script> ParseScript(std::string_view text) {
  Script script;
  bool seeded = false;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(absl::string_view(text.data(), text.size()), '\n')) {
    ++number;
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.empty() || words[0][0] == '#') continue;
    if (words[0] == "seed" && words.size() == 2 && absl::SimpleAtoi(words[1], &script.seed)) {
      seeded = true;
    } else if (!ParseOp(words, &script.ops.emplace_back())) {
      return absl::InvalidArgumentError(fmt::format("line {}: no such event: {}", number, std::string(line)));
    } else if (const std::string problem = ProblemOf(script.ops.back()); !problem.empty()) {
      return absl::InvalidArgumentError(fmt::format("line {}: {}", number, problem));
    }
  }
  if (!seeded) return absl::InvalidArgumentError("a script says `seed N`, which names its policies");
  return script;
}

}  // namespace bylaw::sim

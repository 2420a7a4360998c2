#include "compiler/change/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/money.h"
#include "base/time.h"
#include "compiler/verify/words.h"

namespace bylaw::change {
namespace {

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::string Join(const std::vector<std::string_view>& words, size_t begin, size_t end) {
  std::string text;
  for (size_t i = begin; i < end; ++i) text.append(text.empty() ? "" : " ").append(words[i]);
  return text;
}

}  // namespace

std::string FromTo(std::string_view before, std::string_view after) {
  const std::vector<std::string_view> from = Words(before), to = Words(after);
  const size_t least = std::min(from.size(), to.size());
  size_t head = 0, tail = 0;
  while (head < least && from[head] == to[head]) ++head;
  while (tail < least - head && from[from.size() - 1 - tail] == to[to.size() - 1 - tail]) ++tail;
  if (head + tail >= least) return fmt::format("{} → {}", before, after);
  std::string text = Join(from, 0, head);
  text.append(text.empty() ? "" : " ")
      .append(Join(from, head, from.size() - tail))
      .append(" → ")
      .append(Join(to, head, to.size() - tail));
  const std::string end = Join(from, from.size() - tail, from.size());
  return end.empty() ? text : text + " " + end;
}

std::string CountText(int64_t count) {
  const std::string digits = std::to_string(count);
  const size_t first = count < 0 ? 1 : 0;
  if (digits.size() - first <= 3) return digits;
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > first && (digits.size() - i) % 3 == 0) text += '_';
    text += digits[i];
  }
  return text;
}

std::string ShareText(int64_t ppm) { return fmt::format("{:g}%", static_cast<double>(ppm) / 10'000); }

std::string SlotText(const sema::Program& program, abi::SlotType type, const abi::SlotValue& value) {
  switch (type) {
    case abi::SlotType::kNumber:
      return fmt::format("{:.12g}", value.number);
    case abi::SlotType::kCount:
      return CountText(value.integer);
    case abi::SlotType::kMoney:
      return verify::MoneyText(program, value.integer);
    case abi::SlotType::kText:
      return value.text == nullptr ? "" : std::string(value.text->data, value.text->size);
    case abi::SlotType::kTextList: {
      std::vector<std::string> items;
      for (uint64_t i = 0; value.list != nullptr && i < value.list->size; ++i) {
        items.push_back(fmt::format("\"{}\"", std::string_view(value.list->items[i].data, value.list->items[i].size)));
      }
      return items.empty() ? "nothing" : verify::JoinAnd(items);
    }
    case abi::SlotType::kYesNo:
      return value.integer != 0 ? "yes" : "no";
    case abi::SlotType::kDate:
      return FormatDate(CivilFromDays(value.integer / kDayNs));
    case abi::SlotType::kDuration:
      return FormatDuration(value.integer);
  }
  BYLAW_UNREACHABLE("slot type");
}

std::string SomeNames(const std::vector<std::string>& names, size_t most) {
  if (names.size() <= most) return verify::JoinAnd(names);
  std::vector<std::string> some(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(most));
  some.push_back(fmt::format("{} more", names.size() - most));
  return verify::JoinAnd(some);
}

std::string DecisionText(const abi::PolicyImage& image, const abi::Decision& decision) {
  const auto reason = static_cast<abi::Reason>(decision.reason);
  const std::string because = reason == abi::Reason::kNone ? "" : fmt::format(" because {}", abi::ReasonName(reason));
  const std::string desk =
      decision.reviewers < image.reviewers.size() ? " " + image.reviewers[decision.reviewers].name : std::string();
  switch (static_cast<abi::Verdict>(decision.verdict)) {
    case abi::Verdict::kProceed:
      if (decision.endpoint < image.endpoints.size()) {
        return fmt::format("goes ahead at {}", image.endpoints[decision.endpoint].name);
      }
      return "goes ahead";
    case abi::Verdict::kSkip:
      return "is skipped" + because;
    case abi::Verdict::kWait:
      return "waits" + because;
    case abi::Verdict::kReview:
      if (decision.ask_count == 0) return fmt::format("goes to reviewers{}{}", desk, because);
      return fmt::format("asks {} of reviewers{} first", decision.ask_count, desk);
    case abi::Verdict::kSuspend:
      return "suspends" + because;
    case abi::Verdict::kDeny:
      return "is denied" + because;
  }
  BYLAW_UNREACHABLE("verdict");
}

}  // namespace bylaw::change

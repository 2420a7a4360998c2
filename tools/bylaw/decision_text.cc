#include "tools/bylaw/decision_text.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace bylaw::cli {

std::string DecisionText(const abi::PolicyImage& image, const abi::Decision& decision) {
  constexpr std::string_view kWords[] = {"proceeds", "is skipped", "goes to reviewers",
                                         "waits",    "suspends",   "is denied"};
  std::string text(kWords[decision.verdict]);
  if (decision.reviewers != abi::kNoId && decision.verdict == static_cast<uint8_t>(abi::Verdict::kReview)) {
    if (decision.ask_count > 1) text = fmt::format("goes to {} of reviewers", decision.ask_count);
    text += fmt::format(" {}", image.reviewers[decision.reviewers].name);
  }
  const bool calls = decision.verdict == static_cast<uint8_t>(abi::Verdict::kProceed);
  if (calls && decision.endpoint != abi::kNoId) {
    text += fmt::format(" with {} at {}", image.resources[decision.resource], image.endpoints[decision.endpoint].name);
  }
  const auto reason = static_cast<abi::Reason>(decision.reason);
  if (reason != abi::Reason::kNone) text += fmt::format(" because {}", abi::ReasonName(reason));
  return text;
}

std::string OffersText(const abi::PolicyImage& image, const abi::Decision& decision) {
  std::vector<std::string> offers;
  if ((decision.offers & abi::kOfferCheaperModel) != 0) {
    offers.push_back(fmt::format("use model {}", image.resources[decision.offer_resource]));
  }
  if ((decision.offers & abi::kOfferSkip) != 0) offers.emplace_back("leave the step out");
  if ((decision.offers & abi::kOfferPerson) != 0) {
    offers.push_back(fmt::format("send it to reviewers {}", image.reviewers[decision.offer_reviewers].name));
  }
  std::string text;
  for (size_t i = 0; i < offers.size(); ++i) {
    text += (i == 0 ? "" : i + 1 < offers.size() ? ", " : " or ") + offers[i];
  }
  return text;
}

}  // namespace bylaw::cli

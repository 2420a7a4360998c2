#include "tools/bylaw/last_records.h"

#include <fmt/format.h>

#include <utility>

#include "tools/bylaw/decision_text.h"

namespace bylaw::cli {
namespace {

abi::Decision DecisionOf(const audit::Record& record) {
  abi::Decision decision = abi::ProceedDecision();
  decision.verdict = static_cast<uint8_t>(record.verdict);
  decision.reason = static_cast<uint8_t>(record.reason);
  decision.resource = record.resource;
  decision.endpoint = record.endpoint;
  decision.reviewers = record.reviewers;
  return decision;
}

std::string Where(const abi::PolicyImage& image, const audit::Record& record) {
  if (record.workflow >= image.workflows.size()) return "a workflow that is gone";
  const abi::WorkflowInfo& workflow = image.workflows[record.workflow];
  if (record.step >= workflow.steps.size()) return workflow.name;
  return fmt::format("step {} of {}", workflow.steps[record.step].name, workflow.name);
}

// " (tiers.bylaw:12)", or "".
std::string Sentence(const abi::PolicyImage& image, const audit::Record& record) {
  const bool of_tenant = record.clause != abi::kNoClause && (record.clause & abi::kTenantTerm) != 0;
  if (of_tenant && record.tenant >= image.tenants.size()) return "";
  const abi::TenantRecord none;
  const abi::TenantRecord& tenant = record.tenant < image.tenants.size() ? image.tenants[record.tenant] : none;
  const ClauseId clause = image.ResolveClause(tenant, record.clause);
  if (!clause.valid()) return "";
  const abi::ClauseInfo info = image.clauses[clause.index()];
  return fmt::format(" ({}:{})", info.file.substr(info.file.rfind('/') + 1), info.line);
}

// "" for what is not worth a line.
std::string TextOf(const abi::PolicyImage& image, const audit::Record& record) {
  switch (record.event) {
    case audit::Event::kDecision:
    case audit::Event::kDowngrade:
      return fmt::format("{} {}", Where(image, record), DecisionText(image, DecisionOf(record)));
    case audit::Event::kRefused:
      return fmt::format("a run of {} is refused because {}", Where(image, record), abi::ReasonName(record.reason));
    case audit::Event::kBurst:
      return "bursts above its cap";
    case audit::Event::kCapHit:
      return "is at its cap";
    case audit::Event::kOverrun:
      return fmt::format("{} cost more than was reserved", Where(image, record));
    case audit::Event::kRevocation:
      return "something is revoked";
    case audit::Event::kReload:
      return record.tenant == abi::kNoId ? "a new policy is published"
                                         : fmt::format("{} goes on under the new policy", Where(image, record));
    case audit::Event::kFinished:
    case audit::Event::kParked:
    case audit::Event::kReview:
    case audit::Event::kException:
    case audit::Event::kRestored:
    case audit::Event::kErased:
    case audit::Event::kBasisEnds:
      return "";
    case audit::Event::kSlotLost:
      return fmt::format("{} has lost its worker", Where(image, record));
  }
  return "";
}

}  // namespace

bool LastRecords::Append(const audit::Record& record) {
  const auto image = images_.find(record.epoch);
  if (image == images_.end()) return true;
  std::string text = TextOf(*image->second, record);
  if (text.empty()) return true;
  text += Sentence(*image->second, record);
  Line line{.wall_ns = record.wall_ns, .tenant = "", .text = std::move(text)};
  if (record.tenant < image->second->tenant_names.size()) line.tenant = image->second->tenant_names[record.tenant];
  if (!lines_.empty() && lines_.back().tenant == line.tenant && lines_.back().text == line.text) {
    line.times = lines_.back().times + 1;
    lines_.pop_back();
  }
  lines_.push_back(std::move(line));
  if (lines_.size() > kKept) lines_.pop_front();
  return true;
}

void LastRecords::BeginEpoch(uint32_t epoch, std::shared_ptr<const abi::PolicyImage> image) {
  images_[epoch] = std::move(image);
}

}  // namespace bylaw::cli

#include "runtime/audit/names.h"

#include <fmt/format.h>

#include <utility>

namespace bylaw::audit {
namespace {

template <typename Rows>
std::string NameAt(const Rows& rows, uint32_t id) {
  if (id >= rows.size()) return fmt::format("#{}", id);
  if constexpr (requires { rows[id].name; }) {
    return rows[id].name;
  } else {
    return rows[id];
  }
}

}  // namespace

void Names::BeginEpoch(uint32_t epoch, std::shared_ptr<const abi::PolicyImage> image) {
  epochs_[epoch] = {std::move(image), {}};
}

void Names::EndEpoch(uint32_t epoch) { epochs_.erase(epoch); }

void Names::BeginSegment(const std::vector<std::string>& texts) {
  positions_.clear();
  for (uint32_t i = 0; i < texts.size(); ++i) positions_.emplace(texts[i], i);
  for (auto& [number, epoch] : epochs_) epoch.positions.clear();  // whatever the order
}

uint32_t Names::PositionOfText(std::string text, const Define& define) {
  const auto [at, added] = positions_.try_emplace(std::move(text), static_cast<uint32_t>(positions_.size()));
  if (added) define(at->first);
  return at->second;
}

std::string Names::TextOf(const abi::PolicyImage* image, Kind kind, uint32_t id, uint32_t workflow) {
  if (image == nullptr) return fmt::format("#{}", id);
  switch (kind) {
    case Kind::kTenant:
      return NameAt(image->tenant_names, id);
    case Kind::kWorkflow:
      return NameAt(image->workflows, id);
    case Kind::kStep:
      return workflow < image->workflows.size() ? NameAt(image->workflows[workflow].steps, id) : fmt::format("#{}", id);
    case Kind::kResource:
      return NameAt(image->resources, id);
    case Kind::kEndpoint:
      return NameAt(image->endpoints, id);
    case Kind::kRegion:
      return NameAt(image->regions, id);
    case Kind::kStore:
      return NameAt(image->stores, id);
    case Kind::kReviewers:
      return NameAt(image->reviewers, id);
    case Kind::kClause:
      return id < image->clauses.size() ? image->ClauseText(ClauseId(id)) : fmt::format("#{}", id);
    case Kind::kException:
      return id < image->phases.size() ? image->phases[id].exceptions : fmt::format("#{}", id);
    case Kind::kBasis:  // PositionOfBasis
      break;
  }
  return fmt::format("#{}", id);
}

uint32_t Names::PositionOf(Epoch& epoch, Kind kind, uint32_t id, uint32_t workflow, const Define& define) {
  if (id == abi::kNoId) return abi::kNoId;
  const uint64_t of = kind == Kind::kStep ? workflow & 0xFF'FFFF : 0;
  const auto [at, added] = epoch.positions.try_emplace(uint64_t{static_cast<uint8_t>(kind)} << 56 | of << 32 | id, 0);
  if (added) at->second = PositionOfText(TextOf(epoch.image.get(), kind, id, workflow), define);
  return at->second;
}

// A basis is told in the words of its tenant, on days with exceptions in those that hold then.
uint32_t Names::PositionOfBasis(Epoch& epoch, const Record& record, const abi::TenantRecord& contract,
                                const Define& define) {
  if (record.basis == abi::kNoId) return abi::kNoId;
  const auto text = [&] { return epoch.image->BasisText(contract, record.basis); };
  if (record.exception != abi::kNoId || record.tenant > 0xFF'FFFF) return PositionOfText(text(), define);
  const uint64_t key = uint64_t{static_cast<uint8_t>(Kind::kBasis)} << 56 | uint64_t{record.tenant} << 32;
  const auto [at, added] = epoch.positions.try_emplace(key | record.basis, 0);
  if (added) at->second = PositionOfText(text(), define);
  return at->second;
}

Record Names::Translate(const Record& record, const Define& define) {
  Epoch& epoch = epochs_[record.epoch];
  Record out = record;
  const auto name = [&](Kind kind, uint32_t* id) { *id = PositionOf(epoch, kind, *id, record.workflow, define); };
  const abi::PolicyImage* image = epoch.image.get();
  const abi::TenantRecord* contract = nullptr;
  if (image != nullptr && record.tenant < image->tenants.size()) contract = &image->tenants[record.tenant];
  if (image != nullptr && record.exception < image->phases.size()) contract = &image->phases[record.exception].record;
  if (record.clause != abi::kNoClause && image != nullptr) {
    // A term that each tenant states in its own words.
    if (contract != nullptr) out.clause = image->ResolveClause(*contract, record.clause).value();
    if (contract == nullptr && (record.clause & abi::kTenantTerm) != 0) out.clause = abi::kNoClause;
  }
  out.basis = contract == nullptr ? abi::kNoId : PositionOfBasis(epoch, record, *contract, define);
  name(Kind::kClause, &out.clause);
  name(Kind::kTenant, &out.tenant);
  name(Kind::kWorkflow, &out.workflow);
  name(Kind::kStep, &out.step);
  name(Kind::kResource, &out.resource);
  name(Kind::kEndpoint, &out.endpoint);
  name(Kind::kRegion, &out.region);
  name(Kind::kStore, &out.store);
  name(Kind::kReviewers, &out.reviewers);
  name(Kind::kException, &out.exception);
  return out;
}

}  // namespace bylaw::audit

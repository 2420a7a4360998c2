// Leases on limits: in memory (RateLeases), and what RateGate says of its limits to them.
#include "runtime/engine/rate_leases.h"

#include <algorithm>
#include <cstring>

#include "runtime/abi/planted_bug.h"
#include "runtime/engine/rates.h"

namespace bylaw::engine {
namespace {

// Windows shorter than this are leased for several at once.
constexpr DurationNs kShortWindow = 10 * kSecondNs;

// Of a limit's name in the store: what is in front of its resource's name.
constexpr size_t kFixedBytes = 3 + sizeof(DurationNs);

// A paced limit's first debt lies half way back to the beginning of time.
bool Unused(const limit::Counting& counting) { return counting.until <= kBeginningOfTimeNs / 2; }

}  // namespace

RateLeases::Entry& RateLeases::At(uint32_t number) {
  std::vector<Entry>& entries = number & kQuotaBit ? quotas_ : limits_;
  const uint32_t index = number & ~kQuotaBit;
  if (index >= entries.size()) entries.resize(index + 1);
  return entries[index];
}

const RateLease* RateLeases::Find(uint32_t number) const {
  const std::vector<Entry>& entries = number & kQuotaBit ? quotas_ : limits_;
  const uint32_t index = number & ~kQuotaBit;
  return index < entries.size() ? &entries[index].lease : nullptr;
}

DurationNs RateLeases::Ahead(const Owner& owner) {
  switch (owner.window) {
    case abi::RateWindow::kCalendar:
      return 0;
    case abi::RateWindow::kAnchored:
      return owner.window_ns < kShortWindow ? kSecondNs : 0;
    case abi::RateWindow::kRolling:
      return std::max(kSecondNs, owner.window_ns / 8);
    case abi::RateWindow::kEvenly:
      return kSecondNs;
  }
  return 0;
}

void RateLeases::Extend(uint32_t number, const Owner& owner, const limit::Counting& counting) {
  const DurationNs ahead = Ahead(owner);
  const bool several = owner.window == abi::RateWindow::kAnchored && ahead > 0;
  const auto chunk = static_cast<int64_t>(static_cast<__int128>(counting.quota) * chunk_ppm_ / 1'000'000);
  const int64_t units = several ? counting.quota : std::min(counting.quota, counting.units + chunk);
  At(number).lease = {.units_max = std::max(counting.units, units), .until = AddSaturating(counting.until, ahead)};
  Note(number, owner);
}

void RateLeases::Shrink(uint32_t number, const Owner& owner, const limit::Counting& counting) {
  RateLease& lease = At(number).lease;
  if (lease.units_max == counting.units && lease.until == counting.until) return;
  lease = {.units_max = counting.units, .until = counting.until};
  Note(number, owner);
}

void RateLeases::Note(uint32_t number, const Owner& owner) {
  if (abi::Planted(abi::PlantedBug::kRateLeaseForgotten)) return;
  Entry& entry = At(number);
  if (entry.noted != UINT32_MAX) {
    noted_[entry.noted].lease = entry.lease;
    return;
  }
  entry.noted = static_cast<uint32_t>(noted_.size());
  noted_.push_back({owner, entry.lease});
  noted_numbers_.push_back(number);
}

std::vector<RateLeases::Noted> RateLeases::TakeNoted() {
  for (const uint32_t number : noted_numbers_) At(number).noted = UINT32_MAX;
  noted_numbers_.clear();
  return std::exchange(noted_, {});
}

std::string EncodeLimit(const RateLeases::Owner& owner, std::string_view resource) {
  std::string bytes = {static_cast<char>(owner.tokens), static_cast<char>(owner.window),
                       static_cast<char>(owner.calendar)};
  bytes.append(reinterpret_cast<const char*>(&owner.window_ns), sizeof(owner.window_ns));
  return bytes.append(resource);
}

std::optional<std::pair<RateLeases::Owner, std::string>> DecodeLimit(std::string_view bytes) {
  if (bytes.size() < kFixedBytes) return std::nullopt;
  RateLeases::Owner owner;
  owner.tokens = bytes[0] != 0;
  owner.window = static_cast<abi::RateWindow>(bytes[1]);
  owner.calendar = static_cast<abi::CalendarPeriod>(bytes[2]);
  std::memcpy(&owner.window_ns, &bytes[3], sizeof(owner.window_ns));
  return std::pair(owner, std::string(bytes.substr(kFixedBytes)));
}

limit::Counting RateGate::CountingOf(const Limit& limit) const {
  return limit.quota != UINT32_MAX ? quotas_[limit.quota].CountingOf() : table_.CountingOf(limit.limiter);
}

RateLeases::Owner RateGate::OwnerOf(const Limit& limit, uint32_t owner) const {
  return {.endpoint = limit.of_endpoint,
          .id = owner,
          .resource = limit.resource,
          .tokens = limit.tokens,
          .window = limit.window,
          .calendar = limit.calendar,
          .window_ns = limit.window_ns};
}

void RateGate::Cover(const Limit& limit, const RateCall& call) {
  leases_->Cover(limit.number(), OwnerOf(limit, limit.of_endpoint ? call.endpoint : call.tenant.value()),
                 CountingOf(limit));
}

template <typename Visit>
void RateGate::ForEachOwned(Visit visit) const {
  const auto each = [&](const auto& spans) {
    for (uint32_t owner = 0; owner < spans.size(); ++owner) {
      const Span& span = spans[owner];
      for (uint32_t i = span.begin; i < span.begin + span.count; ++i) visit(limits_[i], OwnerOf(limits_[i], owner));
    }
  };
  each(tenants_);
  each(endpoints_);
}

void RateGate::ShrinkLeases() {
  ForEachOwned([this](const Limit& limit, const RateLeases::Owner& owner) {
    const limit::Counting counting = CountingOf(limit);
    if (!Unused(counting)) leases_->Shrink(limit.number(), owner, counting);
  });
}

std::string RateGate::CheckLeases() const {
  std::string wrong;
  ForEachOwned([&](const Limit& limit, const RateLeases::Owner&) {
    const limit::Counting counting = CountingOf(limit);
    if (Unused(counting)) return;
    const RateLease* lease = leases_->Find(limit.number());
    const bool covered = lease != nullptr && counting.units <= lease->units_max && counting.until <= lease->until;
    if (!covered) wrong = "a limit lets more through than its lease";
  });
  return wrong;
}

// Between two processes time is the wall clock's; a calendar window knows no other.
void RateGate::CarryOver(const RateLeases::Owner& owner, const RateLease& lease, TimeNs now, TimeNs wall_now) {
  const bool calendar = owner.window == abi::RateWindow::kCalendar;
  const limit::Counting counting{
      .units = lease.units_max, .until = calendar ? lease.until : lease.until - (wall_now - now), .quota = 0};
  table_.SetWallOffset(wall_now - now);
  const Span span = owner.endpoint ? endpoints_[owner.id] : tenants_[owner.id];
  for (uint32_t i = span.begin; i < span.begin + span.count; ++i) {
    const Limit& limit = limits_[i];
    const bool same = limit.resource == owner.resource && limit.tokens == owner.tokens &&
                      limit.window == owner.window && limit.calendar == owner.calendar &&
                      limit.window_ns == owner.window_ns;
    if (!same) continue;
    if (limit.quota == UINT32_MAX) {
      table_.CarryOver(limit.limiter, counting, now);
    } else {
      quotas_[limit.quota].SetWallOffset(wall_now - now);
      quotas_[limit.quota].CarryOver(counting, now);
    }
    leases_->CarryOver(limit.number(), {.units_max = counting.units, .until = counting.until});
  }
}

}  // namespace bylaw::engine

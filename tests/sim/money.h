// The simulator's own ledger: what every scope has reserved, holds and has spent, by the language reference and not by
// the engine's counters. It says what must be granted; sums are kept, since it is asked at every step.
#ifndef BYLAW_TESTS_SIM_MONEY_H_
#define BYLAW_TESTS_SIM_MONEY_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "runtime/abi/policy_image.h"
#include "tests/sim/world.h"

namespace bylaw::sim {

// A run's own budget and its part in its months.
struct Purse {
  bool open = false;
  uint32_t tenant = 0;
  bool in_org = false;  // as of its first turn
  int64_t limit = abi::kUnlimitedMicros;
  int64_t spent = 0;
  int64_t pending = 0;
  int64_t floor = 0;
  int64_t given_up = 0;  // by which the floor shrank for the call under way
  int32_t month = 0;     // of the call under way

  int64_t reserve() const { return std::max<int64_t>(0, given_up - pending); }
  int64_t held() const { return floor + (pending > 0 || given_up > 0 ? reserve() : 0); }
  int64_t remaining() const { return limit == abi::kUnlimitedMicros ? limit : limit - pending - spent; }
};

class Money {
 public:
  void SetTenant(uint32_t tenant, bool in_org, int64_t limit) {
    in_org_[tenant] = in_org;
    SetLimit(months_[tenant], limit);
  }
  void SetOrg(int64_t limit) { SetLimit(months_[kOrg], limit); }

  // Whether a run of this tenant whose mandatory steps cost `floor` may be accepted.
  bool Accepts(uint32_t tenant, int64_t floor, int64_t limit_run, int32_t month) const {
    if (floor > limit_run) return false;
    return floor <= AvailableAt(tenant, month) && (!in_org_[tenant] || floor <= AvailableAt(kOrg, month));
  }
  // The first turn: false if the floor cannot be held.
  // `spent`: of its own budget, before a crash.
  bool Open(Purse& purse, uint32_t tenant, int64_t floor, int64_t limit_run, int32_t month, int64_t spent = 0) {
    purse = {.tenant = tenant, .in_org = in_org_[tenant], .limit = limit_run, .spent = spent};
    Advance(purse, month);
    if (Lacks(purse, floor, false)) return false;
    purse.open = true;
    Hold(purse, floor);
    return true;
  }
  // Whether `hi` may be reserved if `floor_after` is to stay payable.
  bool MayReserve(const Purse& purse, int64_t hi, int64_t floor_after, int32_t month) {
    Advance(purse, month);
    return hi == 0 || !Lacks(purse, hi + floor_after - purse.floor, true);
  }
  void Reserve(Purse& purse, int64_t hi, int64_t floor_after, int32_t month) {
    Advance(purse, month);
    const int64_t need = hi + floor_after - purse.floor;
    if (hi == 0 && Lacks(purse, need, false)) {
      floor_after = purse.floor + std::clamp<int64_t>(Room(purse), 0, need);
    }
    const int64_t held_before = purse.held();
    purse.given_up = std::max<int64_t>(0, purse.floor - floor_after);
    purse.floor = floor_after;
    purse.pending = hi;
    purse.month = months_[purse.tenant].month;
    Add(purse, purse.month, hi, 0);
    AddHeld(purse, purse.held() - held_before);
  }
  void Settle(Purse& purse, int64_t actual) { Resolve(purse, actual, purse.floor); }
  void Release(Purse& purse) { Resolve(purse, 0, purse.floor + purse.given_up); }
  // The mandatory rest is another one, as far as it can be held.
  bool SetFloor(Purse& purse, int64_t floor, int32_t month) {
    Advance(purse, month);
    if (Lacks(purse, floor - purse.floor, false)) return false;
    Hold(purse, floor);
    return true;
  }
  void Close(Purse& purse) {
    if (!purse.open) return;
    Settle(purse, purse.pending);
    Hold(purse, 0);
    purse.open = false;
  }

  static constexpr uint32_t kOrg = kTenants;
  // By scope, what each month may have spent, as another process finds it.
  using Carried = std::array<std::map<int32_t, int64_t>, kTenants + 1>;
  // What is taken now is acknowledged.
  void Commit() {
    for (Month& month : months_) {
      const Sums now = month.At(month.month);
      if (now.pending + now.spent > 0) month.committed[month.month] = now.pending + now.spent;
    }
  }
  // Another process goes on from what it has found. Nothing is held any more. "" or what is wrong with it.
  std::string Restart(const Carried& carried) {
    std::string wrong;
    for (uint32_t scope = 0; scope <= kOrg; ++scope) {
      Month& month = months_[scope];
      for (const auto& [m, taken] : month.committed) {
        const auto found = carried[scope].find(m);
        const int64_t known = found == carried[scope].end() ? 0 : found->second;
        if (known < taken)
          wrong = fmt::format("scope {}: {} of a month are taken, only {} are known", scope, taken, known);
      }
      month.held = 0;
      month.month = INT32_MIN;
      month.committed.clear();
      std::map<int32_t, Sums> sums;
      for (const auto& [m, micros] : carried[scope]) {
        if (micros > month.At(m).peak + month.chunk_max)
          wrong = "a crash strands more of a month's budget than a chunk";
        sums[m] = {.pending = 0, .spent = micros, .peak = micros};
        month.month = std::max(month.month, m);
      }
      month.sums = std::move(sums);
    }
    return wrong;
  }

 private:
  struct Sums {
    int64_t pending = 0, spent = 0;
    int64_t peak = 0;  // of both
  };
  struct Month {
    int64_t limit = abi::kUnlimitedMicros;
    int32_t month = INT32_MIN;
    int64_t held = 0;
    int64_t chunk_max = 0;  // that was ever leased ahead
    std::map<int32_t, Sums> sums;
    std::map<int32_t, int64_t> committed;
    Sums At(int32_t m) const {
      const auto it = sums.find(m);
      return it == sums.end() ? Sums{} : it->second;
    }
  };

  static void SetLimit(Month& month, int64_t limit) {
    month.limit = limit;
    const __int128 part = __int128{limit} * kLeaseMonthPpm / 1'000'000;
    const int64_t chunk = limit == abi::kUnlimitedMicros ? 10'000 * kCent : static_cast<int64_t>(part);
    month.chunk_max = std::max(month.chunk_max, chunk);
  }
  int64_t Available(uint32_t scope) const {
    const Month& month = months_[scope];
    const Sums sums = month.At(month.month);
    return month.limit == abi::kUnlimitedMicros ? month.limit : month.limit - month.held - sums.pending - sums.spent;
  }
  int64_t AvailableAt(uint32_t scope, int32_t month) const {
    const Month& is = months_[scope];
    return month > is.month && is.limit != abi::kUnlimitedMicros ? is.limit - is.held : Available(scope);
  }
  // A month never goes back, and both scopes of a run count the same one.
  void Advance(const Purse& purse, int32_t month) {
    Month& tenant = months_[purse.tenant];
    month = std::max(month, tenant.month);
    if (purse.in_org) months_[kOrg].month = month = std::max(month, months_[kOrg].month);
    tenant.month = month;
  }
  static bool Fits(int64_t available, int64_t more) { return more <= 0 || more <= available; }
  bool Lacks(const Purse& purse, int64_t more, bool overdrawn_refuses) const {
    const int64_t own = purse.limit == abi::kUnlimitedMicros ? purse.limit : purse.remaining() - purse.held();
    if (overdrawn_refuses ? more > own : !Fits(own, more)) return true;
    if (!Fits(Available(purse.tenant), more)) return true;
    return purse.in_org && !Fits(Available(kOrg), more);
  }
  int64_t Room(const Purse& purse) const {
    const int64_t own = purse.limit == abi::kUnlimitedMicros ? purse.limit : purse.remaining() - purse.held();
    const int64_t room = std::min(own, Available(purse.tenant));
    return purse.in_org ? std::min(room, Available(kOrg)) : room;
  }
  void Resolve(Purse& purse, int64_t actual, int64_t floor) {
    const int64_t held_before = purse.held();
    Add(purse, purse.month, -purse.pending, actual);
    purse.spent += actual;
    purse.pending = purse.given_up = 0;
    purse.floor = floor;
    AddHeld(purse, purse.held() - held_before);
  }
  void Hold(Purse& purse, int64_t floor) {
    AddHeld(purse, floor - purse.floor);
    purse.floor = floor;
  }
  void Add(const Purse& purse, int32_t month, int64_t pending, int64_t spent) {
    const auto add = [&](Month& is) {
      Sums& sums = is.sums[month];
      sums.pending += pending;
      sums.spent += spent;
      sums.peak = std::max(sums.peak, sums.pending + sums.spent);
    };
    if (pending == 0 && spent == 0) return;
    add(months_[purse.tenant]);
    if (purse.in_org) add(months_[kOrg]);
  }
  void AddHeld(const Purse& purse, int64_t by) {
    months_[purse.tenant].held += by;
    if (purse.in_org) months_[kOrg].held += by;
  }

  std::array<Month, kTenants + 1> months_;
  std::array<bool, kTenants> in_org_ = {};
};

}  // namespace bylaw::sim

#endif  // BYLAW_TESTS_SIM_MONEY_H_

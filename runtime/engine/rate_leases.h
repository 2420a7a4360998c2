// What limits may have let through, as a later process will count it. For runtime/engine/*.cc only.
//
// Of each limit in use a lease is kept: at most so many units may still count, and none of them from a certain time on.
// INVARIANT(rates-leased): what counts of a limit is at most what its lease says, and a lease is durable before
// anything it covers leaves the process (Engine::Await). A later process takes the whole lease as used: a crash can
// hold back the rest of a lease, never let it be used twice. Leases run ahead of what is used, so that most calls write
// nothing: by a part of the limit's number, and where windows are short, by time. Not thread-safe.
#ifndef BYLAW_RUNTIME_ENGINE_RATE_LEASES_H_
#define BYLAW_RUNTIME_ENGINE_RATE_LEASES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "runtime/abi/policy_image.h"
#include "runtime/limit/spec.h"

namespace bylaw::engine {

// Times as in limit::Counting while the engine works, on the wall clock where it is kept.
struct RateLease {
  int64_t units_max = 0;
  TimeNs until = kBeginningOfTimeNs;
};

class RateLeases {
 public:
  // In the number of a shared quota.
  static constexpr uint32_t kQuotaBit = 0x8000'0000u;

  // Whose limit it is, and which: by what stays the same when a policy changes its number.
  struct Owner {
    bool endpoint = false;
    uint32_t id = abi::kNoId;        // TenantId or EndpointId
    uint32_t resource = abi::kNoId;  // none for an endpoint's own
    bool tokens = false;
    abi::RateWindow window = abi::RateWindow::kAnchored;
    abi::CalendarPeriod calendar = abi::CalendarPeriod::kNone;
    DurationNs window_ns = 0;
  };
  struct Noted {
    Owner owner;
    RateLease lease;
  };

  explicit RateLeases(uint32_t chunk_ppm) : chunk_ppm_(chunk_ppm) {}

  // Something has been taken from limit `number` (RateGate's), of which `counting` counts now.
  void Cover(uint32_t number, const Owner& owner, const limit::Counting& counting) {
    const RateLease& lease = At(number).lease;
    if (counting.units <= lease.units_max && counting.until <= lease.until) [[likely]]
      return;
    Extend(number, owner, counting);
  }
  // The lease becomes what counts.
  void Shrink(uint32_t number, const Owner& owner, const limit::Counting& counting);
  // A lease that was kept: known, and not to be kept again.
  void CarryOver(uint32_t number, const RateLease& lease) { At(number).lease = lease; }
  // The number is another limit's from now on. What was noted of the old one is still written.
  void Forget(uint32_t number) { At(number) = {}; }
  const RateLease* Find(uint32_t number) const;

  // Those that have changed since they were last taken, each as it is now.
  std::vector<Noted> TakeNoted();

 private:
  struct Entry {
    RateLease lease;
    uint32_t noted = UINT32_MAX;  // where in noted_
  };
  // How far ahead a lease runs in time.
  static DurationNs Ahead(const Owner& owner);
  Entry& At(uint32_t number);
  void Extend(uint32_t number, const Owner& owner, const limit::Counting& counting);
  void Note(uint32_t number, const Owner& owner);

  uint32_t chunk_ppm_;
  std::vector<Entry> limits_, quotas_;  // by number, without its highest bit
  std::vector<Noted> noted_;
  std::vector<uint32_t> noted_numbers_;
};

// A limit's name in the store, with the name of its resource ("" for an endpoint's own); the rest of it is read back.
std::string EncodeLimit(const RateLeases::Owner& owner, std::string_view resource);
std::optional<std::pair<RateLeases::Owner, std::string>> DecodeLimit(std::string_view bytes);

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_RATE_LEASES_H_

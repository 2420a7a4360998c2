// Of two tenants that wait, neither gets far ahead. Compiled once more with a desk that charges nobody
// (kReviewsUncharged): then it must not hold.
#include <cstdint>
#include <optional>
#include <vector>

#include "base/prng.h"
#include "gtest/gtest.h"
#include "runtime/abi/planted_bug.h"
#include "runtime/review/desk.h"

namespace bylaw::review {
namespace {

#ifdef BYLAW_PLANTED_BUGS
const bool kCharged = (abi::planted_bug = abi::PlantedBug::kReviewsUncharged, false);
#else
constexpr bool kCharged = true;
#endif

// INVARIANT(desk-fair) over random lives: which tenants have questions all the while, and what each got meanwhile.
bool IsFair(uint64_t seed) {
  constexpr uint32_t kTenants = 6;
  Prng prng(seed);
  abi::ReviewersInfo info;
  info.staff = static_cast<uint32_t>(prng.Between(1, 4));
  info.serves = {TierId(2), TierId(0), TierId(1)};
  Desk desk = Desk::Of(info, kMinuteNs, false);
  std::vector<abi::TenantRecord> tenants;
  for (uint32_t t = 0; t < kTenants; ++t) {
    abi::TenantRecord& record = tenants.emplace_back();
    record.tenant = TenantId(t);
    record.tier = TierId(t % 3);
    record.weight = static_cast<uint32_t>(prng.Between(1, 5));
  }
  std::vector<int> waiting(kTenants);
  std::vector<double> got(kTenants);  // reviews over weight since `since`
  std::vector<std::vector<double>> since(kTenants, std::vector<double>(kTenants));
  uint32_t busy = 0;
  for (int i = 0; i < 5'000; ++i) {
    const auto t = static_cast<uint32_t>(prng.Below(kTenants));
    if (prng.Chance(0.5)) {
      const auto answers = static_cast<uint32_t>(prng.Between(1, 3));
      if (waiting[t] == 0) {  // it comes (back): what the others got before does not count
        for (uint32_t other = 0; other < kTenants; ++other) since[t][other] = since[other][t] = got[t] - got[other];
        for (uint32_t other = 0; other < kTenants; ++other) since[other][t] = -since[t][other];
      }
      desk.Ask(tenants[t], t, answers);
      waiting[t] += static_cast<int>(answers);
    }
    if (busy > 0 && prng.Chance(0.6)) {
      desk.End();
      --busy;
    }
    while (const std::optional<uint64_t> run = desk.Begin()) {
      ++busy;
      --waiting[*run];
      got[*run] += 1.0 / tenants[*run].weight;
      for (uint32_t other = 0; other < kTenants; ++other) {
        if (other == *run || waiting[other] == 0) continue;
        const double ahead = got[*run] - got[other] - since[*run][other];
        const double bound =
            1.0 / tenants[*run].weight + 1.0 / tenants[other].weight + 2;  // the last place's head start
        if (ahead > bound + 1e-9) return false;
      }
    }
  }
  return true;
}

TEST(DeskFairnessTest, OfTwoThatWaitNeitherGetsFarAhead) {
  bool fair = true;
  for (uint64_t seed = 1; seed <= 200 && fair; ++seed) fair = IsFair(seed);
  EXPECT_EQ(fair, kCharged);
}

}  // namespace
}  // namespace bylaw::review

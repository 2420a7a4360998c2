// Texts that reach across tenants. Compiled by ctest, one BYLAW_CASE each; all but case 0 must be refused.
#include <string_view>

#include "runtime/durable/tenant_data.h"

namespace bylaw::durable {

absl::Status Read(Store& store) {
  const auto ignore = [](std::string_view, std::string_view) {};
  return WithTenant(store, "a", [&](auto a) {
    const auto run_of_a = a.Run({1, 2, 3});
    return WithTenant(store, "b", [&](auto b) {
      const auto run_of_b = b.Run({1, 2, 3});
#if BYLAW_CASE == 0
      return b.ForEachText(run_of_b, ignore);
#elif BYLAW_CASE == 1  // a key of one tenant, another's handle
      return b.ForEachText(run_of_a, ignore);
#elif BYLAW_CASE == 2  // a key out of thin air
      return b.ForEachText(decltype(run_of_b)(RunName{1, 2, 3}), ignore);
#elif BYLAW_CASE == 3  // a handle out of thin air
      return decltype(b)(&store, "a").ForEachText(run_of_b, ignore);
#elif BYLAW_CASE == 4  // bytes straight from the store
      return store.Scan("ta", [](std::string_view, std::string_view) {});
#elif BYLAW_CASE == 5  // bytes straight into a batch
      Batch batch;
      batch.Put("ta", "");
      return absl::OkStatus();
#endif
    });
  });
}

}  // namespace bylaw::durable

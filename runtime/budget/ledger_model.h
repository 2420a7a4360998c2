// The ledger by definition, for tests: a list of everything that was ever reserved, and sums over it whenever somebody
// asks. No scope keeps a number of its own, so none can be forgotten.
#ifndef BYLAW_RUNTIME_BUDGET_LEDGER_MODEL_H_
#define BYLAW_RUNTIME_BUDGET_LEDGER_MODEL_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "runtime/budget/ledger.h"

namespace bylaw::budget {

class LedgerModel {
 public:
  struct Reservation {
    uint64_t run;
    uint16_t step;
    int32_t month;
    int64_t hi;
    int64_t given_up;
    int64_t charged = 0;
    bool open = true;
    bool released = false;
  };
  struct Run {
    int tenant;
    int64_t limit;
    int64_t floor;
    bool open = true;
  };
  // Tenants 0 and 1 belong to the org, tenant 2 to none.
  static constexpr int kTenants = 3;
  static bool InOrg(int tenant) { return tenant < 2; }

  std::vector<int64_t> tenant_limit = std::vector<int64_t>(kTenants, kUnlimitedMicros);
  int64_t org_limit = kUnlimitedMicros;
  std::vector<int32_t> tenant_month = std::vector<int32_t>(kTenants, 0);
  int32_t org_month = 0;
  std::map<uint64_t, Run> runs;
  std::vector<Reservation> reservations;

  void Advance(int tenant, int32_t month) {
    if (InOrg(tenant)) org_month = month = std::max(month, org_month);
    tenant_month[static_cast<size_t>(tenant)] = month = std::max(month, tenant_month[static_cast<size_t>(tenant)]);
    if (InOrg(tenant)) org_month = month;
  }
  Account OfRun(uint64_t id) const {
    Account sum{.limit = runs.at(id).limit, .pending = 0, .held = Held(id), .spent = 0};
    for (const Reservation& r : reservations) {
      if (r.run == id) sum.Add(r.open ? r.hi : 0, 0, r.charged);
    }
    return sum;
  }
  template <typename Belongs>
  Account Sum(int64_t limit, int32_t month, Belongs belongs) const {
    Account sum{.limit = limit, .pending = 0, .held = 0, .spent = 0};
    for (const auto& [id, run] : runs) {
      if (belongs(run.tenant)) sum.held += Held(id);
    }
    for (const Reservation& r : reservations) {
      if (r.month == month && belongs(runs.at(r.run).tenant)) sum.Add(r.open ? r.hi : 0, 0, r.charged);
    }
    return sum;
  }
  Account OfTenant(int tenant) const {
    return Sum(tenant_limit[static_cast<size_t>(tenant)], tenant_month[static_cast<size_t>(tenant)],
               [=](int other) { return other == tenant; });
  }
  Account OfOrg() const { return Sum(org_limit, org_month, InOrg); }
  // The innermost scope that lacks `more`.
  Scope Lacking(int tenant, const Account& workflow, int64_t more, bool strict) const {
    const auto lacks = [=](const Account& account) {
      return account.limit != kUnlimitedMicros && more > account.limit - account.pending - account.held - account.spent;
    };
    if ((more > 0 || strict) && lacks(workflow)) return Scope::kWorkflow;
    if (more > 0 && lacks(OfTenant(tenant))) return Scope::kTenantMonth;
    if (more > 0 && InOrg(tenant) && lacks(OfOrg())) return Scope::kOrgMonth;
    return Scope::kNone;
  }
  Reservation* Find(uint64_t run, uint16_t step) {
    for (Reservation& r : reservations) {
      if (r.run == run && r.step == step) return &r;
    }
    return nullptr;
  }

 private:
  int64_t Held(uint64_t id) const {
    const Run& run = runs.at(id);
    if (!run.open) return 0;
    int64_t held = run.floor;
    for (const Reservation& r : reservations) {
      if (r.run == id && r.open) held += std::max<int64_t>(0, r.given_up - r.hi);
    }
    return held;
  }
};

}  // namespace bylaw::budget

#endif  // BYLAW_RUNTIME_BUDGET_LEDGER_MODEL_H_

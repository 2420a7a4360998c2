// The ledger's sums, recomputed from its runs.

#include <fmt/format.h>

#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "runtime/budget/ledger.h"

namespace bylaw::budget {
namespace {

// What the open runs say should be in one scope: by month what is pending and at least spent; and what is held.
struct ExpectedScope {
  std::map<int32_t, std::pair<int64_t, int64_t>> months;
  int64_t held = 0;
};

std::string CompareScope(std::string_view name, size_t index, const MonthAccounts& scope,
                         const ExpectedScope& expected) {
  std::map<int32_t, Account> accounts(scope.earlier().begin(), scope.earlier().end());
  accounts[scope.month()] = scope.current();
  for (const auto& [month, sums] : expected.months) accounts.try_emplace(month);
  for (const auto& [month, account] : accounts) {
    const auto it = expected.months.find(month);
    const auto [pending, spent] = it == expected.months.end() ? std::pair<int64_t, int64_t>() : it->second;
    const int64_t held = month == scope.month() ? expected.held : 0;
    if (account.pending != pending || account.held != held || account.spent < spent) {
      return fmt::format("{} {} month {}: pending {} held {} spent {}, but its runs say {}, {} and at least {}", name,
                         index, month, account.pending, account.held, account.spent, pending, held, spent);
    }
  }
  return "";
}

}  // namespace

std::string Ledger::CheckConsistency() const {
  std::vector<ExpectedScope> tenants(tenants_.size());
  std::vector<ExpectedScope> orgs(orgs_.size());
  ExpectedScope nowhere;
  size_t open = 0;
  for (size_t i = 0; i < runs_.size(); ++i) {
    const Run& run = runs_[i];
    if (!run.open) continue;
    ++open;
    ExpectedScope& tenant = tenants[run.tenant.index()];
    ExpectedScope& org = run.org.valid() ? orgs[run.org.index()] : nowhere;
    Account sums{.limit = run.account.limit, .pending = 0, .held = run.floor, .spent = run.spent_before};
    ForEachEntry(run, [&](const Entry& entry) {
      const bool is_open = entry.state == State::kOpen;
      sums.Add(is_open ? entry.hi : 0, is_open ? entry.reserve() : 0, entry.charged);
      for (ExpectedScope* scope : {&tenant, &org}) {
        scope->months[entry.month].first += is_open ? entry.hi : 0;
        scope->months[entry.month].second += entry.charged;
      }
    });
    if (sums != run.account) {
      return fmt::format("run {}: pending {} held {} spent {}, but its reservations say {}, {} and {}", i,
                         run.account.pending, run.account.held, run.account.spent, sums.pending, sums.held, sums.spent);
    }
    tenant.held += sums.held;
    org.held += sums.held;
  }
  if (open != open_runs()) return fmt::format("{} runs are open, {} places are taken", open, open_runs());
  for (size_t i = 0; i < tenants.size(); ++i) {
    if (std::string wrong = CompareScope("tenant", i, tenants_[i].months, tenants[i]); !wrong.empty()) return wrong;
  }
  for (size_t i = 0; i < orgs.size(); ++i) {
    if (std::string wrong = CompareScope("org", i, orgs_[i], orgs[i]); !wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace bylaw::budget

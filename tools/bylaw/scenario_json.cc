#include "tools/bylaw/scenario_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/money.h"
#include "runtime/metrics/health.h"
#include "simulator/signs.h"
#include "tools/bylaw/looked_at.h"
#include "tools/bylaw/story.h"

namespace bylaw::cli {
namespace {

using nlohmann::json;
using simulator::Result;
using simulator::TenantResult;
using simulator::Window;

// Budgets whose burn-down is told window by window.
constexpr size_t kBudgetsMax = 8;

double Seconds(DurationNs duration) { return static_cast<double>(duration) / static_cast<double>(kSecondNs); }
// Figures of a chart need no more than three decimals.
double Rounded(double value) { return std::round(value * 1'000) / 1'000; }
json OrNull(int64_t value, int64_t none) { return value == none ? json() : json(value); }
json OrNull(std::optional<double> value) { return value ? json(Rounded(*value)) : json(); }

json WaitJson(const simulator::Percentiles& wait) {
  return {
      {"p50", Seconds(wait.p50)}, {"p95", Seconds(wait.p95)}, {"p99", Seconds(wait.p99)}, {"max", Seconds(wait.max)}};
}

json TenantJson(const abi::PolicyImage& image, const simulator::Scenario& scenario, const TenantResult& tenant,
                bool noisy) {
  const abi::TenantRecord& record = image.tenant(tenant.tenant);
  const metrics::TenantSigns signs = SignsOf(image, scenario, tenant);
  json row{{"tenant", image.tenant_names[tenant.tenant.index()]},
           {"submitted", tenant.submitted},
           {"completed", tenant.completed},
           {"failed", tenant.failed},
           {"refused", tenant.refused},
           {"unfinished", tenant.unfinished},
           {"wait", WaitJson(tenant.wait)},
           {"run", WaitJson(tenant.run)},
           {"sla_violations", tenant.sla_violations},
           {"sla_broken", tenant.sla_broken},
           {"excess", tenant.excess},
           {"excess_late", tenant.excess_late},
           {"slot_seconds", tenant.slot_seconds},
           {"spent_micros", tenant.spent_micros},
           {"running_max", tenant.running_max},
           {"waiting_max", tenant.waiting_max}};
  row.update({{"weight", record.weight},
              {"cap", OrNull(record.cap, abi::kUnlimited)},
              {"cap_utilisation", Rounded(tenant.cap_utilisation)},
              {"active_s", Rounded(tenant.active_seconds)},
              {"at_cap_s", Rounded(tenant.at_cap_seconds)},
              {"noisy", noisy},
              {"demand_max", tenant.demand_max},
              {"slow", signs.slow},
              {"bottleneck", metrics::BottleneckName(signs.bottleneck())},
              {"lost_s", json::object()},
              {"attempts", tenant.attempts},
              {"overruns", tenant.overruns},
              {"spent_run_max_micros", tenant.spent_run_max_micros},
              {"budget_workflow_micros", OrNull(record.budget_workflow_micros, abi::kUnlimitedMicros)},
              {"budget_month_micros", OrNull(record.budget_month_micros, abi::kUnlimitedMicros)},
              {"promised", json()}});
  for (size_t i = 1; i < metrics::kBottlenecks; ++i) {
    const auto bottleneck = static_cast<metrics::Bottleneck>(i);
    if (bottleneck == metrics::Bottleneck::kRefused) continue;
    row["lost_s"][std::string(metrics::BottleneckName(bottleneck))] = Rounded(signs.lost_s[i]);
  }
  if (!scenario.promises.empty() && scenario.promises[tenant.tenant.index()].share_ppm > 0) {
    const simulator::Promise& promise = scenario.promises[tenant.tenant.index()];
    row["promised"] = {{"share", promise.share_ppm * 1e-6}, {"within_s", Seconds(promise.within_ns)}};
  }
  return row;
}

json HealthJson(const metrics::Health& health) {
  json signals = json::array();
  for (const metrics::Judgement& judged : health.signals) {
    signals.push_back({{"signal", metrics::SignalName(judged.signal)},
                       {"value", judged.applies ? json(judged.value) : json()},
                       {"state", metrics::StateName(judged.state)}});
  }
  const bool shared = health.shared != metrics::Bottleneck::kNone;
  return {{"verdict", metrics::StateName(health.state)},
          {"signals", std::move(signals)},
          {"slow", health.slow},
          {"shared_bottleneck", shared ? json(metrics::BottleneckName(health.shared)) : json()},
          {"shared_by", health.shared_by},
          {"budget_utilisation_variance", health.budget_utilisation_variance}};
}

// A budget of a month, and the tenants that pay from it.
struct MonthBudget {
  std::string who;
  const char* scope;
  int64_t limit_micros;
  simulator::Group payers = {};
  int64_t spent_micros = 0;
  double used() const {
    return static_cast<double>(spent_micros) / static_cast<double>(std::max<int64_t>(1, limit_micros));
  }
};

// The ones most spent of first.
std::vector<MonthBudget> MonthBudgetsOf(const abi::PolicyImage& image, const Result& result) {
  std::vector<MonthBudget> budgets;
  std::vector<simulator::Group> members(image.orgs.size());
  for (size_t i = 0; i < result.tenants.size(); ++i) {
    const TenantId tenant = result.tenants[i].tenant;
    const abi::TenantRecord& record = image.tenant(tenant);
    if (record.org.valid()) members[record.org.index()].push_back(i);
    if (record.budget_month_micros == abi::kUnlimitedMicros) continue;
    budgets.push_back({image.tenant_names[tenant.index()], "tenant-month", record.budget_month_micros, {i}});
  }
  for (size_t i = 0; i < members.size(); ++i) {
    const abi::OrgInfo& org = image.orgs[i];
    if (org.budget_month_micros == abi::kUnlimitedMicros || members[i].empty()) continue;
    budgets.push_back({org.name, "org-month", org.budget_month_micros, std::move(members[i])});
  }
  for (MonthBudget& budget : budgets) {
    for (const size_t payer : budget.payers) {
      for (const Window& window : result.tenants[payer].windows) budget.spent_micros += window.spent_micros;
    }
  }
  std::stable_sort(budgets.begin(), budgets.end(),
                   [](const MonthBudget& a, const MonthBudget& b) { return a.used() > b.used(); });
  return budgets;
}

json SpentJson(const std::vector<Window>& windows) {
  json spent = json::array();
  int64_t sum = 0;
  for (const Window& window : windows) spent.push_back(sum += window.spent_micros);
  return spent;
}

json BudgetsJson(const abi::PolicyImage& image, const Result& result) {
  json rows = json::array();
  for (const MonthBudget& budget : MonthBudgetsOf(image, result)) {
    if (rows.size() == kBudgetsMax) break;
    rows.push_back({{"who", budget.who},
                    {"scope", budget.scope},
                    {"limit_micros", budget.limit_micros},
                    {"spent_micros", budget.spent_micros},
                    {"used", budget.used()},
                    {"spent", SpentJson(WindowsOf(result, budget.payers))}});
  }
  return rows;
}

json GroupJson(const abi::PolicyImage& image, const Result& result, const LookedAt& row, bool noisy) {
  const std::vector<Window> windows = WindowsOf(result, row.group);
  const double window_ns = static_cast<double>(std::max<DurationNs>(1, result.window_ns));
  double cap = 0;  // of all of them
  for (const size_t i : row.group) {
    const uint32_t own = image.tenant(result.tenants[i].tenant).cap;
    cap += own == abi::kUnlimited ? std::numeric_limits<double>::infinity() : own;
  }
  json slots = json::array(), waiting = json::array(), utilisation = json::array(), wait = json::array();
  for (const Window& window : windows) {
    slots.push_back(Rounded(static_cast<double>(window.slot_ns) / window_ns));
    waiting.push_back(Rounded(static_cast<double>(window.waiting_ns) / window_ns));
    utilisation.push_back(std::isfinite(cap) && cap > 0
                              ? json(Rounded(static_cast<double>(window.at_once_ns) / window_ns / cap))
                              : json());
    wait.push_back(window.completed == 0 ? json() : json(Rounded(Seconds(window.wait_ns) / window.completed)));
  }
  return {{"who", row.who},
          {"tenants", row.group.size()},
          {"named", row.named},
          {"noisy", noisy},
          {"slots", std::move(slots)},
          {"waiting", std::move(waiting)},
          {"cap_utilisation", std::move(utilisation)},
          {"wait_s", std::move(wait)},
          {"spent_micros", SpentJson(windows)}};
}

json CorrelationJson(const Result& result, const std::vector<LookedAt>& rows) {
  std::vector<std::vector<Window>> windows;
  for (const LookedAt& row : rows) windows.push_back(WindowsOf(result, row.group));
  json rho = json::array(), lag = json::array(), beyond = json::array();
  for (const std::vector<Window>& usage : windows) {
    json rhos = json::array(), lags = json::array(), beyonds = json::array();
    for (const std::vector<Window>& latency : windows) {
      const auto found = simulator::Correlation(usage, latency);
      rhos.push_back(OrNull(found ? std::optional(found->rho) : std::nullopt));
      lags.push_back(found ? json(Seconds(static_cast<DurationNs>(found->lag) * result.window_ns)) : json());
      beyonds.push_back(found && found->beyond_chance());
    }
    rho.push_back(std::move(rhos));
    lag.push_back(std::move(lags));
    beyond.push_back(std::move(beyonds));
  }
  return {{"rho", std::move(rho)}, {"lag_s", std::move(lag)}, {"beyond_chance", std::move(beyond)}};
}

json SharedJson(const abi::PolicyImage& image, const Result& result) {
  json pools = json::array(), reviewers = json::array();
  for (const simulator::PoolResult& pool : result.pools) {
    const abi::PoolInfo& info = image.pools[pool.pool.index()];
    pools.push_back({{"pool", info.name}, {"slots", info.slots}, {"busy", Rounded(pool.busy)}, {"full", pool.full}});
  }
  for (const simulator::ReviewersResult& asked : result.reviewers) {
    const abi::ReviewersInfo& info = image.reviewers[asked.reviewers.index()];
    reviewers.push_back(
        {{"reviewers", info.name}, {"staff", info.staff}, {"asked", asked.asked}, {"waiting_max", asked.waiting_max}});
  }
  return {{"pools", std::move(pools)}, {"reviewers", std::move(reviewers)}};
}

// All tenants but the noisy ones: what everybody else gets.
json QuietJson(const Result& result, const std::vector<bool>& noisy) {
  std::vector<TenantId> left_out;
  uint64_t broken = 0;
  for (size_t i = 0; i < noisy.size(); ++i) {
    if (noisy[i]) left_out.push_back(result.tenants[i].tenant);
    broken += !noisy[i] && result.tenants[i].sla_broken;
  }
  return {{"tenants", noisy.size() - left_out.size()},
          {"wait", WaitJson(result.WaitOfOthers(left_out))},
          {"sla_broken", broken}};
}

json StrategyJson(const abi::PolicyImage& image, const ScenarioReport& report, const Result& result,
                  const std::vector<LookedAt>& rows) {
  const simulator::Scenario& scenario = report.prepared.scenario;
  json row{{"strategy", StrategyName(result.strategy)},
           {"tenants", json::array()},
           {"jain", result.jain},
           {"makespan_s", Seconds(result.makespan_ns)},
           {"max_service_difference", result.max_service_difference},
           {"avg_service_difference", result.avg_service_difference},
           {"engine_calls", result.engine_calls},
           {"trace_hash", fmt::format("{:016x}", result.trace_hash)},
           {"timeline", json::array()},
           {"story", StoryJson(image, result)},
           {"health", HealthJson(metrics::Judge(SignsOf(image, scenario, result)))},
           {"correlation", CorrelationJson(result, rows)},
           {"budgets", BudgetsJson(image, result)}};
  row.update(SharedJson(image, result));
  const std::vector<bool> noisy = NoisyTenants(image, report);
  row["quiet"] = QuietJson(result, noisy);
  for (size_t i = 0; i < result.tenants.size(); ++i) {
    row["tenants"].push_back(TenantJson(image, scenario, result.tenants[i], noisy[i]));
  }
  for (const simulator::TimelineEvent& event : result.timeline) {
    row["timeline"].push_back({{"at_s", Seconds(event.at_ns)}, {"text", EventText(image, event)}});
  }
  json jain = json::array(), groups = json::array();
  for (const std::optional<double>& value : JainAmongWaiting(image, result)) jain.push_back(OrNull(value));
  for (const LookedAt& looked : rows) {
    groups.push_back(GroupJson(image, result, looked, looked.one && noisy[looked.group.front()]));
  }
  row["series"] = {{"window_s", Seconds(result.window_ns)}, {"jain", std::move(jain)}, {"groups", std::move(groups)}};
  return row;
}

}  // namespace

json ScenarioJson(const abi::PolicyImage& image, const ScenarioReport& report) {
  const std::vector<LookedAt> rows = WhomToLookAt(image, report);
  json strategies = json::array();
  for (const Result& result : report.results) strategies.push_back(StrategyJson(image, report, result, rows));
  return {{"scenario", report.prepared.scenario.name},
          {"from_minutes", report.prepared.from_minutes},
          {"duration_s", Seconds(report.prepared.scenario.duration_ns)},
          {"currency", CurrencySymbol(image.currency)},
          {"strategies", std::move(strategies)}};
}

}  // namespace bylaw::cli

#include "tools/bylaw/simulate_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/check.h"
#include "tools/bylaw/story.h"

namespace bylaw::cli {
namespace {

using simulator::EventKind;
using simulator::Result;
using simulator::TenantResult;
using simulator::TimelineEvent;

constexpr size_t kTimelineLinesMax = 14;

double Seconds(DurationNs duration) { return static_cast<double>(duration) / static_cast<double>(kSecondNs); }

// "0 s", "4.2 s", "336 s", "3 h 07 min".
std::string Brief(DurationNs duration) {
  const double seconds = Seconds(duration);
  if (seconds >= 3'600) {
    const int64_t minutes = std::llround(seconds / 60);
    return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
  }
  return seconds >= 10 || seconds == 0 ? fmt::format("{:.0f} s", seconds) : fmt::format("{:.1f} s", seconds);
}

std::string Grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string Clock(const ScenarioReport& report, TimeNs at) {
  const int64_t minutes = report.prepared.from_minutes + at / kMinuteNs;
  return fmt::format("{:02}:{:02}", minutes / 60 % 24, minutes % 60);
}

bool IsNamed(const ScenarioReport& report, TenantId tenant) {
  const auto& named = report.prepared.named;
  return std::find(named.begin(), named.end(), tenant) != named.end();
}

// One row: a tenant, or all those without a load of their own together.
struct Row {
  std::string who;
  uint64_t submitted = 0, completed = 0, refused = 0, violations = 0, broken = 0, excess = 0, excess_late = 0;
  simulator::Percentiles wait;
};

Row RowOf(const abi::PolicyImage& image, const TenantResult& tenant) {
  return {image.tenant_names[tenant.tenant.index()],
          tenant.submitted,
          tenant.completed,
          tenant.refused,
          tenant.sla_violations,
          tenant.sla_broken ? 1u : 0u,
          tenant.excess,
          tenant.excess_late,
          tenant.wait};
}

Row OthersRow(const ScenarioReport& report, const Result& result) {
  Row row;
  size_t count = 0;
  for (const TenantResult& tenant : result.tenants) {
    if (IsNamed(report, tenant.tenant)) continue;
    ++count;
    row.submitted += tenant.submitted;
    row.completed += tenant.completed;
    row.refused += tenant.refused;
    row.violations += tenant.sla_violations;
    row.broken += tenant.sla_broken ? 1 : 0;
    row.excess += tenant.excess;
    row.excess_late += tenant.excess_late;
  }
  row.who = report.prepared.named.empty() ? fmt::format("all {}", count) : fmt::format("the other {}", count);
  row.wait = result.WaitOfOthers(report.prepared.named);
  return row;
}

std::vector<Row> RowsOf(const abi::PolicyImage& image, const ScenarioReport& report, const Result& result) {
  std::vector<Row> rows;
  bool others = false;
  for (const TenantResult& tenant : result.tenants) {
    if (IsNamed(report, tenant.tenant)) {
      rows.push_back(RowOf(image, tenant));
    } else {
      others = true;
    }
  }
  if (others) rows.insert(rows.begin(), OthersRow(report, result));
  return rows;
}

std::string Table(const Options& options, const abi::PolicyImage& image, const ScenarioReport& report) {
  size_t who_width = 8;
  for (const Row& row : RowsOf(image, report, report.results[0])) who_width = std::max(who_width, row.who.size());
  std::string text = Paint(options, "1",
                           fmt::format("  {:<12} {:<{}} {:>9} {:>9} {:>8} {:>12} {:>12} {:>12} {:>9} {:>10}\n",
                                       "strategy", "tenants", who_width, "submitted", "completed", "refused",
                                       "wait p50", "wait p95", "wait max", "SLA late", "SLA broken"));
  for (const Result& result : report.results) {
    std::string_view strategy = StrategyName(result.strategy);
    for (const Row& row : RowsOf(image, report, result)) {
      text += fmt::format("  {:<12} {:<{}} {:>9} {:>9} {:>8} {:>12} {:>12} {:>12} {:>9} {:>10}\n", strategy, row.who,
                          who_width, Grouped(row.submitted), Grouped(row.completed), Grouped(row.refused),
                          Brief(row.wait.p50), Brief(row.wait.p95), Brief(row.wait.max), Grouped(row.violations),
                          Grouped(row.broken));
      if (row.excess > 0) {
        text += fmt::format("  {:<12} {:<{}} {:>9} beyond the declared volume, reported apart: {} of them late\n", "",
                            "", who_width, Grouped(row.excess), Grouped(row.excess_late));
      }
      strategy = "";
    }
    text += fmt::format("  {:<12} {:<{}} done at {}, Jain's index {:.3f}\n", "", "", who_width,
                        Clock(report, result.makespan_ns), result.jain);
  }
  return text;
}

// What happened, under the last strategy (policy, unless told otherwise).
std::string Timeline(const abi::PolicyImage& image, const ScenarioReport& report) {
  const Result& result = report.results.back();
  std::string text;
  size_t lines = 0;
  for (const TimelineEvent& event : result.timeline) {
    if (event.tenant.valid() && !report.prepared.named.empty() && !IsNamed(report, event.tenant)) continue;
    if (++lines > kTimelineLinesMax) continue;
    text += fmt::format("    {}  minute {:>3}  {}\n", Clock(report, event.at_ns), event.at_ns / kMinuteNs,
                        EventText(image, event));
  }
  if (lines > kTimelineLinesMax) text += fmt::format("    … and {} more events\n", lines - kTimelineLinesMax);
  if (text.empty()) return text;
  return fmt::format("  what happened under {}:\n{}", StrategyName(result.strategy), text);
}

std::string Arithmetic(const abi::PolicyImage& image, const ScenarioReport& report) {
  std::string text;
  for (const simulator::ClosedForm& form : report.results.back().closed_forms) {
    if (!IsNamed(report, form.tenant)) continue;
    text += fmt::format("  arithmetic: {} runs of {} at {} slots and {} each take at least {} minutes\n",
                        Grouped(form.runs), image.workflows[form.workflow.index()].name, form.slots,
                        FormatDuration(form.each_ns), (form.takes_ns + kMinuteNs - 1) / kMinuteNs);
  }
  return text;
}

}  // namespace

std::string_view StrategyName(sched::Strategy strategy) {
  switch (strategy) {
    case sched::Strategy::kFifo:
      return "fifo";
    case sched::Strategy::kRoundRobin:
      return "round-robin";
    case sched::Strategy::kWeighted:
      return "weighted";
    case sched::Strategy::kPolicy:
      return "policy";
  }
  BYLAW_UNREACHABLE("strategy");
}

std::string EventText(const abi::PolicyImage& image, const TimelineEvent& event) {
  const std::string tenant = event.tenant.valid() ? image.tenant_names[event.tenant.index()] : "";
  const std::string resource = event.resource.valid() ? image.resources[event.resource.index()] : "";
  const std::string endpoint = event.endpoint.valid() ? image.endpoints[event.endpoint.index()].name : "";
  switch (event.kind) {
    case EventKind::kRunningAtCap:
      return fmt::format("{}: {} run, {} wait", tenant, event.running, event.value);
    case EventKind::kQueuePeak:
      return fmt::format("{}: {} run, {} wait (the most)", tenant, event.running, Grouped(event.value));
    case EventKind::kQueueEmpty:
      return fmt::format("{}: nothing waits any more", tenant);
    case EventKind::kQuotaGone:
      return fmt::format("{}: the quota of {} is gone after {} calls", tenant, resource, Grouped(event.value));
    case EventKind::kQuotaBack:
      return fmt::format("{}: the quota of {} is back", tenant, resource);
    case EventKind::kRefusing:
      return fmt::format("{}: submissions are refused because {}", tenant, abi::ReasonName(event.reason));
    case EventKind::kSuspending:
      return fmt::format("{}: runs are suspended because {}", tenant, abi::ReasonName(event.reason));
    case EventKind::kEndpointDown:
      return fmt::format("{} goes down", endpoint);
    case EventKind::kEndpointUp:
      return fmt::format("{} is up again", endpoint);
  }
  BYLAW_UNREACHABLE("event");
}

std::string RenderScenario(const Options& options, const abi::PolicyImage& image, const ScenarioReport& report) {
  uint64_t runs = 0;
  for (const TenantResult& tenant : report.results[0].tenants) runs += tenant.submitted;
  std::string text = fmt::format(
      "{}: {} to {}, {} run{} of {} tenant{}\n", Paint(options, "1", report.prepared.scenario.name), Clock(report, 0),
      Clock(report, report.prepared.scenario.duration_ns), Grouped(runs), runs == 1 ? "" : "s",
      report.results[0].tenants.size(), report.results[0].tenants.size() == 1 ? "" : "s");
  text += Table(options, image, report);
  text += Timeline(image, report);
  text += StoryText(image, report.results.back(), report.prepared.from_minutes);
  text += Arithmetic(image, report);
  for (const Result& result : report.results) {
    if (result.broken_invariant.empty()) continue;
    text += fmt::format("  this is a bug of ours, please report it: {}\n", result.broken_invariant);
  }
  return text;
}

}  // namespace bylaw::cli

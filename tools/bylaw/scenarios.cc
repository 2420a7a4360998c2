#include "tools/bylaw/scenarios.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "compiler/sema/volume.h"

namespace bylaw::cli {
namespace {

using syntax::ScenarioItem;

// A scenario of no more runs than this is told step by step.
constexpr uint64_t kFollowedRunsMax = 3;
// What a simulation can hold in memory.
constexpr uint64_t kRunsMax = 10'000'000;
constexpr DurationNs kPeriods[] = {kSecondNs, kMinuteNs, kHourNs, kDayNs, 30 * kDayNs};

// Builds one scenario; the program and image outlive it.
class Preparation {
 public:
  Preparation(const sema::Program& program, const abi::PolicyImage& image, const sema::Scenario& scenario)
      : program_(program), image_(image), source_(scenario) {}

  absl::StatusOr<PreparedScenario> Prepare() {
    out_.scenario.name = source_.name;
    out_.scenario.promises = PromisesOf(program_);
    if (!ReadHours()) {
      return absl::InvalidArgumentError(
          fmt::format("scenario {} does not say when it runs: `run from 08:00 to 16:00`", source_.name));
    }
    for (const ScenarioItem& item : source_.decl->items) Read(item);
    uint64_t runs = 0;
    for (const simulator::Load& load : out_.scenario.loads) {
      runs += load.runs > kRunsMax ? kRunsMax + 1 : load.runs * load.tenants.size();
    }
    if (runs > kRunsMax) problem_ = fmt::format("it sends more than {} runs", kRunsMax);
    if (runs <= kFollowedRunsMax) out_.scenario.follow = static_cast<uint32_t>(runs);
    if (!problem_.empty()) return absl::InvalidArgumentError(fmt::format("scenario {}: {}", source_.name, problem_));
    return std::move(out_);
  }

 private:
  bool ReadHours() {
    for (const ScenarioItem& item : source_.decl->items) {
      if (const auto* run = std::get_if<ScenarioItem::Run>(&item.item)) {
        out_.from_minutes = run->from.integer;
        const int64_t minutes = run->to.integer - run->from.integer;
        out_.scenario.duration_ns = (minutes > 0 ? minutes : minutes + 24 * 60) * kMinuteNs;
        out_.scenario.starts_at_wall = WallAt(program_, out_.from_minutes);
        return true;
      }
    }
    return false;
  }

  void Read(const ScenarioItem& item) {
    if (const auto* sends = std::get_if<ScenarioItem::Sends>(&item.item)) return AddLoad(*sends);
    if (const auto* takes = std::get_if<ScenarioItem::Takes>(&item.item)) {
      const WorkflowId workflow = Workflow(takes->workflow);
      if (workflow.valid()) out_.scenario.service.push_back({.workflow = workflow, .about_ns = takes->about.integer});
    } else if (const auto* fails = std::get_if<ScenarioItem::Fails>(&item.item)) {
      const auto [workflow, step] = Step(fails->workflow, fails->step);
      out_.scenario.failures.push_back(
          {.workflow = workflow, .step = step, .share_ppm = static_cast<uint32_t>(fails->share.integer)});
    } else if (const auto* first = std::get_if<ScenarioItem::FailsFirst>(&item.item)) {
      const auto [workflow, step] = Step(first->workflow, first->step);
      out_.scenario.first_failures.push_back(
          {.workflow = workflow, .step = step, .attempts = static_cast<uint32_t>(first->times.integer)});
    } else if (const auto* costs = std::get_if<ScenarioItem::Costs>(&item.item)) {
      const auto [workflow, step] = Step(costs->workflow, costs->step);
      out_.scenario.costs.push_back({.workflow = workflow, .step = step, .micros = costs->cost.integer});
    } else if (const auto* usual = std::get_if<ScenarioItem::UsualValue>(&item.item)) {
      AddUsual(*usual);
    } else if (const auto* down = std::get_if<ScenarioItem::Down>(&item.item)) {
      const EndpointId endpoint = image_.FindEndpoint(down->endpoint.text);
      if (!endpoint.valid()) return Complain("endpoint", down->endpoint);
      simulator::Outage outage{.endpoint = endpoint};
      if (down->from) outage.from_ns = Offset(*down->from);
      if (down->to) outage.until_ns = Offset(*down->to);
      out_.scenario.outages.push_back(outage);
    }
  }

  void AddLoad(const ScenarioItem::Sends& sends) {
    simulator::Load load;
    load.workflow = Workflow(sends.workflow);
    load.tenants = Senders(sends);
    load.runs = static_cast<uint64_t>(sends.runs.integer);
    load.within_ns = out_.scenario.duration_ns;
    if (sends.within) {
      load.within_ns = sends.within->integer;
      load.from_ns = sends.from ? Offset(*sends.from) : 0;
    } else if (sends.per && *sends.per < syntax::PerUnit::kDay) {
      const DurationNs period = kPeriods[static_cast<size_t>(*sends.per)];
      load.runs = static_cast<uint64_t>(static_cast<__int128>(load.runs) * out_.scenario.duration_ns / period);
    }
    if (load.workflow.valid()) out_.scenario.loads.push_back(std::move(load));
  }

  // For every workflow that has such an input or output: the checker has seen that one does.
  void AddUsual(const ScenarioItem::UsualValue& usual) {
    for (uint32_t i = 0; i < image_.workflows.size(); ++i) {
      std::string no_such_value;
      const auto value = out_.texts->Make(image_, WorkflowId(i), usual.what, &no_such_value);
      if (!value) continue;
      const auto share = usual.share ? static_cast<uint32_t>(usual.share->integer) : 0;
      if (usual.share && share == 0) continue;
      out_.scenario.values.push_back({.workflow = WorkflowId(i), .value = *value, .share_ppm = share});
    }
  }

  std::vector<TenantId> Senders(const ScenarioItem::Sends& sends) {
    if (sends.tenant) {
      const TenantId tenant = image_.FindTenant(sends.tenant->text);
      if (!tenant.valid()) return Complain("tenant", *sends.tenant), std::vector<TenantId>();
      if (std::find(out_.named.begin(), out_.named.end(), tenant) == out_.named.end()) out_.named.push_back(tenant);
      return {tenant};
    }
    std::vector<TenantId> all;
    for (uint32_t i = 0; i < program_.tenant_count(); ++i) {
      const sema::Tenant& tenant = program_.tenants[i];
      if (!sends.tier || program_.tiers[tenant.tier.index()].name == sends.tier->text) all.emplace_back(i);
    }
    return all;
  }

  std::pair<WorkflowId, StepId> Step(const syntax::Name& workflow_name, const syntax::Name& name) {
    const WorkflowId workflow = Workflow(workflow_name);
    const StepId step = workflow.valid() ? image_.FindStep(workflow, name.text) : StepId::None();
    if (!step.valid()) Complain("step", name);
    return {workflow, step};
  }
  WorkflowId Workflow(const syntax::Name& name) {
    const WorkflowId workflow = image_.FindWorkflow(name.text);
    if (!workflow.valid()) Complain("workflow", name);
    return workflow;
  }
  DurationNs Offset(const syntax::Value& time_of_day) const {
    const int64_t minutes = time_of_day.integer - out_.from_minutes;
    return (minutes >= 0 ? minutes : minutes + 24 * 60) * kMinuteNs;
  }
  void Complain(std::string_view what, const syntax::Name& name) {
    if (problem_.empty()) problem_ = fmt::format("there is no {} {}", what, name.text);
  }

  const sema::Program& program_;
  const abi::PolicyImage& image_;
  const sema::Scenario& source_;
  PreparedScenario out_;
  std::string problem_;
};

}  // namespace

std::vector<simulator::Promise> PromisesOf(const sema::Program& program) {
  std::vector<simulator::Promise> promises(program.tenant_count());
  for (size_t i = 0; i < promises.size(); ++i) {
    const sema::Terms& terms = program.effective[program.tenants[i].effective];
    if (!terms.expects.empty()) {
      double declared = 0;
      for (const sema::DeclaredDay& day : sema::DeclaredDays(terms)) declared += std::max(day.usual, day.peak);
      promises[i].declared_runs = static_cast<uint64_t>(declared);
    }
    if (terms.sla) {
      promises[i].within_ns = terms.sla->value.within_ns;
      promises[i].share_ppm = static_cast<uint32_t>(terms.sla->value.share_ppm);
    }
  }
  return promises;
}

TimeNs WallAt(const sema::Program& program, int64_t minutes_of_day) {
  absl::TimeZone zone;
  BYLAW_CHECK(absl::LoadTimeZone(program.time_zone, &zone), "the checker has read the time zone");
  const absl::CivilDay day = absl::ToCivilDay(absl::FromUnixNanos(program.activation_ns), zone);
  return absl::ToUnixNanos(absl::FromCivil(absl::CivilMinute(day) + minutes_of_day, zone));
}

std::string NoSuchScenario(const sema::Program& program, const std::string& name) {
  if (program.scenarios.empty()) return "the policy has no scenario; one begins with `scenario monday-morning {`";
  std::vector<std::string_view> names;
  for (const sema::Scenario& scenario : program.scenarios) names.push_back(scenario.name);
  return fmt::format("there is no scenario {}; the policy has {}", name, fmt::join(names, ", "));
}

absl::StatusOr<PreparedScenario> Prepare(const sema::Program& program, const abi::PolicyImage& image,
                                         const sema::Scenario& scenario) {
  return Preparation(program, image, scenario).Prepare();
}

}  // namespace bylaw::cli

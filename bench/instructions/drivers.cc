// Small fixed amounts of each operation of the hot path, to have their instructions counted (./count).
//   instruction_drivers             the names, a line each
//   instruction_drivers NAME COUNT  sets NAME up and does it COUNT times; prints how many of them said yes
// Nothing here depends on the clock or on chance: the same count takes the same path. What is counted is what happens
// inside CountedOperations.
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/prng.h"
#include "bench/decision/policy.h"
#include "compiler/jit/jit.h"
#include "compiler/plan/eval.h"
#include "runtime/audit/sink.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/hand_policy.h"
#include "runtime/limit/calendar.h"
#include "runtime/limit/limiter_table.h"
#include "runtime/sched/fair_queue.h"

namespace bylaw::bench {
namespace {

constexpr uint32_t kTenants = 1'000;

// callgrind collects between the entry and the end of this function (--toggle-collect), so it must stay one.
template <typename Operation>
[[gnu::noinline]] uint64_t CountedOperations(uint64_t count, Operation operation) {
  uint64_t yes = 0;
  for (uint64_t i = 0; i < count; ++i) yes += operation(i);
  return yes;
}

// P1's policy, of two shapes, and its questions.
constexpr uint32_t kDecisionTenants = 2;
uint64_t Decide(const abi::PolicyImage& image, uint64_t count) {
  const std::unique_ptr<const Questions> questions = MakeQuestions(kDecisionTenants);
  return CountedOperations(count, [&](uint64_t i) {
    const Draw& draw = questions->draws[i % questions->draws.size()];
    const abi::TenantRecord& record = image.tenants[draw.tenant];
    const abi::StepEntry& entry = image.shapes[record.shape.index()].workflows[0].steps[draw.step];
    abi::Decision decision;
    entry.decide(&entry, &record, &questions->callers[draw.caller].request, &decision);
    return decision.verdict == static_cast<uint8_t>(abi::Verdict::kProceed);
  });
}
uint64_t DecisionCompiled(uint64_t count) {
  const absl::StatusOr<const jit::Jit*> jit = jit::LoadJit();
  BYLAW_CHECK(jit.ok(), "the JIT is where the program looks for it");
  const auto image = (*jit)->CompileImage(MakePlan(kDecisionTenants), jit::OptLevel::kO2);
  BYLAW_CHECK(image.ok(), "the plan is compiled");
  return Decide(**image, count);
}
uint64_t DecisionEvaluated(uint64_t count) { return Decide(*plan::EvaluatorImage(MakePlan(kDecisionTenants)), count); }

class NoSink final : public audit::AuditSink {
 public:
  bool Append(const audit::Record&) override { return true; }
  absl::Status status() const override { return absl::OkStatus(); }
  uint64_t dropped() const override { return 0; }
};

constexpr int64_t kCent = 10'000;

// Runs of 20 steps under two limits, two budgets and an endpoint's quota, as P2's.
class Runs {
 public:
  Runs() : clock_(0), prng_(7) {
    engine::HandPolicy policy;
    policy.AddPool("workers", kTenants);
    policy.AddEndpoint("model", "model", kCent);
    policy.AddEndpoint("bureau", "bureau", kCent,
                       {engine::CallsEvenly(kSecondNs, 1'000'000'000, 1'000'000'000, ResourceId::None())});
    std::vector<engine::HandStep> steps;
    for (int i = 0; i < 20; ++i) {
      steps.push_back({.name = fmt::format("s{}", i), .resource = i % 4 == 1 ? "bureau" : "model"});
    }
    policy.AddWorkflow("w", steps);
    for (uint32_t t = 0; t < kTenants; ++t) {
      policy.AddTenant(
          {.name = fmt::format("t{}", t),
           .budget_workflow_micros = 100 * kCent,
           .budget_month_micros = int64_t{1} << 50,
           .rates = {engine::CallsPer(kHourNs, int64_t{1} << 40, policy.Resource("bureau")),
                     engine::CallsEvenly(kSecondNs, 1'000'000'000, 1'000'000'000, policy.Resource("model"))}});
    }
    auto made = engine::Engine::Create(policy.Build(), &clock_, &sink_, {.runs_expected = kTenants});
    BYLAW_CHECK(made.ok(), "the image makes sense");
    engine_ = *std::move(made);
    for (uint32_t i = 0; i < kTenants; ++i) runs_.push_back(Start());
  }

  engine::RunId Start() {
    const TenantId tenant(static_cast<uint32_t>(prng_.Below(kTenants)));
    BYLAW_CHECK(engine_->Submit(tenant, WorkflowId(0), {}).queued, "there is room");
    return engine_->Next(PoolId(0))->run;
  }
  // BeginStep and EndStep of a random run; one at its end is finished and replaced.
  bool Step() {
    engine::RunId& run = runs_[prng_.Below(runs_.size())];
    clock_.AdvanceTo(clock_.MonotonicNow() + 1'000);
    const StepId step = engine_->NextStep(run);
    if (!step.valid()) return Replace(run);
    const engine::StepDecision decision = engine_->BeginStep(run, step);
    engine_->EndStep(run, {.cost_micros = kCent / 2, .tokens = 0}, engine::Outcome::kOk);
    return decision.verdict == static_cast<uint8_t>(abi::Verdict::kProceed);
  }
  // Submit, Next and Finish around a run that is cancelled before its first step.
  bool Admit() {
    engine::RunId& run = runs_[prng_.Below(runs_.size())];
    clock_.AdvanceTo(clock_.MonotonicNow() + 1'000);
    const bool was = engine_->Cancel(run).ok();
    run = Start();
    return was;
  }

 private:
  bool Replace(engine::RunId& run) {
    engine_->Finish(run);
    run = Start();
    return true;
  }

  SimulatedClock clock_;
  NoSink sink_;
  Prng prng_;
  std::unique_ptr<engine::Engine> engine_;
  std::vector<engine::RunId> runs_;
};

uint64_t StepPair(uint64_t count) {
  Runs runs;
  return CountedOperations(count, [&](uint64_t) { return runs.Step(); });
}
uint64_t Admission(uint64_t count) {
  Runs runs;
  return CountedOperations(count, [&](uint64_t) { return runs.Admit(); });
}

// Complete + Enqueue + Dispatch, every tenant with work waiting.
uint64_t SchedulerCycle(uint64_t count) {
  constexpr uint32_t kOrgs = 100, kSlots = 200, kWaiting = 10;
  sched::Options options;
  options.slots = kSlots;
  options.room = 1'000'000;
  options.alpha_ppm = 1'000'000'000;
  options.events_max = 0;
  sched::FairQueue queue(options);
  Prng prng(20261127);
  std::vector<sched::NodeId> orgs, tenants;
  for (uint32_t i = 0; i < kOrgs; ++i) orgs.push_back(queue.AddOrg({.cap = i % 2 == 0 ? 20u : sched::kUnlimited}));
  for (uint32_t i = 0; i < kTenants; ++i) {
    const sched::TenantOptions terms{.weight = 1 + static_cast<uint32_t>(prng.Below(10)), .cap = 5};
    tenants.push_back(queue.AddTenant(i % 5 == 0 ? sched::FairQueue::root() : orgs[i % kOrgs], terms, 0));
  }
  TimeNs now = 0;
  const auto enqueue = [&](uint32_t tenant) {
    const auto cost = static_cast<DurationNs>(1 + prng.Below(2'000)) * kMillisecondNs;
    queue.Enqueue(tenants[tenant], tenant, static_cast<abi::Lane>(prng.Below(3)), now, cost, now);
  };
  for (uint32_t i = 0; i < kWaiting * kTenants; ++i) enqueue(i % kTenants);
  struct Turn {
    sched::TurnId id;
    uint32_t tenant;
  };
  std::vector<Turn> running;
  uint64_t turns = 0;
  const auto fill = [&] {
    while (const auto turn = queue.Dispatch(now)) {
      running.push_back({turn->id, static_cast<uint32_t>(turn->job)});
      ++turns;
    }
  };
  fill();
  CountedOperations(count, [&](uint64_t) {
    now += kMillisecondNs;
    Turn& ended = running[prng.Below(running.size())];
    queue.Complete(ended.id, static_cast<DurationNs>(1 + prng.Below(2'000)) * kMillisecondNs, now);
    const uint32_t sender = ended.tenant;
    ended = running.back();
    running.pop_back();
    enqueue(sender);
    fill();
    return true;
  });
  return turns;
}

struct Request {
  uint32_t key;
  int64_t cost;
};
std::vector<Request> Requests(uint64_t count, int64_t cost_max) {
  Prng prng(20261127);
  std::vector<Request> requests(count);
  for (Request& request : requests) {
    request = {static_cast<uint32_t>(prng.Below(kTenants)), prng.Between(1, cost_max)};
  }
  return requests;
}

// Check, and Commit if admitted, at 80 % of a limit of 20 a second.
constexpr DurationNs kBetweenRequests = kSecondNs / (16 * kTenants);
uint64_t Limits(const limit::LimitSpec& spec, int64_t cost_max, uint64_t count) {
  const limit::ZoneCalendar utc;
  limit::LimiterTable table([&utc](abi::CalendarPeriod period, TimeNs wall) { return utc.EndOf(period, wall); });
  for (uint32_t i = 0; i < kTenants; ++i) BYLAW_CHECK(table.Add(spec).ok(), "the limit is sound");
  const std::vector<Request> requests = Requests(count, cost_max);
  TimeNs now = 0;
  return CountedOperations(count, [&](uint64_t i) {
    const limit::LimiterId limiter(requests[i].key);
    now += kBetweenRequests;
    if (!table.Check(limiter, now, requests[i].cost).admitted) return false;
    table.Commit(limiter, now, requests[i].cost);
    return true;
  });
}
uint64_t LimitPaced(uint64_t count) {
  return Limits({.window = abi::RateWindow::kEvenly, .period_ns = kSecondNs, .quota = 20, .burst = 5}, 1, count);
}
uint64_t LimitAnchored(uint64_t count) {
  return Limits({.window = abi::RateWindow::kAnchored, .period_ns = kSecondNs, .quota = 20}, 1, count);
}
uint64_t LimitRolling(uint64_t count) {
  return Limits({.window = abi::RateWindow::kRolling, .period_ns = kSecondNs, .quota = 90, .tokens = true}, 8, count);
}
uint64_t LimitCalendar(uint64_t count) {
  return Limits({.window = abi::RateWindow::kCalendar, .calendar = abi::CalendarPeriod::kDay, .quota = 1'000'000}, 1,
                count);
}
uint64_t LimitTwoAtOnce(uint64_t count) {
  limit::LimiterTable table;
  for (uint32_t i = 0; i < kTenants; ++i) {
    BYLAW_CHECK(table.Add({.window = abi::RateWindow::kEvenly, .period_ns = kSecondNs, .quota = 20, .burst = 5}).ok() &&
                    table.Add({.window = abi::RateWindow::kAnchored, .period_ns = kHourNs, .quota = 72'000}).ok(),
                "the limits are sound");
  }
  const std::vector<Request> requests = Requests(count, 1);
  TimeNs now = 0;
  return CountedOperations(count, [&](uint64_t i) {
    const uint32_t key = requests[i].key;
    const limit::Claim claims[] = {{.limiter = limit::LimiterId(2 * key)}, {.limiter = limit::LimiterId(2 * key + 1)}};
    now += kBetweenRequests;
    return table.Acquire(claims, now).admitted;
  });
}

// What drawing a random number of the drivers above takes, which is in the counts of steps, admissions and cycles.
uint64_t Draw(uint64_t count) {
  Prng prng(20261127);
  return CountedOperations(count, [&](uint64_t) { return prng.Below(kTenants); });
}

struct Driver {
  std::string_view name;
  uint64_t (*run)(uint64_t count);
};
constexpr Driver kDrivers[] = {
    {"draw", Draw},
    {"decision-compiled", DecisionCompiled},
    {"decision-evaluated", DecisionEvaluated},
    {"step-pair", StepPair},
    {"admit-and-cancel", Admission},
    {"scheduler-cycle", SchedulerCycle},
    {"limit-paced", LimitPaced},
    {"limit-anchored", LimitAnchored},
    {"limit-rolling", LimitRolling},
    {"limit-calendar", LimitCalendar},
    {"limit-two-at-once", LimitTwoAtOnce},
};

int Main(int argc, char** argv) {
  for (const Driver& driver : kDrivers) {
    if (argc == 1) fmt::print("{}\n", driver.name);
    if (argc == 3 && driver.name == argv[1]) {
      fmt::print("{}\n", driver.run(static_cast<uint64_t>(std::atoll(argv[2]))));
      return 0;
    }
  }
  return argc == 1 ? 0 : 2;
}

}  // namespace
}  // namespace bylaw::bench

int main(int argc, char** argv) { return bylaw::bench::Main(argc, argv); }

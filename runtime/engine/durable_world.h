// Test support: a platform that keeps its engine's state, the world it spends money in, and somebody with books.
//
// A life is one process: it opens the store, takes up what it finds, sends runs, makes calls, until it is told to stop
// or is killed. What it does to the world it reports, a fixed-size message at a time, just as it happens; the books are
// outside and know nothing but these messages. So "acknowledged" and "spent" mean here what they mean to somebody else.
#ifndef BYLAW_RUNTIME_ENGINE_DURABLE_WORLD_H_
#define BYLAW_RUNTIME_ENGINE_DURABLE_WORLD_H_

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/prng.h"
#include "runtime/audit/sink.h"
#include "runtime/durable/directory.h"
#include "runtime/durable/journal.h"
#include "runtime/durable/tenant_data.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/hand_policy.h"
#include "runtime/limit/limit_model.h"

namespace bylaw::engine {

inline constexpr int64_t kMills = 1'000;  // micros
inline constexpr uint32_t kKeptTenants = 3;
inline constexpr int64_t kTenantMonthMax = 2'000 * kMills;
inline constexpr int64_t kOrgMonthMax = 3'000 * kMills;
inline constexpr int64_t kRunMax = 150 * kMills;
inline constexpr int64_t kStepMax = 20 * kMills;
inline constexpr uint32_t kKeptSlots = 4;
inline constexpr uint32_t kLeasePpm = 20'000;

inline constexpr DurationNs kRateWindow = 20 * kSecondNs;
inline constexpr int64_t kRateMax = 16;
inline constexpr int64_t kQuotaMax = 60;  // of the bureau, in a window of the same length

// A limit on the model, of another kind for each tenant.
inline abi::RateSpec LimitOfTenant(uint32_t tenant, ResourceId model) {
  abi::RateSpec limit = CallsPer(kRateWindow, kRateMax, model);
  limit.window = std::array{abi::RateWindow::kAnchored, abi::RateWindow::kRolling, abi::RateWindow::kEvenly}[tenant];
  limit.burst = 6;
  return limit;
}

// Two tenants of an org and one alone; five steps of which two may be tried again.
inline std::shared_ptr<const abi::PolicyImage> KeptPolicy() {
  HandPolicy policy;
  policy.AddPool("workers", kKeptSlots);
  policy.AddEndpoint("bureau", "bureau", kStepMax, {CallsPer(kRateWindow, kQuotaMax)});
  policy.AddEndpoint("model", "model", kStepMax);
  policy.AddWorkflow("loan", {{.name = "verify", .resource = "bureau"},
                              {.name = "credit", .resource = "bureau", .retries_max = 2},
                              {.name = "enrich", .resource = "model", .optional = true},
                              {.name = "judge", .resource = "model", .replan_target = "credit", .replans_max = 1},
                              {.name = "decide", .resource = "model", .retries_max = 1}});
  const OrgId org = policy.AddOrg("group", abi::kUnlimited, kOrgMonthMax);
  for (uint32_t t = 0; t < kKeptTenants; ++t) {
    HandTenant tenant{.name = "tenant-" + std::to_string(t),
                      .budget_workflow_micros = kRunMax,
                      .budget_month_micros = kTenantMonthMax};
    if (t > 0) tenant.org = org;
    tenant.rates = {LimitOfTenant(t, policy.Resource("model"))};
    policy.AddTenant(tenant);
  }
  return policy.Build();
}

struct Report {
  enum class Kind : uint8_t {
    kFound,  // a run that was taken up
    kMonth,  // what a tenant may have spent this month, as found; kOrgMonth likewise
    kOrgMonth,
    kReady,     // everything found has been told
    kAccepted,  // a run was accepted, and committed
    kBilled,    // a call is made now, and will cost this much
    kEnding,    // the end of a run is being committed
    kEnded,     // … and is committed
    kRecords,   // so many audit records are committed
  };
  Kind kind = Kind::kReady;
  uint32_t tenant = 0;
  durable::RunName run;
  int64_t amount = 0;
  TimeNs at = 0;       // wall clock; of kBilled and kRecords
  bool model = false;  // of kBilled: the model is called, not the bureau
};
using Tell = std::function<void(const Report&)>;

// Monday, 2026-11-23 09:00 UTC.
inline constexpr TimeNs kFirstLifeWall = 1'795'424'400 * kSecondNs;
// When the next process begins: often at once, sometimes much later.
inline TimeNs NextLifeWall(TimeNs last_at, DurationNs much_later, Prng& prng) {
  if (last_at == 0) return kFirstLifeWall;
  return last_at + kSecondNs + (prng.Chance(0.7) ? prng.Between(0, 3 * kSecondNs) : much_later);
}
inline int32_t MonthOfLife(TimeNs wall) {
  const Date date = CivilFromDays(wall / kDayNs);
  return date.year * 12 + date.month - 1;
}

// One process.
class Life {
 public:
  Life(durable::Store* store, audit::AuditSink* sink, TimeNs wall, uint64_t seed, Tell tell)
      : journal_(store), sink_(sink), clock_(wall), prng_(seed), tell_(std::move(tell)) {}

  // Until something cannot be committed, or for so many deeds. An error only if it cannot begin.
  absl::Status Live(int deeds, const std::function<uint64_t()>& records) {
    const std::shared_ptr<const abi::PolicyImage> image = KeptPolicy();
    Options options;
    options.journal = &journal_;
    options.lease_month_ppm = kLeasePpm;
    options.suspended_max_ns = 3'650 * kDayNs;  // nothing ends by itself: whoever keeps the books would not be told
    absl::StatusOr<std::unique_ptr<Engine>> made = Engine::Create(image, &clock_, sink_, options);
    if (!made.ok()) return made.status();
    engine_ = *std::move(made);
    if (absl::Status status = TellWhatWasFound(*image); !status.ok()) return status;
    for (int i = 0; i < deeds && committed_; ++i) {
      Deed();
      if (committed_)
        tell_({.kind = Report::Kind::kRecords,
               .tenant = 0,
               .run = {},
               .amount = static_cast<int64_t>(records()),
               .at = clock_.WallNow()});
    }
    if (committed_) wrong_ = engine_->CheckConsistency();
    return absl::OkStatus();
  }
  const std::string& wrong() const { return wrong_; }

 private:
  absl::Status TellWhatWasFound(const abi::PolicyImage& image) {
    for (const RunId run : engine_->Runs()) Say(Report::Kind::kFound, run, 0);
    absl::Status status;
    for (uint32_t t = 0; t < kKeptTenants; ++t) {
      durable::WithTenant(journal_.store(), image.tenant_names[t], [&](auto mine) {
        status.Update(mine.ForEachMonth([&](int32_t month, int64_t micros) {
          if (month == MonthOfLife(clock_.WallNow()))
            tell_({.kind = Report::Kind::kMonth, .tenant = t, .run = {}, .amount = micros});
        }));
      });
    }
    status.Update(durable::Directory(&journal_.store()).ForEachOrgMonth("group", [&](int32_t month, int64_t micros) {
      if (month == MonthOfLife(clock_.WallNow()))
        tell_({.kind = Report::Kind::kOrgMonth, .tenant = 0, .run = {}, .amount = micros});
    }));
    tell_({.kind = Report::Kind::kReady, .tenant = 0, .run = {}, .amount = 0});
    return status;
  }
  void Say(Report::Kind kind, RunId run, int64_t amount) {
    const RunStatus status = engine_->StatusOf(run);
    tell_({.kind = kind, .tenant = status.tenant.value(), .run = status.name, .amount = amount});
  }
  bool Commit() { return committed_ = committed_ && engine_->Commit().ok(); }

  void Deed() {
    clock_.AdvanceTo(clock_.MonotonicNow() + static_cast<DurationNs>(prng_.Below(kSecondNs)));
    if (prng_.Chance(0.3)) return Send();
    if (prng_.Chance(0.02) && engine_->RunsInFlight() > 0) {
      const std::vector<RunId> runs = engine_->Runs();
      return End(runs[prng_.Below(runs.size())], /*finish=*/false);
    }
    if (const std::optional<Turn> turn = engine_->Next(PoolId(0))) Work(turn->run);
  }

  void Send() {
    const TenantId tenant(static_cast<uint32_t>(prng_.Below(kKeptTenants)));
    const SubmitResult result = engine_->Submit(tenant, WorkflowId(0), {});
    if (Commit() && result.queued) Say(Report::Kind::kAccepted, result.run, 0);
  }

  // A turn, to its end or for a few steps: what is in the middle when the process ends is in the middle.
  void Work(RunId run) {
    while (committed_ && engine_->StatusOf(run).state == RunState::kRunning) {
      const StepId step = engine_->NextStep(run);
      if (!step.valid()) return End(run, /*finish=*/true);
      const abi::Decision decision = engine_->BeginStep(run, step);
      const auto verdict = static_cast<abi::Verdict>(decision.verdict);
      if (!Commit()) return;
      if (verdict == abi::Verdict::kSuspend) return End(run, /*finish=*/false);  // nobody here has more money
      if (verdict != abi::Verdict::kProceed) continue;
      const int64_t cost = decision.reserved_micros - prng_.Between(0, decision.reserved_micros / 2);
      const RunStatus status = engine_->StatusOf(run);
      tell_({.kind = Report::Kind::kBilled,
             .tenant = status.tenant.value(),
             .run = status.name,
             .amount = cost,
             .at = clock_.WallNow(),
             .model = decision.endpoint == 1});
      const Outcome outcome = prng_.Chance(0.15) ? Outcome::kFailed : Outcome::kOk;
      const durable::RunName name = status.name;
      tell_({.kind = Report::Kind::kEnding, .tenant = 0, .run = name, .amount = 0});  // it may end by failing
      const After after = engine_->EndStep(run, {.cost_micros = cost, .tokens = 0}, outcome);
      if (prng_.Chance(0.7) && !Commit()) return;
      if (after.then == Then::kFailed && Commit()) {
        tell_({.kind = Report::Kind::kEnded, .tenant = 0, .run = name, .amount = 0});
      }
    }
  }

  void End(RunId run, bool finish) {
    const durable::RunName name = engine_->StatusOf(run).name;
    tell_({.kind = Report::Kind::kEnding, .tenant = 0, .run = name, .amount = 0});
    if (finish) {
      engine_->Finish(run);
    } else {
      committed_ = committed_ && engine_->Cancel(run).ok();
    }
    if (Commit()) tell_({.kind = Report::Kind::kEnded, .tenant = 0, .run = name, .amount = 0});
  }

  durable::Journal journal_;
  audit::AuditSink* sink_;
  SimulatedClock clock_;
  Prng prng_;
  Tell tell_;
  std::unique_ptr<Engine> engine_;
  bool committed_ = true;
  std::string wrong_;
};

// The world's own account of it.
class Books {
 public:
  void BeginLife(int32_t month) {
    month_ = month;
    found_.clear();
    found_months_.clear();
    found_org_ = 0;
    ++lives_;
  }
  void Take(const Report& report) {
    using enum Report::Kind;
    switch (report.kind) {
      case kFound:
        found_.insert(report.run);
        return;
      case kMonth:
        found_months_[report.tenant] = report.amount;
        return;
      case kOrgMonth:
        found_org_ = report.amount;
        return;
      case kReady:
        return CheckFound();
      case kAccepted:
        accepted_.insert(report.run);
        ++acknowledged_;
        return;
      case kBilled:
        return Bill(report);
      case kEnding:
        ending_.insert(report.run);
        return;
      case kEnded:
        accepted_.erase(report.run);
        ended_.insert(report.run);
        ++acknowledged_;
        return;
      case kRecords:
        records_ = std::max(records_, report.amount);
        last_at_ = report.at;
        return;
    }
  }

  // The wall clock of the last deed told; a process goes on by less than a second before it tells the next.
  TimeNs last_at() const { return last_at_; }
  int64_t records() const { return records_; }
  int64_t acknowledged() const { return acknowledged_; }
  int64_t calls() const { return calls_; }
  int64_t stranded_max() const { return stranded_max_; }
  int recoveries() const { return recoveries_; }
  const std::string& wrong() const { return wrong_; }

 private:
  void Wrong(std::string text) {
    if (wrong_.empty()) wrong_ = std::move(text);
  }
  static std::string Name(const durable::RunName& run) {
    return fmt::format("run {}.{}.{}", run.boot, run.index, run.generation);
  }

  void Bill(const Report& report) {
    ++calls_;
    if (ended_.contains(report.run)) Wrong(Name(report.run) + " goes on after its end was acknowledged");
    int64_t& run = by_run_[report.run];
    int64_t& tenant = by_month_[{month_, report.tenant}];
    run += report.amount;
    tenant += report.amount;
    if (report.tenant > 0) by_org_[month_] += report.amount;
    if (run > kRunMax) Wrong(fmt::format("{} has spent {}", Name(report.run), run));
    if (tenant > kTenantMonthMax) Wrong(fmt::format("tenant {} has spent {}", report.tenant, tenant));
    if (by_org_[month_] > kOrgMonthMax) Wrong(fmt::format("the org has spent {}", by_org_[month_]));
    last_at_ = report.at;
    CountCall(report);
  }

  // What a limit says of calls that were really made: some that it let through were not, since the process was killed
  // before. So of a window from the first call on it is known only that two of them, at most, meet any of its length.
  void CountCall(const Report& report) {
    limit::LimitModel& limit = report.model ? by_limit_[report.tenant] : by_quota_;
    limit.spec =
        limit::SpecOf(report.model ? LimitOfTenant(report.tenant, ResourceId(0)) : CallsPer(kRateWindow, kQuotaMax));
    if (limit.spec.window == abi::RateWindow::kAnchored) {
      limit.spec.window = abi::RateWindow::kRolling;
      limit.spec.quota *= 2;
    }
    if (!limit.Fits(report.at, 1)) Wrong(fmt::format("tenant {} has called too often", report.tenant));
    limit.calls.push_back({report.at, 1});
  }

  void CheckFound() {
    ++recoveries_;
    for (const durable::RunName& run : accepted_) {
      if (!found_.contains(run) && !ending_.contains(run)) Wrong(Name(run) + " was acknowledged and is lost");
    }
    for (const durable::RunName& run : found_) {
      if (ended_.contains(run)) Wrong(Name(run) + " had ended and is back");
    }
    for (auto run = accepted_.begin(); run != accepted_.end();) {
      run = found_.contains(*run) ? std::next(run) : accepted_.erase(run);
    }
    accepted_.insert(found_.begin(), found_.end());
    ending_.clear();
    for (uint32_t tenant = 0; tenant < kKeptTenants; ++tenant) {
      const int64_t spent = by_month_[{month_, tenant}];
      if (found_months_[tenant] < spent) {
        Wrong(fmt::format("tenant {} has spent {}, but only {} are known", tenant, spent, found_months_[tenant]));
      }
      if (found_months_[tenant] > kTenantMonthMax) Wrong("more is leased than there is");
      stranded_max_ = std::max(stranded_max_, found_months_[tenant] - spent);
    }
    if (found_org_ < by_org_[month_]) Wrong("the org has spent more than is known");
  }

  int32_t month_ = 0;
  int lives_ = 0, recoveries_ = 0;
  std::set<durable::RunName> found_, accepted_, ending_, ended_;
  std::map<uint32_t, int64_t> found_months_;
  int64_t found_org_ = 0;
  std::map<durable::RunName, int64_t> by_run_;
  std::map<std::pair<int32_t, uint32_t>, int64_t> by_month_;
  std::map<int32_t, int64_t> by_org_;
  std::map<uint32_t, limit::LimitModel> by_limit_;  // by tenant, on the model
  limit::LimitModel by_quota_;                      // of the bureau
  TimeNs last_at_ = 0;
  int64_t records_ = 0, acknowledged_ = 0, calls_ = 0, stranded_max_ = 0;
  std::string wrong_;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_DURABLE_WORLD_H_

// Random small platforms: a few tenants with volumes, rates, caps, minimums, budgets and SLAs, in one or two pools and
// perhaps an org; a tool with a few endpoints in two regions by two providers; a workflow of one or two steps. Small
// enough that every run, every placement of a burst and every outage can be enumerated.
#ifndef BYLAW_TESTS_SOUNDNESS_RANDOM_PLATFORM_H_
#define BYLAW_TESTS_SOUNDNESS_RANDOM_PLATFORM_H_

#include <memory>

#include "base/prng.h"
#include "compiler/sema/program_builder.h"

namespace bylaw::soundness {

class RandomPlatform {
 public:
  explicit RandomPlatform(uint64_t seed) : prng_(seed) {
    home_ = builder_.Country("HM");
    away_ = builder_.Country("AW");
    regions_ = {builder_.Region("home", home_), builder_.Region("away", away_)};
    tool_ = builder_.Tool("tool");
    AddEndpoints();
    AddWorkflow();
    AddPools();
    if (Below(3) == 0) AddOrg();
    tier_ = builder_.AddTier("tier");
    if (Below(4) == 0) builder_.Adequate(home_, away_).until = builder_.program().activation_ns + 100 * kDayNs;
    const int64_t tenants = 1 + Below(3);
    for (int64_t i = 0; i < tenants; ++i) AddTenant(i);
  }
  std::shared_ptr<const sema::Program> Build() { return builder_.Build(); }

 private:
  int64_t Below(int64_t n) { return static_cast<int64_t>(prng_.Below(static_cast<uint64_t>(n))); }
  template <typename T>
  sema::Stated<T> Stated(T value, std::string_view sentence) {
    return {value, builder_.Say(sentence)};
  }

  void AddEndpoints() {
    const int64_t endpoints = 1 + Below(3);
    for (int64_t i = 0; i < endpoints; ++i) {
      const EndpointId id = builder_.Serve("e" + std::to_string(i), tool_,
                                           builder_.In(regions_[static_cast<size_t>(Below(2))]), Below(5));
      sema::Endpoint& endpoint = builder_.program().endpoints[id.index()];
      endpoint.provider = Below(2) == 0 ? "p" : "q";
      const DurationNs about = (1 + Below(4)) * kMinuteNs;
      if (Below(6) > 0) endpoint.takes_about = Stated<DurationNs>(about, "takes about");
      if (Below(6) > 0) endpoint.takes_at_most = Stated<DurationNs>(about + Below(3) * kMinuteNs, "takes at most");
      if (Below(4) > 0) continue;
      sema::Rate quota;
      quota.spec.amount = 1 + Below(40);
      quota.spec.window_ns = (1 + Below(120)) * kMinuteNs;
      quota.clause = builder_.Say("at most 10 calls per minute");
      endpoint.quotas.push_back(quota);
    }
  }

  void AddWorkflow() {
    workflow_ = builder_.AddWorkflow("work");
    const int64_t steps = 1 + Below(2);
    for (int64_t i = 0; i < steps; ++i) {
      sema::Step& step = builder_.AddStep(workflow_, "s" + std::to_string(i));
      builder_.Call(step, tool_);
      step.optional = Below(6) == 0;
      if (Below(2) == 0) step.retries = builder_.AtMost(static_cast<uint32_t>(1 + Below(2)), "retries");
      if (Below(5) == 0) {
        step.replan_target = StepId(static_cast<uint32_t>(Below(i + 1)));
        step.replans = builder_.AtMost(1, "replans");
      }
    }
  }

  void AddPools() {
    const int64_t pools = 1 + Below(2);
    for (int64_t i = 0; i < pools; ++i) {
      sema::Pool pool;
      pool.name = "pool" + std::to_string(i);
      pool.location = builder_.In(regions_[static_cast<size_t>(i)]);
      pool.slots = static_cast<uint32_t>(1 + Below(6));
      if (Below(3) == 0) pool.room = static_cast<uint32_t>(Below(3));
      pool.clause = builder_.Say("pool");
      builder_.program().pools.push_back(std::move(pool));
    }
  }

  void AddOrg() {
    sema::Org org;
    org.name = "org";
    if (Below(3) > 0) org.together_at_once = Stated<uint32_t>(static_cast<uint32_t>(1 + Below(6)), "together at most");
    if (Below(2) == 0) org.together_budget_month = Stated<int64_t>(Below(400) * 100'000, "together budget");
    builder_.program().orgs.push_back(std::move(org));
    org_ = OrgId(0);
  }

  void AddTenant(int64_t index) {
    sema::Terms terms;
    if (Below(3) == 0) {
      terms.places = {builder_.Stays(sema::PlaceSubject::kCalls, {home_}, {})};
      if (Below(2) == 0) terms.places[0].places.adequate_for = {home_};
    }
    if (Below(2) == 0) terms.at_once = builder_.AtMost(static_cast<uint32_t>(1 + Below(6)), "workflows at once");
    if (terms.at_once.has_value() && Below(4) == 0) {
      terms.burst = Stated<sema::Burst>({terms.at_once->value + 1, 3 * kMinuteNs}, "bursting");
    }
    if (Below(4) == 0) terms.min_slots = builder_.AtMost(static_cast<uint32_t>(1 + Below(4)), "slots kept");
    if (Below(6) == 0) terms.waiting = builder_.AtMost(static_cast<uint32_t>(Below(3)), "waiting");
    if (Below(3) == 0) terms.budget_month = Stated<int64_t>(Below(300) * 100'000, "budget per month");
    if (Below(4) > 0) AddVolume(terms);
    if (Below(2) == 0) AddRate(terms);
    if (Below(3) > 0) {
      const int64_t shares[] = {500'000, 800'000, 950'000, 1'000'000};
      terms.sla = Stated<sema::Sla>({shares[Below(4)], (2 + Below(60)) * kMinuteNs}, "sla");
    }
    if (Below(6) == 0) {
      sema::Route route;
      route.resource = tool_;
      route.endpoints = {EndpointId(static_cast<uint32_t>(Below(std::ssize(builder_.program().endpoints))))};
      route.else_suspend = Below(2) == 0;
      route.clause = builder_.Say("route");
      route.endpoint_spans = {builder_.program().clauses.back().span};
      terms.routes.push_back(std::move(route));
    }
    const TenantId id = builder_.AddTenant("t" + std::to_string(index), tier_, std::move(terms));
    if (org_.valid() && Below(2) == 0) builder_.program().tenants[id.index()].org = org_;
  }

  void AddVolume(sema::Terms& terms) {
    sema::Expects expects;
    expects.workflow = workflow_;
    expects.runs = 1 + Below(8);
    expects.peak = expects.runs + (Below(3) == 0 ? Below(6) : 0);
    expects.clause = builder_.Say("expects");
    const int64_t kind = Below(4);  // a day; an hour; a day that is spread over hours
    if (kind < 3) terms.expects.push_back(expects);
    if (kind < 2) return;
    expects.per = syntax::PerUnit::kHour;
    if (kind == 2) expects.runs = 1 + Below(3);
    expects.peak = expects.runs + Below(2);
    expects.clause = builder_.Say("expects per hour");
    terms.expects.push_back(expects);
  }

  void AddRate(sema::Terms& terms) {
    sema::Rate rate;
    rate.spec.resource = tool_;
    rate.spec.amount = 1 + Below(12);
    const int64_t kind = Below(4);
    rate.spec.window = static_cast<abi::RateWindow>(kind);
    rate.spec.window_ns = (1 + Below(20)) * kMinuteNs;
    if (rate.spec.window == abi::RateWindow::kCalendar) rate.spec.calendar = abi::CalendarPeriod::kDay;
    if (rate.spec.window == abi::RateWindow::kEvenly) rate.spec.burst = 1 + Below(3);
    rate.clause = builder_.Say("at most calls");
    terms.rates.push_back(rate);
  }

  Prng prng_;
  sema::ProgramBuilder builder_;
  sema::PlaceId home_, away_;
  std::vector<RegionId> regions_;
  ResourceId tool_;
  WorkflowId workflow_;
  TierId tier_;
  OrgId org_;
};

}  // namespace bylaw::soundness

#endif  // BYLAW_TESTS_SOUNDNESS_RANDOM_PLATFORM_H_

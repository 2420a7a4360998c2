// What the proofs about money compute, against enumeration: the worst case against the longest path by definition, the
// floors against the cheapest payable model by hand, the ladder game against every run that the reference evaluator
// allows, cent by cent.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "compiler/plan/verified_for_test.h"
#include "compiler/verify/facts.h"
#include "compiler/verify/ladder_game.h"
#include "compiler/verify/random_work_for_test.h"
#include "compiler/verify/replay_for_test.h"
#include "compiler/verify/worst_case.h"

namespace bylaw::verify {
namespace {

using sema::Program;
using sema::Step;
using sema::Workflow;

// The price of each endpoint that may serve `resource` for the step; what the step's own bound forbids is left out.
std::vector<int64_t> PricesByHand(const Program& program, const Step& step, ResourceId resource) {
  std::vector<int64_t> prices;
  for (const sema::Endpoint& endpoint : program.endpoints) {
    if (endpoint.resource != resource) continue;
    const int64_t price = endpoint.cost_per_call->value.micros;
    if (!step.cost_at_most.has_value() || price <= step.cost_at_most->value.micros) prices.push_back(price);
  }
  return prices;
}
int64_t DearestByHand(const Program& program, const Step& step, ResourceId resource) {
  if (!resource.valid()) return step.cost_at_most.has_value() ? step.cost_at_most->value.micros : 0;
  const std::vector<int64_t> prices = PricesByHand(program, step, resource);
  return *std::max_element(prices.begin(), prices.end());
}

// The longest path over (position, replans left), each visit ending in success after any attempt, or in failure.
class LongestPath {
 public:
  LongestPath(const Program& program, const Workflow& workflow) : program_(program), workflow_(workflow) {}

  int64_t From(size_t position, const std::vector<uint32_t>& replans_left) {
    if (position == workflow_.steps.size()) return 0;
    const auto known = known_.find({position, replans_left});
    if (known != known_.end()) return known->second;
    const Step& step = workflow_.steps[position];
    const int64_t price = DearestByHand(program_, step, step.resource);
    const uint32_t attempts = 1 + (step.retries.has_value() ? step.retries->value : 0);
    int64_t dearest = price * attempts;  // fails for good: the run ends, or goes on if the step is optional
    for (uint32_t attempt = 1; attempt <= attempts; ++attempt) {
      dearest = std::max(dearest, price * attempt + From(position + 1, replans_left));
    }
    if (replans_left[position] > 0) {
      std::vector<uint32_t> fewer = replans_left;
      --fewer[position];
      dearest = std::max(dearest, price * attempts + From(step.replan_target.index(), fewer));
    }
    return known_[{position, replans_left}] = dearest;
  }
  int64_t Longest() {
    std::vector<uint32_t> replans;
    for (const Step& step : workflow_.steps) replans.push_back(step.replans.has_value() ? step.replans->value : 0);
    return From(0, replans);
  }

 private:
  const Program& program_;
  const Workflow& workflow_;
  std::map<std::pair<size_t, std::vector<uint32_t>>, int64_t> known_;
};

TEST(WorstCaseTest, IsTheLongestPathOfEveryRandomGraph) {
  for (uint64_t seed = 0; seed < 3'000; ++seed) {
    const std::shared_ptr<const Program> program = RandomWork(seed, false).Build();
    const Workflow& workflow = program->workflows[0];
    const Facts facts(*program);
    const WorkFacts& work = facts.shape(ShapeId(0)).works[0];
    const int64_t worst = WorstCaseMicros(workflow, work, BoundsOf(workflow));
    ASSERT_EQ(worst, LongestPath(*program, workflow).Longest()) << "seed " << seed;
    int64_t run = 0;
    for (const TraceAttempt& attempt : DearestRun(workflow, work, 1'000)) {
      run += work.steps[attempt.step.index()].base_hi_micros;
    }
    ASSERT_EQ(run, worst) << "seed " << seed;
  }
}

TEST(FloorTest, IsTheCheapestPayableModelOfEachMandatoryStep) {
  int with_cheaper_rung = 0;
  for (uint64_t seed = 0; seed < 3'000; ++seed) {
    const std::shared_ptr<const Program> program = RandomWork(seed, seed % 2 == 0).Build();
    const Workflow& workflow = program->workflows[0];
    const Facts facts(*program);
    const Floors& floors = facts.shape(ShapeId(0)).works[0].floors;
    int64_t floor = 0;
    for (size_t i = workflow.steps.size(); i-- > 0;) {
      ASSERT_EQ(floors.after[i], floor) << "seed " << seed << " step " << i;
      const Step& step = workflow.steps[i];
      if (step.optional) continue;
      int64_t cheapest = DearestByHand(*program, step, step.resource);
      const int64_t own = cheapest;
      if (step.calls == Step::Calls::kModel && !program->ladders.empty()) {
        for (const sema::Rung& rung : program->ladders[0].rungs) {
          if (rung.model.valid()) cheapest = std::min(cheapest, DearestByHand(*program, step, rung.model));
        }
      }
      with_cheaper_rung += cheapest < own;
      floor += cheapest;
    }
    ASSERT_EQ(floors.entry, floor) << "seed " << seed;
  }
  EXPECT_GT(with_cheaper_rung, 100);
}

std::string Story(const Program& program, const WorkFacts& work, const GameResult& game) {
  std::string text;
  for (size_t i = 0; i < program.workflows[0].steps.size(); ++i) {
    const Step& step = program.workflows[0].steps[i];
    text += fmt::format("\n{}{} base {} floor after {} retries {} replans {} from {}; rungs", step.name,
                        step.optional ? " (optional)" : "", work.steps[i].base_hi_micros, work.floors.after[i],
                        step.retries ? step.retries->value : 0, step.replans ? step.replans->value : 0,
                        step.replan_target.value());
    for (const auto& option : work.steps[i].by_rung) text += fmt::format(" {}", option ? option->hi_micros : -1);
  }
  for (const sema::Ladder& ladder : program.ladders) {
    for (const sema::Rung& rung : ladder.rungs) {
      text += fmt::format("\nrung below {} does {}", ThresholdMicros(rung, program.effective[0].budget_workflow->value),
                          static_cast<int>(rung.effect));
    }
  }
  if (game.stuck.has_value()) {
    text += fmt::format("\nstuck at s{} with {}, attempt {}, {} replans used", game.stuck->step.value(),
                        game.stuck->remaining_micros, game.stuck->attempt, game.stuck->replans_used);
  }
  return text;
}

// Every run that the evaluator's decisions allow, cent by cent: nature picks one endpoint of each resource that is up,
// what an attempt really costs, and what fails.
class Simulation {
 public:
  Simulation(const Program& program, std::shared_ptr<const abi::PolicyImage> image, int64_t budget_cents)
      : program_(program), workflow_(program.workflows[0]), image_(std::move(image)), budget_(budget_cents) {
    std::vector<std::vector<uint32_t>> serving(program.resources.size());
    for (uint32_t i = 0; i < program.endpoints.size(); ++i) {
      serving[program.endpoints[i].resource.index()].push_back(i);
    }
    ups_ = {0};
    for (const std::vector<uint32_t>& endpoints : serving) {
      std::vector<uint64_t> more;
      for (const uint64_t up : ups_) {
        for (const uint32_t endpoint : endpoints) more.push_back(up | uint64_t{1} << endpoint);
      }
      ups_ = std::move(more);
    }
  }

  // Whether some run is stuck: a mandatory step suspended for its budget though no rung says so.
  bool FindsStuck() {
    std::vector<uint32_t> replans;
    for (const Step& step : workflow_.steps) replans.push_back(step.replans.has_value() ? step.replans->value : 0);
    Push({0, 1, budget_, replans});
    while (!open_.empty() && !stuck_) {
      const State state = open_.back();
      open_.pop_back();
      if (state.position < workflow_.steps.size()) Expand(state);
    }
    return stuck_;
  }

 private:
  struct State {
    size_t position;
    uint32_t attempt;
    int64_t remaining;
    std::vector<uint32_t> replans_left;
    auto operator<=>(const State&) const = default;
  };

  void Push(State state) {
    if (seen_.insert(state).second) open_.push_back(std::move(state));
  }
  void Expand(const State& state) {
    for (const int64_t hi : Offers(state)) {
      for (int64_t cost = 0; cost <= hi; ++cost) Fail(state, state.remaining - cost);
      for (int64_t cost = 0; cost <= hi; ++cost) {
        Push({state.position + 1, 1, state.remaining - cost, state.replans_left});
      }
    }
  }
  void Fail(State state, int64_t remaining) {
    const Step& step = workflow_.steps[state.position];
    state.remaining = remaining;
    if (state.attempt <= (step.retries.has_value() ? step.retries->value : 0)) {
      ++state.attempt;
      Push(std::move(state));
    } else if (state.replans_left[state.position] > 0) {
      --state.replans_left[state.position];
      Push({step.replan_target.index(), 1, remaining, state.replans_left});
    }
  }
  // What the evaluator would reserve, over all that may be up; steps that are left out or done by a person go on.
  std::set<int64_t> Offers(const State& state) {
    const auto [it, is_new] = offers_.try_emplace({state.position, state.remaining});
    if (is_new) {
      for (const uint64_t up : ups_) {
        const abi::Decision decision =
            AskImage(*image_, {TenantId(0), WorkflowId(0), StepId(static_cast<uint32_t>(state.position)), 0,
                               state.remaining * kCentMicros, up});
        const auto verdict = static_cast<abi::Verdict>(decision.verdict);
        if (verdict == abi::Verdict::kProceed) it->second.offers.insert(decision.reserved_micros / kCentMicros);
        if (verdict == abi::Verdict::kSkip || verdict == abi::Verdict::kReview) it->second.passes = true;
        const bool no_rung_says_so = decision.clause == (abi::kTenantTerm | abi::kTermBudgetWorkflow);
        if (verdict == abi::Verdict::kSuspend && no_rung_says_so) {
          stuck_ = true;
        }
      }
    }
    if (it->second.passes) Push({state.position + 1, 1, state.remaining, state.replans_left});
    return it->second.offers;
  }

  struct Answers {
    std::set<int64_t> offers;
    bool passes = false;
  };
  const Program& program_;
  const Workflow& workflow_;
  std::shared_ptr<const abi::PolicyImage> image_;
  const int64_t budget_;
  std::vector<uint64_t> ups_;
  std::set<State> seen_;
  std::vector<State> open_;
  std::map<std::pair<size_t, int64_t>, Answers> offers_;
  bool stuck_ = false;
};

TEST(LadderGameTest, FindsAStuckRunExactlyWhereTheEvaluatorHasOne) {
  int stuck = 0, safe = 0;
  for (uint64_t seed = 0; seed < 20'000; ++seed) {
    RandomWork random(seed, seed % 8 != 0);
    const int64_t budget = random.budget_cents();
    const std::shared_ptr<const Program> program = random.Build();
    const Facts facts(*program);
    const ShapeFacts& shape = facts.shape(ShapeId(0));
    if (shape.works[0].floors.entry > budget * kCentMicros) continue;  // never admitted
    const GameResult game = PlayLadder(shape.ladder, program->workflows[0], shape.works[0], budget * kCentMicros);
    ASSERT_FALSE(game.undecided);
    const auto image = plan::EvaluatorImage(
        plan::BuildPlan(VerifiedProgramForTest::Make(program, facts.floors(), VerifiedProgram::Purpose::kReplay)));
    ASSERT_EQ(Simulation(*program, image, budget).FindsStuck(), game.stuck.has_value())
        << "seed " << seed << ", budget " << budget << Story(*program, shape.works[0], game);
    if (game.stuck.has_value()) {
      ++stuck;
    } else {
      ++safe;
    }
  }
  EXPECT_GT(stuck, 30);
  EXPECT_GT(safe, 100);
}

}  // namespace
}  // namespace bylaw::verify

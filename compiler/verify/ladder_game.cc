#include "compiler/verify/ladder_game.h"

#include <algorithm>

namespace bylaw::verify {
namespace {

using sema::Ladder;
using sema::Rung;
using sema::Step;
using sema::Workflow;

constexpr int64_t kUnreached = abi::kUnlimitedMicros;

// What the rungs taken so far make of a step.
struct Taken {
  int64_t hi_micros = 0;
  bool skip = false, review = false, suspend = false;

  void Take(const GateQuestion& question, const Prices& prices, size_t rung) {
    const std::optional<Option>& replacement = question.facts.by_rung[rung];
    switch (question.ladder->rungs[rung].effect) {
      case Rung::Effect::kUseModel:
        if (replacement.has_value() && replacement->usable()) hi_micros = prices.rung_micros[rung];
        break;
      case Rung::Effect::kSkipOptional:
        skip = skip || question.step.optional;
        break;
      case Rung::Effect::kSendToReviewers:
        review = true;
        break;
      case Rung::Effect::kSuspend:
        suspend = true;
        break;
    }
  }
  // The choice that stands now; kStuck if more rungs are needed.
  GateChoice Choice(int64_t floor_after, int64_t remaining) const {
    if (suspend) return {GateChoice::Kind::kSuspendByRung, 0};
    if (review) return {GateChoice::Kind::kReview, 0};
    if (skip) return {GateChoice::Kind::kSkip, 0};
    if (hi_micros == 0 || (remaining >= hi_micros && remaining - hi_micros >= floor_after)) {
      return {GateChoice::Kind::kProceed, hi_micros};
    }
    return {};
  }
};

// Every combination of what may be up, for what is called before the ladder and for each rung. The same model costs the
// same wherever it is named. Empty if there are too many.
std::vector<Prices> AllPrices(const StepFacts& facts) {
  std::vector<const Option*> models;  // distinct
  const auto index_of = [&](const Option& option) {
    size_t index = 0;
    while (index < models.size() && models[index]->resource != option.resource) ++index;
    if (index == models.size()) models.push_back(&option);
    return index;
  };
  std::vector<size_t> bases = {index_of(facts.own)}, rungs;
  for (const Option& option : facts.by_rule) bases.push_back(index_of(option));
  for (const std::optional<Option>& option : facts.by_rung) rungs.push_back(option.has_value() ? index_of(*option) : 0);
  size_t combinations = bases.size();
  for (const Option* model : models) {
    combinations *= model->costs.size();
    if (combinations > kPricesMax) return {};
  }
  std::vector<Prices> all;
  for (size_t code = 0; code < combinations / bases.size(); ++code) {
    std::vector<int64_t> price;
    size_t rest = code;
    for (const Option* model : models) {
      price.push_back(model->costs[rest % model->costs.size()]);
      rest /= model->costs.size();
    }
    Prices prices;
    for (const size_t rung : rungs) prices.rung_micros.push_back(price[rung]);
    for (const size_t base : bases) {
      prices.base_micros = price[base];
      all.push_back(prices);
    }
  }
  return all;
}

// The lower ends of what can remain, by (replans left, position); replans left are counted in mixed radix.
class Game {
 public:
  Game(const Ladder* ladder, const Workflow& workflow, const WorkFacts& work, int64_t budget)
      : ladder_(ladder), workflow_(workflow), work_(work), budget_(budget) {}

  GameResult Play() {
    GameResult result;
    if (!CountStates()) {
      result.undecided = true;
      return result;
    }
    const size_t steps = workflow_.order.size();
    lowest_.assign(codes_ * (steps + 1), kUnreached);
    At(codes_ - 1, 0) = budget_;
    for (uint64_t code = codes_; code-- > 0;) {
      for (size_t position = 0; position < steps; ++position) {
        if (At(code, position) == kUnreached) continue;
        if (std::optional<Stuck> stuck = Visit(code, position); stuck.has_value()) {
          result.stuck = stuck;
          return result;
        }
      }
    }
    return result;
  }

 private:
  bool CountStates() {
    codes_ = 1;
    uint64_t attempts = 1;
    for (const Step& step : workflow_.steps) {
      radix_.push_back(codes_);
      const uint64_t values = uint64_t{1} + (step.replans.has_value() ? step.replans->value : 0);
      if (values > kGameStatesMax || codes_ * values > kGameStatesMax) return false;
      codes_ *= values;
      attempts += uint64_t{1} + (step.retries.has_value() ? step.retries->value : 0);
    }
    for (const StepFacts& facts : work_.steps) {
      prices_.push_back(AllPrices(facts));
      if (prices_.back().empty()) return false;
    }
    return attempts <= kGameStatesMax && codes_ * attempts <= kGameStatesMax;
  }
  int64_t& At(uint64_t code, size_t position) { return lowest_[code * (workflow_.order.size() + 1) + position]; }
  uint32_t ReplansLeft(uint64_t code, StepId step) const {
    const auto& replans = workflow_.steps[step.index()].replans;
    if (!replans.has_value()) return 0;
    return static_cast<uint32_t>(code / radix_[step.index()] % (uint64_t{1} + replans->value));
  }
  void Reach(uint64_t code, size_t position, int64_t lowest) {
    int64_t& at = At(code, position);
    at = std::min(at, lowest);
  }

  // Everything that may happen on arrival at a step. Returns the state in which nothing is left to choose, if any.
  std::optional<Stuck> Visit(uint64_t code, size_t position) {
    const StepId id = workflow_.order[position];
    const Step& step = workflow_.steps[id.index()];
    int64_t lowest = At(code, position);
    const uint32_t attempts = 1 + (step.retries.has_value() ? step.retries->value : 0);
    for (uint32_t attempt = 1; attempt <= attempts; ++attempt) {
      const Attempt outcome = TryOnce(id, lowest);
      if (outcome.stuck_at.has_value()) return Stuck{id, *outcome.stuck_at, attempt, ReplansUsed(code)};
      Reach(code, position + 1, outcome.lowest_if_done);
      if (outcome.lowest_if_failed == kUnreached) return std::nullopt;
      if (outcome.lowest_if_failed == lowest) break;  // a free attempt changes nothing
      lowest = outcome.lowest_if_failed;
    }
    if (step.replan_target.valid() && ReplansLeft(code, id) > 0) {
      Reach(code - radix_[id.index()], work_.position[step.replan_target.index()], lowest);
    }
    return std::nullopt;
  }

  struct Attempt {
    int64_t lowest_if_done = kUnreached;    // succeeded, skipped or done by a person
    int64_t lowest_if_failed = kUnreached;  // called and failed
    std::optional<int64_t> stuck_at;

    void Note(const GateChoice& choice, int64_t remaining) {
      switch (choice.kind) {
        case GateChoice::Kind::kProceed:
          lowest_if_failed = std::min(lowest_if_failed, remaining - choice.hi_micros);
          lowest_if_done = std::min(lowest_if_done, remaining - choice.hi_micros);
          break;
        case GateChoice::Kind::kSkip:
        case GateChoice::Kind::kReview:
          lowest_if_done = std::min(lowest_if_done, remaining);
          break;
        case GateChoice::Kind::kSuspendByRung:
          break;
        case GateChoice::Kind::kStuck:
          stuck_at = std::min(stuck_at.value_or(remaining), remaining);
          break;
      }
    }
  };
  // At given prices the gate's choice is constant between two neighbours of {lowest, thresholds, what each model
  // needs}, and within such a piece what remains grows with what there was: the left ends decide.
  Attempt TryOnce(StepId id, int64_t lowest) const {
    const GateQuestion question{ladder_, workflow_.steps[id.index()], work_.steps[id.index()],
                                work_.floors.after[id.index()], budget_};
    Attempt outcome;
    for (const Prices& prices : prices_[id.index()]) {
      std::vector<int64_t> ends = {lowest, SaturatingAdd(prices.base_micros, question.floor_after)};
      for (const int64_t price : prices.rung_micros) ends.push_back(SaturatingAdd(price, question.floor_after));
      if (ladder_ != nullptr) {
        for (const Rung& rung : ladder_->rungs) ends.push_back(ThresholdMicros(rung, budget_));
      }
      for (const int64_t remaining : ends) {
        if (lowest <= remaining && remaining <= budget_) outcome.Note(PassGate(question, prices, remaining), remaining);
      }
    }
    return outcome;
  }

  uint32_t ReplansUsed(uint64_t code) const {
    uint32_t used = 0;
    for (uint32_t i = 0; i < workflow_.steps.size(); ++i) {
      const auto& replans = workflow_.steps[i].replans;
      if (replans.has_value()) used += replans->value - ReplansLeft(code, StepId(i));
    }
    return used;
  }

  const Ladder* ladder_;
  const Workflow& workflow_;
  const WorkFacts& work_;
  const int64_t budget_;
  uint64_t codes_ = 1;
  std::vector<uint64_t> radix_;              // by StepId
  std::vector<std::vector<Prices>> prices_;  // by StepId
  std::vector<int64_t> lowest_;
};

}  // namespace

int64_t ThresholdMicros(const Rung& rung, int64_t budget) {
  if (!rung.is_percent) return rung.below_micros;
  const __int128 scaled = static_cast<__int128>(budget) * rung.below_ppm;
  return static_cast<int64_t>((scaled + 999'999) / 1'000'000);
}

Prices DearestPrices(const StepFacts& facts) {
  Prices prices{facts.base_hi_micros, {}};
  for (const std::optional<Option>& option : facts.by_rung) {
    prices.rung_micros.push_back(option.has_value() ? option->hi_micros : 0);
  }
  return prices;
}

GateChoice PassGate(const GateQuestion& question, const Prices& prices, int64_t remaining) {
  if (prices.base_micros == 0) return {GateChoice::Kind::kProceed, 0};
  Taken taken;
  taken.hi_micros = prices.base_micros;
  const size_t rungs = question.ladder == nullptr ? 0 : question.ladder->rungs.size();
  std::vector<bool> passed(rungs);
  for (size_t i = 0; i < rungs; ++i) {
    passed[i] = remaining < ThresholdMicros(question.ladder->rungs[i], question.budget);
    if (passed[i]) taken.Take(question, prices, i);
  }
  GateChoice choice = taken.Choice(question.floor_after, remaining);
  for (size_t i = 0; i < rungs && choice.kind == GateChoice::Kind::kStuck; ++i) {
    if (passed[i]) continue;
    taken.Take(question, prices, i);
    choice = taken.Choice(question.floor_after, remaining);
  }
  if (choice.kind == GateChoice::Kind::kStuck && question.step.optional) choice.kind = GateChoice::Kind::kSkip;
  return choice;
}

GameResult PlayLadder(const Ladder* ladder, const Workflow& workflow, const WorkFacts& work, int64_t budget) {
  return Game(ladder, workflow, work, budget).Play();
}

}  // namespace bylaw::verify

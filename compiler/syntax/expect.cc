#include "compiler/syntax/expect.h"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "BylawParser.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;
using antlr4::atn::ATNState;
using antlr4::atn::RuleTransition;
using antlr4::atn::Transition;

const antlr4::atn::ATN& Network() {
  static const P* const kParser = new P(nullptr);
  return kParser->getATN();
}

// Where to go on when a rule ends. Equal stacks are one object, so that comparing pointers compares stacks.
struct Frame {
  const Frame* below;
  ATNState* follow;
  size_t rule;  // the rule that was entered
};

struct Config {
  ATNState* state;
  const Frame* frame;
  friend bool operator==(const Config&, const Config&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Config& c) {
    return H::combine(std::move(h), c.state, c.frame);
  }
};

class Walk {
 public:
  explicit Walk(size_t entry) {
    const Frame* bottom = Intern(nullptr, nullptr, entry);
    Close({Network().ruleToStartState[entry], bottom});
  }

  // Goes over one word; false (and nothing changes) if no way leads on.
  bool Advance(size_t word) {
    std::vector<Config> next;
    for (const Config& config : configs_) {
      for (const Transition* transition : config.state->transitions) {
        if (!transition->isEpsilon() && transition->matches(word, antlr4::Token::MIN_USER_TOKEN_TYPE, P::C_BAD)) {
          next.push_back({transition->target, config.frame});
        }
      }
    }
    if (next.empty()) return false;
    configs_.clear();
    seen_.clear();
    for (const Config& config : next) Close(config);
    return true;
  }

  const std::vector<Config>& configs() const { return configs_; }

 private:
  const Frame* Intern(const Frame* below, ATNState* follow, size_t rule) {
    auto [it, fresh] = interned_.try_emplace(std::pair(below, std::pair(follow, rule)), nullptr);
    if (fresh) it->second = &frames_.emplace_back(Frame{below, follow, rule});
    return it->second;
  }

  // Everything reachable from `start` without a word.
  void Close(Config start) {
    std::vector<Config> todo = {start};
    while (!todo.empty()) {
      const Config config = todo.back();
      todo.pop_back();
      if (!seen_.insert(config).second) continue;
      if (config.state->getStateType() == ATNState::RULE_STOP) {
        if (config.frame->below != nullptr) todo.push_back({config.frame->follow, config.frame->below});
        continue;
      }
      bool keeps = false;
      for (const Transition* transition : config.state->transitions) {
        if (transition->getSerializationType() == Transition::RULE) {
          const auto* rule = static_cast<const RuleTransition*>(transition);
          todo.push_back({rule->target, Intern(config.frame, rule->followState, rule->target->ruleIndex)});
        } else if (transition->isEpsilon()) {
          todo.push_back({transition->target, config.frame});
        } else {
          keeps = true;
        }
      }
      if (keeps) configs_.push_back(config);
    }
  }

  std::vector<Config> configs_;
  absl::flat_hash_set<Config> seen_;
  std::deque<Frame> frames_;
  absl::flat_hash_map<std::pair<const Frame*, std::pair<ATNState*, size_t>>, const Frame*> interned_;
};

}  // namespace

Expectation Expect(size_t entry, std::span<const uint16_t> words, const std::vector<bool>& forms) {
  Walk walk(entry);
  Expectation result;
  while (result.at < words.size() && walk.Advance(words[result.at])) ++result.at;
  std::set<uint16_t> expected, keywords;
  std::set<size_t> rules;
  for (const Config& config : walk.configs()) {
    for (const Transition* transition : config.state->transitions) {
      if (transition->isEpsilon()) continue;
      const antlr4::misc::IntervalSet label = transition->label();
      if (label.contains(antlr4::Token::EOF)) {
        result.may_end = true;
        continue;
      }
      const bool name = config.frame->rule == P::RuleName;
      for (const ssize_t word : label.toList()) {
        expected.insert(static_cast<uint16_t>(word));
        if (!name) keywords.insert(static_cast<uint16_t>(word));
      }
    }
    for (const Frame* frame = config.frame; frame != nullptr; frame = frame->below) {
      if (forms[frame->rule]) {
        rules.insert(frame->rule);
        break;
      }
    }
  }
  result.fits = result.at == words.size() && result.may_end;
  result.words.assign(expected.begin(), expected.end());
  result.at_name.assign(keywords.begin(), keywords.end());
  result.rules.assign(rules.begin(), rules.end());
  return result;
}

}  // namespace bylaw::syntax

// A step whose conditions are taken as free: each may hold, not hold or fail, whatever it says.
#ifndef BYLAW_COMPILER_CHANGE_FREE_H_
#define BYLAW_COMPILER_CHANGE_FREE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "compiler/change/situation.h"

namespace bylaw::change {

class FreeSteps {
 public:
  // Conditions of both sides that are written alike, and read names of the same types and equal settings, are one.
  // Outlived by all it is given.
  FreeSteps(const StepSide& before, const StepSide& after);

  size_t condition_count() const { return count_; }
  // How many requests ForEach asks.
  uint64_t Requests(const Situations& situations) const;
  // For each situation and each answer of the conditions: the answers under every mask.
  void ForEach(Situations& situations, const std::function<void(const std::vector<Answers>&)>& visit) const;

 private:
  struct Side {
    plan::StepProgram program;  // with conditions that read one yes/no value each
    abi::StepEntry entry;
  };
  void Rewrite(const StepSide& side, std::vector<std::string>& keys, Side& out);

  const StepSide& before_;
  const StepSide& after_;
  std::vector<std::unique_ptr<cel::TypedExpr>> reads_;  // by condition
  Side old_side_, new_side_;
  size_t count_ = 0;
};

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_FREE_H_

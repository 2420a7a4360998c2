// The values at which the conditions of a step may change their answers, before and after a change.
//
// A variable is an input, an output or an attribute of the run that some condition of either side reads. Its values are
// the constants it may be compared with, one value between each two of them and one beyond each end, and last its
// absence. If every condition only compares single variables with constants, these points stand for all requests
// (`exact`); else they are only what is tried.
#ifndef BYLAW_COMPILER_CHANGE_GRID_H_
#define BYLAW_COMPILER_CHANGE_GRID_H_

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "compiler/change/step_side.h"
#include "runtime/abi/decision.h"

namespace bylaw::change {

struct Variable {
  enum class Kind : uint8_t { kSlot, kAttempt, kSpent, kAge } kind = Kind::kSlot;
  std::string name;
  abi::SlotType type = abi::SlotType::kCount;
  std::vector<abi::SlotValue> values;  // absence is the value after the last one, for slots
  uint32_t before_slot = UINT32_MAX, after_slot = UINT32_MAX;
};

// A value for each variable, by index; Variable::values.size() is absence.
using Point = std::vector<uint8_t>;

class Grid {
 public:
  Grid(const StepSide& before, const StepSide& after);

  const std::vector<Variable>& variables() const { return variables_; }
  const std::vector<Point>& points() const { return points_; }
  bool exact() const { return exact_; }
  const Reads& reads() const { return reads_; }  // of both sides together; slots and settings are the new side's
  // Constants that `now` and `budget.remaining` may be compared with.
  const std::vector<int64_t>& instants() const { return instants_; }
  const std::vector<int64_t>& amounts() const { return amounts_; }

 private:
  struct Constants;
  void AddSlots(const StepSide& side, bool is_before);
  void AddAttribute(Variable::Kind kind, abi::SlotType type, const char* name);
  std::vector<abi::SlotValue> ValuesOf(abi::SlotType type, const std::vector<std::string>& choices,
                                       const Constants& constants);
  std::vector<abi::SlotValue> ListsOf(const Constants& constants);
  void FillPoints();

  std::vector<Variable> variables_;
  std::vector<std::vector<std::string>> choices_;  // by variable
  std::vector<Point> points_;
  bool exact_ = true;
  Reads reads_;
  std::vector<int64_t> instants_, amounts_;
  std::deque<std::string> strings_;
  std::deque<abi::Text> texts_;
  std::deque<std::vector<abi::Text>> rows_;
  std::deque<abi::TextList> lists_;
};

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_GRID_H_

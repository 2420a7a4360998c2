// The situations in which one step is asked, before and after: when, with how much left, for which inputs, what is up.
#ifndef BYLAW_COMPILER_CHANGE_SITUATION_H_
#define BYLAW_COMPILER_CHANGE_SITUATION_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/change/change.h"
#include "compiler/change/grid.h"

namespace bylaw::change {

struct Situation {
  TimeNs at = 0;
  int64_t remaining = abi::kUnlimitedMicros;
  const Point* point = nullptr;
  bool approved = false;
  uint64_t up = ~uint64_t{0};  // bit per endpoint that may serve on either side
};
using Answers = std::pair<abi::Decision, abi::Decision>;  // before, after

class Situations {
 public:
  // Outlived by all it is given.
  Situations(const StepSide& before, const StepSide& after, const Grid& grid);

  // The points of each dimension, the most usual first. Together with the grid's they stand for all requests if
  // `complete`.
  const std::vector<TimeNs>& instants() const { return instants_; }
  const std::vector<int64_t>& remaining() const { return remaining_; }
  const std::vector<bool>& approvals() const { return approvals_; }
  const std::vector<uint64_t>& masks() const { return masks_; }
  bool complete() const { return complete_; }

  Answers Ask(const Situation& situation);
  // What each condition of either side says, a letter each.
  std::string ConditionsIn(const Situation& situation);
  // The endpoint that a decision uses, as a bit that is the same on both sides; none has a bit of its own.
  uint64_t UseBit(const abi::Decision& decision, bool is_before) const;
  std::vector<std::string> UseNames(uint64_t bits) const;
  // The two requests without inputs and outputs, for whoever fills these in himself.
  std::pair<abi::StepRequest, abi::StepRequest> Requests(const Situation& situation);

  // The situation as a request by name, freed of everything without which `still` holds of the answers.
  using Still = std::function<bool(const Answers& first, const Answers& now)>;
  Shown Show(Situation situation, const Still& still);

 private:
  // An endpoint that may serve on either side.
  struct Server {
    std::string name;
    std::string resource;
    EndpointId before, after;
  };
  struct Values {  // of one side
    std::vector<abi::SlotValue> slots;
    std::vector<uint64_t> present, up, permitted;
  };

  void FindServers(const StepSide& side, bool is_before);
  void FillInstants();
  void AddWindowEdges(const StepSide& side);
  void FillRemaining();
  void FillMasks();
  void Fill(const Point& point);
  bool IsAbsent(const Point& point, size_t variable) const;
  std::string WordsOf(const Situation& situation, const Still& still, const Answers& first);

  const StepSide& before_;
  const StepSide& after_;
  const Grid& grid_;
  std::vector<Server> servers_;
  std::vector<TimeNs> instants_;
  std::vector<int64_t> remaining_;
  std::vector<bool> approvals_;
  std::vector<uint64_t> masks_;
  bool complete_ = true;

  Values old_values_, new_values_;
  const Point* filled_ = nullptr;
  uint32_t attempt_ = 1;
  int64_t spent_ = 0;
  DurationNs age_ = 0;
};

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_SITUATION_H_

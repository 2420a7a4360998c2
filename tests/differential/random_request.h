// Questions to a policy at random, many of them exactly at a threshold, a price, a floor or a date.
#ifndef BYLAW_TESTS_DIFFERENTIAL_RANDOM_REQUEST_H_
#define BYLAW_TESTS_DIFFERENTIAL_RANDOM_REQUEST_H_

#include <cstdint>
#include <vector>

#include "base/prng.h"
#include "compiler/plan/plan.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::differential {

struct Question {
  TenantId tenant;
  WorkflowId workflow;
  StepId step;
  abi::StepRequest request;
};

class QuestionGenerator {
 public:
  QuestionGenerator(const plan::Plan& plan, uint64_t seed);
  // Valid until the next call.
  const Question& Next();

 private:
  TimeNs RandomNow();
  int64_t RandomRemaining(const abi::StepEntry& entry, int64_t budget);
  void RandomBits(std::vector<uint64_t>& words, double share);
  void RandomSlots(const abi::WorkflowInfo& workflow);

  const plan::Plan& plan_;
  Prng prng_;
  std::vector<TimeNs> instants_;
  std::vector<abi::Text> texts_;
  std::vector<abi::TextList> lists_;
  std::vector<uint64_t> up_, permitted_, present_;
  std::vector<abi::SlotValue> slots_;
  Question question_;
};

// The answer of one image.
abi::Decision Ask(const abi::PolicyImage& image, const Question& question);

}  // namespace bylaw::differential

#endif  // BYLAW_TESTS_DIFFERENTIAL_RANDOM_REQUEST_H_

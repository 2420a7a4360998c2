// One step before and after, asked at every point where an answer can change.
#ifndef BYLAW_COMPILER_CHANGE_SEARCH_H_
#define BYLAW_COMPILER_CHANGE_SEARCH_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/change/change.h"
#include "compiler/change/grid.h"

namespace bylaw::change {

// What of a step's decision is compared.
enum class Axis : uint8_t {
  kVerdict,  // proceed < skip < wait < ask < send to reviewers < suspend < deny; later waits, more people asked
  kUses,     // the endpoints that may serve in one situation, whatever is up
  kCost,     // what is reserved for the same endpoint
  kManner,   // who reviews, which lane
};
inline constexpr size_t kAxes = 4;

struct AxisFindings {
  Seen seen;
  std::optional<Shown> stricter, looser, different;  // a request for each that was seen
  // The endpoints that may serve in the situation of the request shown first; kUses only.
  std::vector<std::string> old_uses, new_uses;
};
using StepFindings = std::array<AxisFindings, kAxes>;

// Two answers to one request, by axis; kUses is about many requests and not set.
std::array<Seen, kAxes> CompareDecisions(const abi::PolicyImage& old_image, const abi::Decision& before,
                                         const abi::PolicyImage& new_image, const abi::Decision& after);

StepFindings SearchStep(const StepSide& before, const StepSide& after);

// Where the amounts left at which answers change stand to each other: tenants whose budgets give the same order get the
// same findings.
std::string AmountOrder(const StepSide& before, const StepSide& after);

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_SEARCH_H_

// What a condition may cost at most, known when it is compiled.
//
// A step is about one native operation; text costs a step for every 16 bytes that are looked at or made. Sizes are
// bounded because what a condition reads is: a text of more than kTextBytesMax bytes, a list of more than kListItemsMax
// items or with an item of more than kItemBytesMax bytes is an error of the condition that reads it.
#ifndef BYLAW_COMPILER_CEL_COST_H_
#define BYLAW_COMPILER_CEL_COST_H_

#include <cstdint>
#include <optional>
#include <string>

#include "compiler/cel/typed.h"
#include "compiler/source/source.h"

namespace bylaw::cel {

inline constexpr uint64_t kTextBytesMax = 1 << 20;
inline constexpr uint64_t kListItemsMax = 1'000;
inline constexpr uint64_t kItemBytesMax = 1'000;
inline constexpr uint64_t kCostMax = 10'000'000;

struct ExcessiveCost {
  source::Span span;  // the smallest part that costs too much
  std::string cost_text;
};

// Nothing if the whole costs at most kCostMax.
std::optional<ExcessiveCost> FindExcessiveCost(const TypedExpr& expr);
// Steps, saturating.
uint64_t CostOf(const TypedExpr& expr);
// "10 million", "3 billion": about so many.
std::string CostText(uint64_t cost);

}  // namespace bylaw::cel

#endif  // BYLAW_COMPILER_CEL_COST_H_

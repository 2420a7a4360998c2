#include "compiler/cel/cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace bylaw::cel {
namespace {

constexpr uint64_t kForever = std::numeric_limits<uint64_t>::max();
constexpr uint64_t kBytesPerStep = 16;

uint64_t Plus(uint64_t a, uint64_t b) { return a > kForever - b ? kForever : a + b; }
uint64_t Times(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? kForever : product;
}

// How large a value can be: bytes of text, items of a list or map, and the largest of them.
struct Size {
  uint64_t bytes = 0;  // of a text, or of the largest item
  uint64_t items = 0;
};
Size Larger(Size a, Size b) { return {std::max(a.bytes, b.bytes), std::max(a.items, b.items)}; }

struct Estimate {
  uint64_t cost = 0;
  Size size;
};

uint64_t StepsFor(const Size& size) { return Times(std::max<uint64_t>(size.items, 1), 1 + size.bytes / kBytesPerStep); }

class Estimator {
 public:
  Estimate Of(const TypedExpr& node) {
    const Estimate estimate = Compute(node);
    if (estimate.cost > kCostMax && !excess_) excess_ = ExcessiveCost{node.span, CostText(estimate.cost)};
    return estimate;
  }
  const std::optional<ExcessiveCost>& excess() const { return excess_; }

 private:
  Estimate Compute(const TypedExpr& node) {
    switch (node.op) {
      case Op::kConst:
        return {1, {node.text_value.size(), 0}};
      case Op::kSlot:
      case Op::kSetting:
      case Op::kVariable:
        return Read(node);
      case Op::kTenantText:
      case Op::kStepName:
      case Op::kWorkflowName:
        return {1, {kItemBytesMax, 0}};
      case Op::kLocal:
        return {1, node.slot < locals_.size() ? locals_[node.slot] : Size{}};
      case Op::kAll:
      case Op::kExists:
      case Op::kExistsOne:
      case Op::kTransformList:
      case Op::kTransformMap:
      case Op::kTransformMapEntry:
        return Macro(node);
      case Op::kBind:
      case Op::kOptionalMap:
      case Op::kOptionalFlatMap:
        return Named(node);
      case Op::kConditional: {
        const Estimate condition = Of(*node.args[0]), a = Of(*node.args[1]), b = Of(*node.args[2]);
        return {Plus(condition.cost, Plus(1, std::max(a.cost, b.cost))), Larger(a.size, b.size)};
      }
      default:
        return Operation(node);
    }
  }

  static Estimate Read(const TypedExpr& node) {
    if (node.type == Type::kString || node.type == Type::kBytes) return {1, {kTextBytesMax, 0}};
    // The items of a list are looked at when it is read, to see that they are no larger than they may be.
    if (!IsScalar(node.type)) return {kListItemsMax, {kItemBytesMax, kListItemsMax}};
    return {1, {}};
  }

  // Everything that looks at its operands once: as many steps as they are large.
  Estimate Operation(const TypedExpr& node) {
    Estimate whole{1, {}};
    uint64_t looked_at = 0, product = 1, least = kForever;
    for (const TypedExprPtr& arg : node.args) {
      const Estimate estimate = Of(*arg);
      whole.cost = Plus(whole.cost, estimate.cost);
      looked_at = Plus(looked_at, StepsFor(estimate.size));
      least = std::min(least, StepsFor(estimate.size));
      product = Times(product, StepsFor(estimate.size));
      whole.size.bytes = Plus(whole.size.bytes, estimate.size.bytes);
      whole.size.items = Plus(whole.size.items, estimate.size.items);
    }
    switch (node.op) {
      case Op::kMatches:
        // RE2 is linear; a byte costs about a step.
        looked_at = Times(looked_at, kBytesPerStep);
        break;
      case Op::kEqual:
      case Op::kNotEqual:
      case Op::kLess:
      case Op::kLessEqual:
      case Op::kGreater:
      case Op::kGreaterEqual:
      case Op::kIn:
        // A comparison ends with the shorter side.
        looked_at = Times(least, node.op == Op::kIn ? node.args.size() : 1);
        break;
      case Op::kCall:
        looked_at = CallSteps(node, looked_at, product);
        whole.size = Made(node, whole.size, product);
        break;
      case Op::kNewList:
      case Op::kNewMap:
        if (node.op == Op::kNewMap) looked_at = Plus(looked_at, Times(node.args.size(), node.args.size()));
        whole.size.items = Plus(node.args.size(), whole.size.items);
        break;
      default:
        break;
    }
    whole.cost = Plus(whole.cost, looked_at);
    if (IsScalar(node.type) && node.type != Type::kString && node.type != Type::kBytes) whole.size = {};
    return whole;
  }

  static uint64_t CallSteps(const TypedExpr& node, uint64_t looked_at, uint64_t product) {
    switch (node.function) {
      // Each item or occurrence may be compared with each.
      case value::Function::kEqual:
      case value::Function::kNotEqual:
      case value::Function::kLastIndexOf:
        return product;
      default:
        return looked_at;
    }
  }

  // What a call makes is as large as its arguments together, unless it multiplies them.
  static Size Made(const TypedExpr& node, const Size& together, uint64_t product) {
    switch (node.function) {
      case value::Function::kReplace:
      case value::Function::kJoin:
        return {Times(product, kBytesPerStep), 0};
      case value::Function::kSplit:
        return {together.bytes, together.bytes + 1};
      case value::Function::kFormat:
      case value::Function::kQuote:
      case value::Function::kToString:
      case value::Function::kBase64Encode:
        return {Plus(Times(Times(together.bytes, 2), std::max<uint64_t>(together.items, 1)), 1'024), 0};
      default:
        return together;
    }
  }

  // `body` for each of the items of the range.
  Estimate Macro(const TypedExpr& node) {
    const Estimate range = Of(*node.args[0]);
    const uint64_t times = std::max<uint64_t>(range.size.items, 1);
    SetLocal(node.slot, {range.size.bytes, 0});
    if (node.two) SetLocal(node.slot + 1, {range.size.bytes, 0});
    uint64_t body = 4;
    Size made;
    for (size_t i = 1; i < node.args.size(); ++i) {
      const Estimate part = Of(*node.args[i]);
      body = Plus(body, part.cost);
      if (i == 1)
        made = {std::max(part.size.bytes, range.size.bytes), Times(times, std::max<uint64_t>(part.size.items, 1))};
    }
    uint64_t cost = Plus(range.cost, Times(times, body));
    // A key is compared with each of the keys before it.
    if (node.type == Type::kMap) cost = Plus(cost, Times(made.items, made.items));
    return {cost, node.type == Type::kBool ? Size{} : made};
  }

  Estimate Named(const TypedExpr& node) {
    const Estimate value = Of(*node.args[0]);
    SetLocal(node.slot, value.size);
    const Estimate body = Of(*node.args[1]);
    return {Plus(Plus(value.cost, body.cost), 1), body.size};
  }

  void SetLocal(uint32_t slot, Size size) {
    if (locals_.size() <= slot) locals_.resize(slot + 1);
    locals_[slot] = size;
  }

  std::vector<Size> locals_;
  std::optional<ExcessiveCost> excess_;
};

}  // namespace

uint64_t CostOf(const TypedExpr& expr) { return Estimator().Of(expr).cost; }

std::optional<ExcessiveCost> FindExcessiveCost(const TypedExpr& expr) {
  Estimator estimator;
  estimator.Of(expr);
  return estimator.excess();
}

std::string CostText(uint64_t cost) {
  if (cost >= 1'000'000'000'000) return "more than a trillion";
  if (cost >= 1'000'000'000) return fmt::format("{} billion", cost / 1'000'000'000);
  if (cost >= 1'000'000) return fmt::format("{} million", cost / 1'000'000);
  return fmt::format("{}", cost);
}

}  // namespace bylaw::cel

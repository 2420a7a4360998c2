#include "tests/differential/random_condition.h"

#include <limits>
#include <utility>

#include "base/check.h"
#include "compiler/cel/check.h"

namespace bylaw::differential {

using cel::Op;
using cel::Type;
using cel::TypedExpr;
using cel::TypedExprPtr;

const std::vector<std::string> kTexts = {"",         "web",        "branch", "partner", "standard",
                                         "tenant-1", "org/repo-7", "é€x",    "webby",   "a longer text of many bytes"};

namespace {

constexpr Type kTypes[] = {Type::kBool,     Type::kInt,       Type::kDouble, Type::kString, Type::kMoney,
                           Type::kDuration, Type::kTimestamp, Type::kUint,   Type::kBytes};

class Generator {
 public:
  Generator(Prng& prng, const Names& names) : prng_(prng), names_(names) {}

  TypedExprPtr OfType(Type type, int depth) {
    if (depth <= 0 || prng_.Chance(0.25)) return Leaf(type);
    if (prng_.Chance(0.1)) {
      TypedExprPtr node = Node(Op::kConditional, type);
      node->args.push_back(OfType(Type::kBool, depth - 1));
      for (int i = 0; i < 2; ++i) node->args.push_back(OfType(type, depth - 1));
      return node;
    }
    if (type == Type::kBool) return Bool(depth);
    if (type == Type::kString) return TextCall(depth);
    if (type == Type::kBytes) return Leaf(type);
    return Arithmetic(type, depth);
  }

 private:
  template <size_t N>
  Op Pick(const Op (&ops)[N]) {
    return ops[prng_.Below(N)];
  }
  static TypedExprPtr Node(Op op, Type type) {
    auto node = std::make_unique<TypedExpr>();
    node->op = op;
    node->type = type;
    return node;
  }

  TypedExprPtr Constant(Type type) {
    constexpr int64_t kEdges[] = {
        0, 1, -1, 2, 7, 1'000'000, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()};
    constexpr double kNumbers[] = {0.0, -0.0, 0.5, 0.8, 1.0, -3.25, 1e300};
    TypedExprPtr node = Node(Op::kConst, type);
    node->int_value = prng_.Chance(0.5) ? prng_.Between(0, 9) : kEdges[prng_.Below(std::size(kEdges))];
    if (type == Type::kBool) node->int_value = static_cast<int64_t>(prng_.Below(2));
    node->double_value = kNumbers[prng_.Below(std::size(kNumbers))];
    node->text_value = kTexts[prng_.Below(kTexts.size())];
    return node;
  }

  // A slot or setting of the type, if there is one.
  TypedExprPtr Stored(Type type, Op op, const std::vector<abi::SlotInfo>* rows) {
    if (rows == nullptr || rows->empty()) return nullptr;
    const auto begin = static_cast<uint32_t>(prng_.Below(rows->size()));
    for (uint32_t i = 0; i < rows->size(); ++i) {
      const auto slot = static_cast<uint32_t>((begin + i) % rows->size());
      if (cel::TypeOf((*rows)[slot].type) != type) continue;
      TypedExprPtr node = Node(op, type);
      node->slot = slot;
      return node;
    }
    return nullptr;
  }

  TypedExprPtr Builtin(Type type) {
    switch (type) {
      case Type::kInt:
        return Node(Op::kStepAttempt, type);
      case Type::kString: {
        const Op op = Pick({Op::kTenantText, Op::kStepName, Op::kWorkflowName});
        TypedExprPtr node = Node(op, type);
        node->tenant_text = static_cast<cel::TenantText>(prng_.Below(4));
        return node;
      }
      case Type::kMoney:
        return Node(Pick({Op::kStepEstimatedCost, Op::kWorkflowSpent, Op::kBudgetRemaining}), type);
      case Type::kDuration:
        return Node(Op::kWorkflowAge, type);
      case Type::kTimestamp:
        return Node(Op::kNow, type);
      default:
        return nullptr;
    }
  }

  TypedExprPtr Leaf(Type type) {
    TypedExprPtr leaf;
    if (type == Type::kString && locals_ > 0 && prng_.Chance(0.6)) {
      leaf = Node(Op::kLocal, type);
      leaf->slot = static_cast<uint32_t>(prng_.Below(locals_));
      return leaf;
    }
    const uint64_t choice = prng_.Below(10);
    if (choice < 5) leaf = Stored(type, Op::kSlot, names_.slots);
    if (choice == 5 || choice == 6) leaf = Stored(type, Op::kSetting, names_.settings);
    if (choice == 7) leaf = Builtin(type);
    return leaf != nullptr ? std::move(leaf) : Constant(type);
  }

  TypedExprPtr Binary(Op op, Type type, Type left, Type right, int depth) {
    TypedExprPtr node = Node(op, type);
    node->args.push_back(OfType(left, depth - 1));
    node->args.push_back(OfType(right, depth - 1));
    return node;
  }

  TypedExprPtr Arithmetic(Type type, int depth) {
    if (type == Type::kInt && prng_.Chance(0.2)) {
      TypedExprPtr node = Node(Op::kSize, type);
      node->args.push_back(OfType(Type::kString, depth - 1));
      return node;
    }
    if (type != Type::kTimestamp && type != Type::kUint && prng_.Chance(0.15)) {
      TypedExprPtr node = Node(Op::kNegate, type);
      node->args.push_back(OfType(type, depth - 1));
      return node;
    }
    const Op additive = Pick({Op::kAdd, Op::kSubtract});
    switch (type) {
      case Type::kInt:
      case Type::kUint:
        return Binary(Pick({Op::kAdd, Op::kSubtract, Op::kMultiply, Op::kDivide, Op::kModulo}), type, type, type,
                      depth);
      case Type::kDouble:
        return Binary(Pick({Op::kAdd, Op::kSubtract, Op::kMultiply, Op::kDivide}), type, type, type, depth);
      case Type::kMoney:
        if (prng_.Chance(0.5)) return Binary(additive, type, type, type, depth);
        return Binary(Pick({Op::kMultiply, Op::kDivide}), type, type, Type::kInt, depth);
      case Type::kDuration:
        if (prng_.Chance(0.3)) return Binary(Op::kSubtract, type, Type::kTimestamp, Type::kTimestamp, depth);
        return Binary(additive, type, type, type, depth);
      case Type::kTimestamp:
        return Binary(additive, type, type, Type::kDuration, depth);
      default:
        BYLAW_UNREACHABLE("no arithmetic");
    }
  }

  TypedExprPtr Call(value::Function function, Type type, std::vector<TypedExprPtr> args) {
    TypedExprPtr node = Node(Op::kCall, type);
    node->function = function;
    node->args = std::move(args);
    return node;
  }

  // Text made of text: a value in the arena.
  TypedExprPtr TextCall(int depth) {
    using F = value::Function;
    constexpr F kMakers[] = {F::kAdd, F::kUpperAscii, F::kCharAt, F::kReplace};
    std::vector<TypedExprPtr> args;
    args.push_back(OfType(Type::kString, depth - 1));
    const F maker = kMakers[prng_.Below(std::size(kMakers))];
    if (maker == F::kAdd) args.push_back(OfType(Type::kString, depth - 1));
    if (maker == F::kCharAt) args.push_back(Constant(Type::kInt));
    for (int i = 0; maker == F::kReplace && i < 2; ++i) args.push_back(Leaf(Type::kString));
    return Call(maker, Type::kString, std::move(args));
  }

  // A list of text: a slot, or one that is written down, or one that is made of another.
  TypedExprPtr TextList(int depth) {
    if (depth > 0 && prng_.Chance(0.3)) {
      TypedExprPtr node = Node(Op::kTransformList, Type::kList);
      node->args.push_back(TextList(depth - 1));
      node->slot = locals_++;
      node->args.push_back(OfType(Type::kString, depth - 1));
      if (prng_.Chance(0.5)) node->args.push_back(OfType(Type::kBool, depth - 1));
      --locals_;
      return node;
    }
    if (TypedExprPtr slot = Stored(Type::kList, Op::kSlot, names_.slots); slot != nullptr && prng_.Chance(0.8)) {
      return slot;
    }
    TypedExprPtr node = Node(Op::kNewList, Type::kList);
    for (uint64_t i = prng_.Below(4); i-- > 0;) node->args.push_back(OfType(Type::kString, depth - 1));
    return node;
  }

  TypedExprPtr OnList(int depth) {
    const uint64_t choice = prng_.Below(6);
    if (choice == 0) {
      std::vector<TypedExprPtr> args;
      args.push_back(OfType(Type::kString, depth - 1));
      args.push_back(TextList(depth - 1));
      return Call(value::Function::kIn, Type::kBool, std::move(args));
    }
    if (choice == 1) {
      std::vector<TypedExprPtr> item;
      item.push_back(TextList(depth - 1));
      item.push_back(OfType(Type::kInt, depth - 1));
      TypedExprPtr node = Node(Pick({Op::kEqual, Op::kLess}), Type::kBool);
      node->args.push_back(Call(value::Function::kIndex, Type::kString, std::move(item)));
      node->args.push_back(Leaf(Type::kString));
      return node;
    }
    TypedExprPtr node = Node(Pick({Op::kAll, Op::kExists, Op::kExistsOne}), Type::kBool);
    node->args.push_back(TextList(depth - 1));
    node->slot = locals_++;
    node->args.push_back(OfType(Type::kBool, depth - 1));
    --locals_;
    return node;
  }

  TypedExprPtr Bool(int depth) {
    switch (prng_.Below(8)) {
      case 7:
        return OnList(depth);
      case 0:
      case 1:
        return Binary(Pick({Op::kAnd, Op::kOr}), Type::kBool, Type::kBool, Type::kBool, depth);
      case 2: {
        TypedExprPtr node = Node(Op::kNot, Type::kBool);
        node->args.push_back(OfType(Type::kBool, depth - 1));
        return node;
      }
      case 3:
        return TextTest(depth);
      case 4:
        return MembershipOrHas(depth);
      default:
        return Comparison(depth);
    }
  }

  TypedExprPtr Comparison(int depth) {
    const Type type = kTypes[prng_.Below(std::size(kTypes))];
    const Op op = type == Type::kBool
                      ? Pick({Op::kEqual, Op::kNotEqual})
                      : Pick({Op::kEqual, Op::kNotEqual, Op::kLess, Op::kLessEqual, Op::kGreater, Op::kGreaterEqual});
    return Binary(op, Type::kBool, type, type, depth);
  }

  TypedExprPtr MembershipOrHas(int depth) {
    if (names_.slots != nullptr && !names_.slots->empty() && prng_.Chance(0.5)) {
      TypedExprPtr node = Node(Op::kHas, Type::kBool);
      node->slot = static_cast<uint32_t>(prng_.Below(names_.slots->size()));
      return node;
    }
    const Type type = kTypes[prng_.Below(std::size(kTypes))];
    TypedExprPtr node = Node(Op::kIn, Type::kBool);
    node->args.push_back(OfType(type, depth - 1));
    for (uint64_t i = prng_.Below(5); i-- > 0;) node->args.push_back(Constant(type));
    return node;
  }

  TypedExprPtr TextTest(int depth) {
    TypedExprPtr node = Node(Pick({Op::kMatches, Op::kStartsWith, Op::kEndsWith, Op::kContains}), Type::kBool);
    constexpr const char* kPatterns[] = {"web", "^web$", "repo-[0-9]", "", "(a|b).*y"};
    node->text_value = node->op == Op::kMatches ? std::string(kPatterns[prng_.Below(std::size(kPatterns))])
                                                : kTexts[prng_.Below(kTexts.size())];
    node->args.push_back(OfType(Type::kString, depth - 1));
    return node;
  }

  Prng& prng_;
  const Names& names_;
  uint32_t locals_ = 0;  // variables of the macros around
};

}  // namespace

TypedExprPtr RandomCondition(Prng& prng, const Names& names, int depth) {
  return Generator(prng, names).OfType(Type::kBool, depth);
}

}  // namespace bylaw::differential

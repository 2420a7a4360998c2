#include "compiler/change/grid.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "base/prng.h"
#include "base/time.h"

namespace bylaw::change {
namespace {

using cel::Op;
using cel::Type;
using cel::TypedExpr;

// More points than these are sampled, and the grid is not exact.
constexpr size_t kPointsMax = 4'096;
constexpr size_t kValuesMax = 200;

bool IsVariable(const TypedExpr& expr) {
  switch (expr.op) {
    case Op::kSlot:
    case Op::kStepAttempt:
    case Op::kWorkflowSpent:
    case Op::kWorkflowAge:
    case Op::kBudgetRemaining:
    case Op::kNow:
      return true;
    default:
      return false;
  }
}

bool IsLeaf(const TypedExpr& expr) { return expr.args.empty(); }

// Whether what `expr` says depends only on which cell of the grid each variable is in.
bool IsCellwise(const TypedExpr& expr) {
  switch (expr.op) {
    case Op::kNot:
    case Op::kAnd:
    case Op::kOr:
      return std::all_of(expr.args.begin(), expr.args.end(), [](const auto& arg) { return IsCellwise(*arg); });
    case Op::kConditional:
      return expr.type == Type::kBool &&
             std::all_of(expr.args.begin(), expr.args.end(), [](const auto& arg) { return IsCellwise(*arg); });
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      return IsLeaf(*expr.args[0]) && IsLeaf(*expr.args[1]) &&
             !(IsVariable(*expr.args[0]) && IsVariable(*expr.args[1]));
    case Op::kIn:
      return IsLeaf(*expr.args[0]);
    case Op::kConst:
    case Op::kSlot:
    case Op::kHas:
    case Op::kSetting:
      return expr.type == Type::kBool;
    default:
      return false;
  }
}

int64_t StepOf(abi::SlotType type) {
  switch (type) {
    case abi::SlotType::kMoney:
      return 1'000'000;
    case abi::SlotType::kDate:
      return kDayNs;
    case abi::SlotType::kDuration:
      return kDayNs / (24 * 60);
    case abi::SlotType::kNumber:
    case abi::SlotType::kCount:
    case abi::SlotType::kText:
    case abi::SlotType::kYesNo:
    case abi::SlotType::kTextList:
      break;
  }
  return 1;
}

int64_t Saturated(int64_t value, int64_t change) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(value, change, &sum)) return sum;
  return change > 0 ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
}

// The constants, one value between each two, one beyond each end.
std::vector<int64_t> Cells(const std::set<int64_t>& constants, int64_t step) {
  if (constants.empty()) return {step};
  std::vector<int64_t> cells;
  cells.push_back(Saturated(*constants.begin(), -step));
  for (auto at = constants.begin(); at != constants.end(); ++at) {
    cells.push_back(*at);
    const auto next = std::next(at);
    if (next == constants.end()) {
      cells.push_back(Saturated(*at, step));
    } else if (static_cast<__int128>(*next) - *at > 1) {
      const int64_t nice = Saturated(*at, step);
      cells.push_back(nice < *next ? nice : static_cast<int64_t>((static_cast<__int128>(*at) + *next) / 2));
    }
  }
  return cells;
}

std::vector<double> Cells(const std::set<double>& constants) {
  constexpr double kStep = 0.05;
  if (constants.empty()) return {0.5};
  std::vector<double> cells;
  cells.push_back(*constants.begin() - kStep);
  for (auto at = constants.begin(); at != constants.end(); ++at) {
    cells.push_back(*at);
    const auto next = std::next(at);
    if (next == constants.end()) {
      cells.push_back(*at + kStep);
    } else {
      cells.push_back(*at + kStep < *next ? *at + kStep : *at + (*next - *at) / 2);
    }
  }
  return cells;
}

}  // namespace

// All constants of the conditions by type, whatever they are compared with: more cells than needed are no harm.
struct Grid::Constants {
  std::map<Type, std::set<int64_t>> integers;
  std::set<double> numbers;
  std::set<std::string> texts;

  void AddValue(Type type, const abi::SlotValue& value) {
    if (type == Type::kDouble) {
      numbers.insert(value.number);
    } else if (type == Type::kString) {
      if (value.text != nullptr) texts.insert(std::string(value.text->data, value.text->size));
    } else {
      integers[type].insert(value.integer);
    }
  }
  void Add(const TypedExpr& expr, const StepSide& side) {
    if (expr.op == Op::kConst) {
      if (expr.type == Type::kDouble) {
        numbers.insert(expr.double_value);
      } else if (expr.type == Type::kString) {
        texts.insert(expr.text_value);
      } else {
        integers[expr.type].insert(expr.int_value);
      }
    }
    if (expr.op == Op::kSetting) {
      const abi::SlotValue* row = side.plan->tables.settings.data() + side.record->settings_begin;
      AddValue(expr.type, row[expr.slot]);
    }
    if (expr.op == Op::kStepEstimatedCost) integers[Type::kMoney].insert(side.program().estimate_micros);
    if (!expr.text_value.empty() && expr.op != Op::kConst) texts.insert(expr.text_value);  // patterns and affixes
    for (const cel::TypedExprPtr& arg : expr.args) Add(*arg, side);
  }
};

Grid::Grid(const StepSide& before, const StepSide& after) {
  Constants constants;
  std::vector<const TypedExpr*> conditions = before.Conditions();
  for (const TypedExpr* condition : conditions) {
    constants.Add(*condition, before);
    Reads reads = ReadsOf(*condition);
    reads.slots.clear();
    reads.settings.clear();
    reads_.Join(reads);
  }
  for (const TypedExpr* condition : after.Conditions()) {
    constants.Add(*condition, after);
    reads_.Join(ReadsOf(*condition));
    conditions.push_back(condition);
  }
  exact_ = std::all_of(conditions.begin(), conditions.end(), [](const TypedExpr* expr) { return IsCellwise(*expr); });
  AddSlots(before, true);
  AddSlots(after, false);
  if (reads_.attempt) AddAttribute(Variable::Kind::kAttempt, abi::SlotType::kCount, "attempt");
  if (reads_.spent) AddAttribute(Variable::Kind::kSpent, abi::SlotType::kMoney, "spent");
  if (reads_.age) AddAttribute(Variable::Kind::kAge, abi::SlotType::kDuration, "age");
  for (size_t i = 0; i < variables_.size(); ++i) {
    Variable& variable = variables_[i];
    variable.values = ValuesOf(variable.type, choices_[i], constants);
    if (variable.kind != Variable::Kind::kSlot) {
      std::erase_if(variable.values, [](const abi::SlotValue& value) { return value.integer < 0; });
      if (variable.kind == Variable::Kind::kAttempt) {
        std::erase_if(variable.values, [](const abi::SlotValue& value) { return value.integer < 1; });
      }
      if (variable.values.empty()) variable.values.push_back({.integer = 1});
    }
  }
  if (reads_.now) instants_ = Cells(constants.integers[Type::kTimestamp], kDayNs);
  if (reads_.remaining) amounts_ = Cells(constants.integers[Type::kMoney], 10'000);
  FillPoints();
}

void Grid::AddSlots(const StepSide& side, bool is_before) {
  const std::vector<abi::SlotInfo>& slots = side.plan->tables.workflows[side.workflow.index()].slots;
  for (const uint32_t slot : side.AllReads().slots) {
    const abi::SlotInfo& info = slots[slot];
    const auto same = [&](const Variable& other) {
      return other.kind == Variable::Kind::kSlot && other.name == info.name && other.type == info.type;
    };
    auto found = std::find_if(variables_.begin(), variables_.end(), same);
    if (found == variables_.end()) {
      variables_.push_back({Variable::Kind::kSlot, info.name, info.type, {}, UINT32_MAX, UINT32_MAX});
      choices_.push_back(info.choices);
      found = variables_.end() - 1;
    } else {
      std::vector<std::string>& choices = choices_[static_cast<size_t>(found - variables_.begin())];
      choices.insert(choices.end(), info.choices.begin(), info.choices.end());
    }
    (is_before ? found->before_slot : found->after_slot) = slot;
  }
}

void Grid::AddAttribute(Variable::Kind kind, abi::SlotType type, const char* name) {
  variables_.push_back({kind, name, type, {}, UINT32_MAX, UINT32_MAX});
  choices_.emplace_back();
}

std::vector<abi::SlotValue> Grid::ValuesOf(abi::SlotType type, const std::vector<std::string>& choices,
                                           const Constants& constants) {
  std::vector<abi::SlotValue> values;
  if (type == abi::SlotType::kYesNo) return {{.integer = 1}, {.integer = 0}};
  if (type == abi::SlotType::kNumber) {
    for (const double number : Cells(constants.numbers)) values.push_back({.number = number});
    return values;
  }
  if (type == abi::SlotType::kTextList) return ListsOf(constants);
  if (type == abi::SlotType::kText) {
    std::set<std::string> texts(choices.begin(), choices.end());
    if (choices.empty()) {
      texts = constants.texts;
      texts.insert("something-else");
    }
    for (const std::string& text : texts) {
      const std::string& kept = strings_.emplace_back(text);
      values.push_back({.text = &texts_.emplace_back(abi::Text{kept.data(), kept.size()})});
    }
    return values;
  }
  const Type read_as = type == abi::SlotType::kMoney      ? Type::kMoney
                       : type == abi::SlotType::kDate     ? Type::kTimestamp
                       : type == abi::SlotType::kDuration ? Type::kDuration
                                                          : Type::kInt;
  const auto found = constants.integers.find(read_as);
  const std::set<int64_t> none;
  for (const int64_t integer : Cells(found == constants.integers.end() ? none : found->second, StepOf(type))) {
    values.push_back({.integer = integer});
  }
  return values;
}

// No item, each text alone, and all of them; what a macro says of other lists is not known, and the grid is not exact.
std::vector<abi::SlotValue> Grid::ListsOf(const Constants& constants) {
  std::vector<abi::Text>& texts = rows_.emplace_back();
  for (const std::string& text : constants.texts) {
    const std::string& kept = strings_.emplace_back(text);
    texts.push_back({kept.data(), kept.size()});
  }
  const std::string& other = strings_.emplace_back("something-else");
  texts.push_back({other.data(), other.size()});
  std::vector<abi::SlotValue> values;
  const auto add = [&](size_t begin, size_t size) {
    values.push_back({.list = &lists_.emplace_back(abi::TextList{texts.data() + begin, size})});
  };
  add(0, 0);
  for (size_t i = 0; i < texts.size(); ++i) add(i, 1);
  if (texts.size() > 1) add(0, texts.size());
  return values;
}

void Grid::FillPoints() {
  size_t product = 1;
  for (Variable& variable : variables_) {
    if (variable.values.size() > kValuesMax) {
      variable.values.resize(kValuesMax);
      exact_ = false;
    }
    const size_t choices = variable.values.size() + (variable.kind == Variable::Kind::kSlot ? 1 : 0);
    product = product > kPointsMax ? product : product * choices;
  }
  const auto choices_of = [](const Variable& variable) {
    return variable.values.size() + (variable.kind == Variable::Kind::kSlot ? 1 : 0);
  };
  if (product <= kPointsMax) {
    Point point(variables_.size(), 0);
    for (size_t i = 0; i < product; ++i) {
      size_t rest = i;
      for (size_t v = 0; v < variables_.size(); ++v) {
        point[v] = static_cast<uint8_t>(rest % choices_of(variables_[v]));
        rest /= choices_of(variables_[v]);
      }
      points_.push_back(point);
    }
    return;
  }
  exact_ = false;
  Prng prng(1);
  for (size_t i = 0; i < kPointsMax; ++i) {
    Point point;
    for (const Variable& variable : variables_) point.push_back(static_cast<uint8_t>(prng.Below(choices_of(variable))));
    points_.push_back(std::move(point));
  }
}

}  // namespace bylaw::change

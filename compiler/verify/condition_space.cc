#include "compiler/verify/condition_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "compiler/verify/condition_parts.h"
#include "compiler/verify/words.h"

namespace bylaw::verify {
namespace {

using cel::Op;
using cel::Type;
using cel::TypedExpr;

constexpr uint64_t kCombinationsMax = 200'000;
constexpr size_t kOpaqueMax = 6;

// What an expression says, so that the same opaque part is the same unknown wherever it stands.
std::string Said(const source::SourceSet* sources, const TypedExpr& expr) {
  std::string text = fmt::format("({} {} {} {} {} {} {} {}", static_cast<int>(expr.op), static_cast<int>(expr.type),
                                 static_cast<int>(expr.function), expr.two, expr.int_value, expr.double_value,
                                 expr.slot, static_cast<int>(expr.tenant_text));
  text += fmt::format(" {}:{}", expr.text_value.size(), expr.text_value);
  for (const auto& arg : expr.args) text += arg == nullptr ? "()" : Said(sources, *arg);
  if (sources != nullptr && expr.span.valid()) text += sources->text(expr.span);
  return text + ")";
}

template <typename T>
void SortUnique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

std::vector<SpaceValue> WholeValues(const std::vector<int64_t>& constants, int64_t least) {
  std::vector<int64_t> values = {std::max<int64_t>(least, 0), std::max<int64_t>(least, 1)};
  for (const int64_t c : constants) {
    for (const int64_t step : {-1, 0, 1}) {
      int64_t value = 0;
      if (!__builtin_add_overflow(c, step, &value) && value >= least) values.push_back(value);
    }
  }
  SortUnique(values);
  std::vector<SpaceValue> all;
  for (const int64_t value : values) all.push_back(Whole(value));
  return all;
}

std::vector<SpaceValue> NumberValues(std::vector<double> constants) {
  SortUnique(constants);
  if (constants.empty()) constants.push_back(0);
  std::vector<SpaceValue> all = {Number(constants.front() - 1), Number(constants.back() + 1)};
  for (size_t i = 0; i < constants.size(); ++i) {
    all.push_back(Number(constants[i]));
    if (i > 0) all.push_back(Number(constants[i - 1] + (constants[i] - constants[i - 1]) / 2));
  }
  all.push_back(Number(std::numeric_limits<double>::quiet_NaN()));  // neither below nor above anything
  return all;
}

}  // namespace

ConditionSpace::ConditionSpace(const ConditionContext& context, std::vector<const TypedExpr*> conditions)
    : context_(context), conditions_(std::move(conditions)) {
  for (const TypedExpr* condition : conditions_) {
    if (condition != nullptr) Collect(*condition);
  }
  FillValues();
}

bool ConditionSpace::IsVariable(const TypedExpr& expr) {
  const Op op = expr.op;
  return op == Op::kSlot || op == Op::kStepAttempt || op == Op::kStepEstimatedCost || op == Op::kWorkflowSpent ||
         op == Op::kWorkflowAge || op == Op::kBudgetRemaining || op == Op::kNow;
}

bool ConditionSpace::IsConstant(const TypedExpr& expr) const {
  const Op op = expr.op;
  return op == Op::kConst || op == Op::kSetting || op == Op::kTenantText || op == Op::kWorkflowName ||
         (op == Op::kStepName && context_.step.valid());
}

void ConditionSpace::Collect(const TypedExpr& expr) {
  if ((IsVariable(expr) || expr.op == Op::kHas) && (expr.op == Op::kHas || IsKnownType(expr.type))) {
    const bool slot = expr.op == Op::kSlot || expr.op == Op::kHas;
    Variable& variable = variables_[Key(slot ? Op::kSlot : expr.op, slot ? expr.slot : 0)];
    if (expr.op != Op::kHas) variable.type = expr.type;
  } else if (IsConstant(expr) && IsKnownType(expr.type)) {
    const Value value = Eval(expr);
    Constants& constants = constants_[expr.type];
    if (value.state == Truth::kTrue) {
      constants.integers.push_back(value.value.integer);
      constants.numbers.push_back(value.value.number);
      constants.texts.push_back(value.value.text);
    }
  }
  if (IsTextTest(expr.op)) constants_[Type::kString].texts.push_back(expr.text_value);
  has_opaque_ = has_opaque_ || IsOpaque(expr);
  for (const auto& arg : expr.args) {
    if (arg != nullptr) Collect(*arg);
  }
}

// Of the parts that are true or false: those whose truth the chosen values do not cover.
bool ConditionSpace::IsOpaque(const TypedExpr& expr) const {
  if (expr.type != Type::kBool) return false;
  if (IsVariable(expr) || IsConstant(expr) || expr.op == Op::kHas || expr.op == Op::kNot || expr.op == Op::kAnd ||
      expr.op == Op::kOr || expr.op == Op::kConditional) {
    return false;
  }
  const bool listed = IsComparison(expr.op) || expr.op == Op::kIn;
  if (!listed || expr.args.size() < 2 || !IsKnownType(expr.args[0]->type)) return true;
  const bool ordered_text =
      expr.args[0]->type == Type::kString && expr.op != Op::kEqual && expr.op != Op::kNotEqual && expr.op != Op::kIn;
  if (ordered_text) return true;
  size_t variables = 0;
  for (const auto& arg : expr.args) {
    if (IsVariable(*arg)) {
      ++variables;
    } else if (!IsConstant(*arg)) {
      return true;
    }
  }
  return variables > 1;
}

// The least that a whole number which the engine knows can be.
std::optional<int64_t> ConditionSpace::LeastOf(const Key& key) const {
  if (key.first == Op::kSlot) return std::nullopt;
  if (key.first == Op::kNow) return context_.program.activation_ns;
  return key.first == Op::kStepAttempt ? 1 : 0;
}

const std::vector<std::string>* ConditionSpace::ChoicesOf(const Key& key) const {
  if (key.first != Op::kSlot || !context_.workflow.valid()) return nullptr;
  const auto& slots = context_.program.workflows[context_.workflow.index()].slots;
  return key.second < slots.size() && !slots[key.second].choices.empty() ? &slots[key.second].choices : nullptr;
}

void ConditionSpace::FillValues() {
  for (auto& [key, variable] : variables_) {
    Constants& constants = constants_[variable.type];
    if (variable.type == Type::kString) {
      const std::vector<std::string>* choices = ChoicesOf(key);
      std::vector<std::string> texts = choices != nullptr ? *choices : constants.texts;
      SortUnique(texts);
      for (std::string& text : texts) variable.values.push_back(Text(std::move(text)));
      if (choices == nullptr) variable.values.push_back(Text("anything else"));
    } else if (variable.type == Type::kDouble) {
      variable.values = NumberValues(constants.numbers);
    } else if (variable.type == Type::kBool) {
      variable.values = {Whole(0), Whole(1)};
    } else {
      variable.values = WholeValues(constants.integers, LeastOf(key).value_or(std::numeric_limits<int64_t>::min()));
    }
    if (key.first == Op::kSlot) {
      SpaceValue absent;
      absent.absent = true;
      variable.values.push_back(absent);
    }
  }
}

std::string ConditionSpace::SaidBy(const TypedExpr& expr) const { return Said(context_.program.sources.get(), expr); }

Truth ConditionSpace::TruthOf(const TypedExpr* condition) const {
  if (condition == nullptr) return Truth::kTrue;
  const Value value = Eval(*condition);
  if (value.state != Truth::kTrue) return value.state;
  return value.value.integer != 0 ? Truth::kTrue : Truth::kFalse;
}

ConditionSpace::Answer ConditionSpace::Enumerate(const Wanted& wanted, bool opaque_is_free) {
  free_ = opaque_is_free;
  uint64_t combinations = 1;
  for (const auto& [key, variable] : variables_) combinations *= std::min<uint64_t>(variable.values.size(), 1'000);
  for (size_t i = 0; opaque_is_free && i < opaque_.size(); ++i) combinations *= 3;
  if (combinations > kCombinationsMax || variables_.size() > 20) return Answer::kUnknown;
  constexpr Truth kTruths[] = {Truth::kFalse, Truth::kTrue, Truth::kError};
  bool open = false;
  for (uint64_t code = 0; code < combinations; ++code) {
    uint64_t rest = code;
    for (const auto& [key, variable] : variables_) {
      chosen_[key] = rest % variable.values.size();
      rest /= variable.values.size();
    }
    for (auto& [said, truth] : opaque_) {
      if (!opaque_is_free) break;
      truth = kTruths[rest % 3];
      rest /= 3;
    }
    std::vector<Truth> truths;
    for (const TypedExpr* condition : conditions_) truths.push_back(TruthOf(condition));
    const bool undecided = std::find(truths.begin(), truths.end(), Truth::kOpen) != truths.end();
    open = open || undecided;
    if (undecided || !wanted(truths)) continue;
    if (opaque_is_free || Reproduces(wanted)) return Answer::kYes;
    open = true;
  }
  return open ? Answer::kUnknown : Answer::kNo;
}

ConditionSpace::Answer ConditionSpace::Find(const Wanted& wanted) {
  const Answer answer = ByEnumeration(wanted);
  return answer == Answer::kUnknown ? FindBySolver(wanted) : answer;
}

ConditionSpace::Answer ConditionSpace::ByEnumeration(const Wanted& wanted) {
  const Answer tried = Enumerate(wanted, false);
  if (tried == Answer::kYes || !has_opaque_) return tried;
  opaque_.clear();
  const std::function<void(const TypedExpr&)> gather = [&](const TypedExpr& expr) {
    if (IsOpaque(expr)) {
      opaque_.emplace(SaidBy(expr), Truth::kOpen);
      return;
    }
    for (const auto& arg : expr.args) {
      if (arg != nullptr) gather(*arg);
    }
  };
  for (const TypedExpr* condition : conditions_) {
    if (condition != nullptr) gather(*condition);
  }
  if (opaque_.size() > kOpaqueMax) return Answer::kUnknown;
  const Answer free = Enumerate(wanted, true);
  free_ = false;
  return free == Answer::kNo ? Answer::kNo : Answer::kUnknown;
}

std::string ConditionSpace::ModelText() const {
  std::vector<std::string> parts;
  for (const auto& [key, index] : chosen_) {
    const Variable& variable = variables_.at(key);
    const SpaceValue& value = variable.values[index];
    if (key.first != Op::kSlot || !context_.workflow.valid()) continue;
    const sema::Workflow& workflow = context_.program.workflows[context_.workflow.index()];
    const bool input = key.second < workflow.input_count;
    std::string said = (input ? "request." : "steps.") + workflow.slots[key.second].name;
    if (value.absent) {
      parts.push_back(said + " is not known");
    } else if (variable.type == Type::kMoney) {
      parts.push_back(fmt::format("{} is {}", said, MoneyText(context_.program, value.integer)));
    } else if (variable.type == Type::kString) {
      parts.push_back(fmt::format("{} is \"{}\"", said, value.text));
    } else if (variable.type == Type::kDouble) {
      parts.push_back(fmt::format("{} is {}", said, value.number));
    } else if (variable.type == Type::kBool) {
      parts.push_back(fmt::format("{} is {}", said, value.integer != 0 ? "yes" : "no"));
    } else if (variable.type == Type::kDuration) {
      parts.push_back(fmt::format("{} is {}", said, FormatDuration(value.integer)));
    } else {
      parts.push_back(fmt::format("{} is {}", said, GroupedText(value.integer)));
    }
  }
  return JoinAnd(parts);
}

bool ConditionSpace::FillProbe(Probe& probe) const {
  for (const auto& [key, index] : chosen_) {
    const SpaceValue& value = variables_.at(key).values[index];
    if (key.first == Op::kNow) {
      probe.at = value.integer;
      continue;
    }
    if (key.first != Op::kSlot) return false;
    if (value.absent) continue;
    ProbeSlot slot;
    slot.slot = key.second;
    slot.value.integer = value.integer;
    // As declared: of a variable that is only asked for by has(), the type is not known here.
    const abi::SlotType type = context_.program.workflows[context_.workflow.index()].slots[key.second].type;
    static constexpr abi::TextList kNoTexts{nullptr, 0};
    if (type == abi::SlotType::kNumber) slot.value.number = value.number;
    if (type == abi::SlotType::kText) slot.value.text = context_.program.texts->Intern(value.text);
    if (type == abi::SlotType::kTextList) slot.value.list = &kNoTexts;
    probe.slots.push_back(slot);
  }
  return true;
}

}  // namespace bylaw::verify

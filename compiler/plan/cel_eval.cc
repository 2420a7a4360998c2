#include "compiler/plan/cel_eval.h"

#include <re2/re2.h>

#include <string_view>

#include "base/check.h"
#include "compiler/cel/evaluate.h"

namespace bylaw::plan {
namespace {

using cel::Op;
using cel::Type;
using cel::TypedExpr;
using value::Value;

bool HasBit(const uint64_t* words, size_t bit) { return (words[bit / 64] >> (bit % 64) & 1) != 0; }

template <typename IdType>
std::string_view NameAt(const std::vector<std::string>& names, IdType id) {
  return id.valid() ? std::string_view(names[id.index()]) : std::string_view();
}

class StepLeaves final : public cel::Leaves {
 public:
  explicit StepLeaves(const EvalContext& context) : context_(context), plan_(*context.program->plan) {}

  Value Read(const TypedExpr& leaf, value::Arena&) const override {
    const abi::StepRequest& request = *context_.request;
    switch (leaf.op) {
      case Op::kSlot:
        if (!HasBit(request.present, leaf.slot)) return value::Fail(value::Error::kAbsent);
        return Stored(leaf.type, request.slots[leaf.slot]);
      case Op::kHas:
        return value::Bool(HasBit(request.present, leaf.slot));
      case Op::kSetting:
        return Setting(leaf);
      case Op::kTenantText:
        return value::String(TenantText(leaf));
      case Op::kStepName:
        return value::String(context_.program->step_name);
      case Op::kStepAttempt:
        return value::Int(request.attempt);
      case Op::kStepEstimatedCost:
        return Amount(context_.program->estimate_micros);
      case Op::kWorkflowName:
        return value::String(context_.program->workflow_name);
      case Op::kWorkflowSpent:
        return Amount(request.spent_micros);
      case Op::kWorkflowAge:
        return value::Duration(request.age_ns);
      case Op::kBudgetRemaining:
        return Amount(request.remaining_micros);
      case Op::kNow:
        return value::TimestampAt(request.wall_now_ns);
      default:
        BYLAW_UNREACHABLE("a leaf of a condition");
    }
  }

  const re2::RE2& Pattern(const TypedExpr& matches) const override {
    return *plan_.patterns.find(&matches)->second.compiled;
  }

 private:
  Value Amount(int64_t micros) const { return value::Amount(micros, plan_.tables.currency); }

  Value Stored(Type type, const abi::SlotValue& slot) const {
    switch (type) {
      case Type::kDouble:
        return value::Double(slot.number);
      case Type::kString:
        return cel::ReadText(*slot.text);
      case Type::kBool:
        return value::Bool(slot.integer != 0);
      case Type::kInt:
        return value::Int(slot.integer);
      case Type::kMoney:
        return Amount(slot.integer);
      case Type::kDuration:
        return value::Duration(slot.integer);
      case Type::kTimestamp:
        return value::TimestampAt(slot.integer);
      case Type::kList:
        return cel::ReadList(*slot.list);
      default:
        BYLAW_UNREACHABLE("the type of a slot");
    }
  }

  Value Setting(const TypedExpr& leaf) const {
    const abi::SlotValue* row = plan_.tables.settings.data() + context_.tenant->settings_begin;
    const auto word = static_cast<uint64_t>(row[plan_.setting_count + leaf.slot / 64].integer);
    if ((word >> (leaf.slot % 64) & 1) == 0) return value::Fail(value::Error::kAbsent);
    return Stored(leaf.type, row[leaf.slot]);
  }

  std::string_view TenantText(const TypedExpr& leaf) const {
    const abi::PolicyImage& tables = plan_.tables;
    const abi::TenantRecord& tenant = *context_.tenant;
    switch (leaf.tenant_text) {
      case cel::TenantText::kId:
        return NameAt(tables.tenant_names.vector(), tenant.tenant);
      case cel::TenantText::kTier:
        return NameAt(tables.tiers, tenant.tier);
      case cel::TenantText::kClass:
        return NameAt(tables.classes, tenant.klass);
      case cel::TenantText::kOrg:
        return tenant.org.valid() ? std::string_view(tables.orgs[tenant.org.index()].name) : std::string_view();
    }
    BYLAW_UNREACHABLE("tenant text");
  }

  const EvalContext& context_;
  const Plan& plan_;
};

}  // namespace

value::Arena& ConditionArena() {
  thread_local value::Arena arena;
  arena.Reset();
  return arena;
}

Truth Evaluate(const TypedExpr& expr, const EvalContext& context) {
  const Value value = cel::Evaluate(expr, StepLeaves(context), ConditionArena());
  if (!value.is(value::Kind::kBool)) return Truth::kError;
  return value.integer != 0 ? Truth::kTrue : Truth::kFalse;
}

}  // namespace bylaw::plan

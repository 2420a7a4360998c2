#include "compiler/change/step_side.h"

#include <fmt/format.h>

#include "compiler/change/words.h"

namespace bylaw::change {

std::vector<const cel::TypedExpr*> StepSide::Conditions() const {
  const plan::StepProgram& step = program();
  std::vector<const cel::TypedExpr*> all;
  if (step.when != nullptr) all.push_back(step.when);
  for (const plan::Rule& rule : step.rules) {
    if (rule.when != nullptr) all.push_back(rule.when);
  }
  return all;
}

Reads StepSide::AllReads() const {
  Reads all;
  for (const cel::TypedExpr* condition : Conditions()) all.Join(ReadsOf(*condition));
  return all;
}

std::string SettingsText(const StepSide& side, const Reads& reads) {
  const plan::Plan& plan = *side.plan;
  const abi::SlotValue* row = plan.tables.settings.data() + side.record->settings_begin;
  std::string text;
  for (const uint32_t setting : reads.settings) {
    const auto word = static_cast<uint64_t>(row[plan.setting_count + setting / 64].integer);
    const bool set = (word >> (setting % 64) & 1) != 0;
    const abi::SlotType type = plan.program().settings[setting].info.type;
    text += "; " + plan.program().settings[setting].name + " ";
    if (!set) {
      text += "unset";
    } else if (type == abi::SlotType::kText) {
      text += fmt::format("\"{}\"", SlotText(plan.program(), type, row[setting]));
    } else {
      text += std::to_string(row[setting].integer);  // the bits, of a number too
    }
  }
  return text;
}

std::string TenantTexts(const StepSide& side) {
  const abi::PolicyImage& tables = side.plan->tables;
  const abi::TenantRecord& record = *side.record;
  return fmt::format("; tenant {} {} {} {}", tables.tenant_names[record.tenant.index()],
                     record.tier.valid() ? tables.tiers[record.tier.index()] : "",
                     record.klass.valid() ? tables.classes[record.klass.index()] : "",
                     record.org.valid() ? tables.orgs[record.org.index()].name : "");
}

}  // namespace bylaw::change

#include "compiler/sema/contracts.h"

#include <fmt/format.h>

#include "compiler/sema/values.h"

namespace bylaw::sema {
namespace {

void ReadSetting(Context& context, Setting& setting, const syntax::SettingDecl& decl) {
  CheckConditionName(context, decl.name, "setting");
  setting.type = decl.type;
  setting.direction = decl.direction;
  setting.info.name = decl.name.text;
  const std::optional<abi::SlotInfo> info = SlotInfoOf(context, decl.name, decl.type);
  if (!info) return;
  if (info->type == abi::SlotType::kTextList) {
    context
        .Report(Kind::kUnitMismatch, decl.name.span,
                fmt::format("setting {} is a list of text, and no contract can state one", decl.name.text))
        .help.push_back(fmt::format("setting {} is text", decl.name.text));
    return;
  }
  setting.info = *info;
  if (decl.default_value) {
    setting.default_value =
        SlotValueOf(context, *decl.default_value, decl.type, fmt::format("setting {} by default", decl.name.text));
  }
  const bool ordered = info->type != abi::SlotType::kText && info->type != abi::SlotType::kYesNo;
  if (decl.direction != syntax::SettingDecl::Direction::kFree && !ordered) {
    context
        .Report(Kind::kUnitMismatch, decl.name.span,
                fmt::format("setting {} has no more and less, so it can be neither raised nor lowered", decl.name.text))
        .help.push_back(
            fmt::format("setting {} is a number from 0 to 1 … that tenants may only raise", decl.name.text));
    setting.direction = syntax::SettingDecl::Direction::kFree;
  }
}

}  // namespace

void ReadSettings(Context& context, const Inventory& inventory) {
  for (size_t i = 0; i < inventory.settings.size(); ++i) {
    ReadSetting(context, context.program.settings[i], *inventory.settings[i]);
  }
}

void ReadContracts(Context& context, const Inventory& inventory) {
  Program& program = context.program;
  for (size_t i = 0; i < inventory.regulations.size(); ++i) {
    Regulation& row = program.regulations[i];
    ClauseReader(context, row.terms, Level::kRegulation, "regulation " + row.name, nullptr, &row)
        .Read(inventory.regulations[i]->clauses);
  }
  for (size_t i = 0; i < inventory.tiers.size(); ++i) {
    Tier& row = program.tiers[i];
    ClauseReader(context, row.terms, Level::kTier, "tier " + row.name).Read(inventory.tiers[i]->clauses);
  }
  for (size_t i = 0; i < inventory.classes.size(); ++i) {
    Class& row = program.classes[i];
    ClauseReader(context, row.terms, Level::kClass, "class " + row.name).Read(inventory.classes[i]->clauses);
  }
  for (size_t i = 0; i < inventory.orgs.size(); ++i) {
    Org& row = program.orgs[i];
    ClauseReader(context, row.terms, Level::kOrg, "org " + row.name, &row).Read(inventory.orgs[i]->clauses);
  }
}

}  // namespace bylaw::sema

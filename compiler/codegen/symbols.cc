#include "compiler/codegen/symbols.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/codegen/support.h"
#include "compiler/plan/window.h"

namespace bylaw::codegen {
namespace {

template <typename Function>
const void* Address(Function* function) {
  return reinterpret_cast<const void*>(function);
}

std::vector<abi::Text> Texts(const std::vector<std::string>& names) {
  std::vector<abi::Text> texts;
  texts.reserve(names.size());
  for (const std::string& name : names) texts.push_back({name.data(), name.size()});
  return texts;
}

}  // namespace

TimeNs SymbolTable::NextOpen(const WindowRow* row, TimeNs now) {
  return plan::NextOpen(row->window, *row->time_zone, now);
}

std::string SymbolTable::WindowName(uint32_t window) { return fmt::format("bylaw_window_{}", window); }

std::string SymbolTable::PatternName(const cel::TypedExpr& matches) const {
  return fmt::format("bylaw_pattern_{}", plan_->patterns.find(&matches)->second.number);
}

void SymbolTable::AddTexts(const char* name, std::vector<abi::Text>& texts) {
  texts.push_back({"", 0});  // so that there is an address even for an empty table
  symbols_.emplace_back(name, texts.data());
}

SymbolTable::SymbolTable(std::shared_ptr<const plan::Plan> plan)
    : plan_(std::move(plan)),
      tenants_(Texts(plan_->tables.tenant_names.vector())),
      tiers_(Texts(plan_->tables.tiers)),
      classes_(Texts(plan_->tables.classes)),
      always_set_(plan_->setting_count, true) {
  const abi::PolicyImage& tables = plan_->tables;
  for (const abi::OrgInfo& org : tables.orgs) orgs_.push_back({org.name.data(), org.name.size()});
  AddTexts(kTenantTexts, tenants_);
  AddTexts(kTierTexts, tiers_);
  AddTexts(kClassTexts, classes_);
  AddTexts(kOrgTexts, orgs_);
  for (const auto& symbol : SupportSymbols()) symbols_.push_back(symbol);
  symbols_.emplace_back(kSettings, tables.settings.data());
  symbols_.emplace_back(kNextOpen, Address(&SymbolTable::NextOpen));
  for (const plan::Window& window : plan_->windows) windows_.push_back({window, &tables.time_zone});
  for (uint32_t i = 0; i < windows_.size(); ++i) symbols_.emplace_back(WindowName(i), &windows_[i]);
  for (const auto& [expr, pattern] : plan_->patterns) {
    symbols_.emplace_back(fmt::format("bylaw_pattern_{}", pattern.number), pattern.compiled.get());
  }
  for (const abi::TenantRecord& tenant : tables.tenants) {
    const abi::SlotValue* row = tables.settings.data() + tenant.settings_begin;
    for (uint32_t i = 0; i < plan_->setting_count; ++i) {
      const uint64_t word = static_cast<uint64_t>(row[plan_->setting_count + i / 64].integer);
      if ((word >> (i % 64) & 1) == 0) always_set_[i] = false;
    }
  }
}

}  // namespace bylaw::codegen

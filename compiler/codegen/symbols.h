// The names that compiled code refers to and the addresses that the JIT gives them.
//
// Addresses are not written into the code, so that equal step programs compile to equal objects.
#ifndef BYLAW_COMPILER_CODEGEN_SYMBOLS_H_
#define BYLAW_COMPILER_CODEGEN_SYMBOLS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/abi/decision.h"

namespace bylaw::codegen {

// Settings and names of one plan, laid out for compiled code, and the helpers it calls. Immutable; must outlive the
// code.
class SymbolTable {
 public:
  explicit SymbolTable(std::shared_ptr<const plan::Plan> plan);

  const plan::Plan& plan() const { return *plan_; }
  // Every name with its address.
  const std::vector<std::pair<std::string, const void*>>& symbols() const { return symbols_; }
  std::string PatternName(const cel::TypedExpr& matches) const;
  static std::string WindowName(uint32_t window);
  // Whether every tenant has the setting, so that its presence need not be asked.
  bool AlwaysSet(uint32_t setting) const { return always_set_[setting]; }

 private:
  struct WindowRow {
    plan::Window window;
    const std::string* time_zone;
  };
  static TimeNs NextOpen(const WindowRow* row, TimeNs now);
  void AddTexts(const char* name, std::vector<abi::Text>& texts);

  std::shared_ptr<const plan::Plan> plan_;
  std::vector<abi::Text> tenants_, tiers_, classes_, orgs_;
  std::vector<WindowRow> windows_;
  std::vector<bool> always_set_;
  std::vector<std::pair<std::string, const void*>> symbols_;
};

inline constexpr char kSettings[] = "bylaw_settings";
inline constexpr char kTenantTexts[] = "bylaw_tenant_texts";
inline constexpr char kTierTexts[] = "bylaw_tier_texts";
inline constexpr char kClassTexts[] = "bylaw_class_texts";
inline constexpr char kOrgTexts[] = "bylaw_org_texts";
inline constexpr char kNextOpen[] = "bylaw_next_open";  // i64 (window, now)

}  // namespace bylaw::codegen

#endif  // BYLAW_COMPILER_CODEGEN_SYMBOLS_H_

#include "compiler/verify/theorem.h"

#include <algorithm>

#include "compiler/verify/words.h"

namespace bylaw::verify {

diag::Diagnostic MakeDiagnostic(diag::Kind kind, source::Span span, std::string message) {
  return {kind, diag::KindSeverity(kind), span, std::move(message), "", {}, {}};
}

void Weaken(Verdict& verdict, Verdict by) {
  constexpr auto rank = [](Verdict v) {
    switch (v) {
      case Verdict::kProved:
        return 0;
      case Verdict::kAdvisory:
        return 1;
      case Verdict::kUnknown:
        return 2;
      case Verdict::kRefuted:
        return 3;
    }
    return 3;
  };
  if (rank(by) > rank(verdict)) verdict = by;
}

std::vector<Finding> Findings::Take(const sema::Program& program) {
  for (Finding& finding : findings_) {
    std::vector<TenantId>& tenants = finding.tenants;
    if (tenants.empty()) continue;
    const TenantId named = tenants.front();
    std::sort(tenants.begin(), tenants.end());
    tenants.erase(std::unique(tenants.begin(), tenants.end()), tenants.end());
    std::rotate(tenants.begin(), std::find(tenants.begin(), tenants.end(), named),
                std::find(tenants.begin(), tenants.end(), named) + 1);
    const std::vector<TenantId> others(tenants.begin() + 1, tenants.end());
    if (!others.empty()) finding.diagnostic.notes.push_back({"also", MoreTenantsText(program, others), {}});
  }
  return std::move(findings_);
}

}  // namespace bylaw::verify

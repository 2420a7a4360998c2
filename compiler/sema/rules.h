// Rules, windows, exceptions, guarantees, tests and scenarios.
//
// Internal to sema/. Rules and exceptions become rows; guarantees, tests and scenarios keep their tree once every name
// and value in it has been checked.
#ifndef BYLAW_COMPILER_SEMA_RULES_H_
#define BYLAW_COMPILER_SEMA_RULES_H_

#include "compiler/sema/context.h"
#include "compiler/sema/names.h"

namespace bylaw::sema {

void ReadWindows(Context& context, const Inventory& inventory);
// After workflows and tenants.
void ReadRules(Context& context, const Inventory& inventory);
// After tenants: an exception quotes the term that is in force.
void ReadExceptions(Context& context, const Inventory& inventory);
// Whether an exception may replace the term: not that of a regulation, unless it says `may be waived`.
bool TakesException(const Context& context, ClauseId term);
void ReadGuarantees(Context& context, const Inventory& inventory);
void ReadTests(Context& context, const Inventory& inventory);
void ReadScenarios(Context& context, const Inventory& inventory);

// The one value of a sentence that may be said once; null if it was not said.
const syntax::Value* OneValue(Context& context, std::string_view term, const std::string& owner,
                              const std::vector<syntax::Value>& values);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_RULES_H_

// `tenants from "institutions.csv" on tier standard`: one row a tenant.
//
// Internal to sema/. A cell becomes the clause it stands for and is read, checked and merged by the same code as the
// sentence; whatever is wrong with it is `import-row` with file, row and column. An empty cell says nothing.
#ifndef BYLAW_COMPILER_SEMA_IMPORT_H_
#define BYLAW_COMPILER_SEMA_IMPORT_H_

#include "compiler/sema/context.h"
#include "compiler/sema/names.h"
#include "compiler/sema/tenants.h"

namespace bylaw::sema {

// After the tenants that the policy files declare.
void ReadImports(Context& context, const Inventory& inventory, Tenancy& tenancy);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_IMPORT_H_

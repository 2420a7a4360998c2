// The contract of one tenant before and after: numbers, duties, promises, and what it may run and use.
#ifndef BYLAW_COMPILER_CHANGE_TERMS_H_
#define BYLAW_COMPILER_CHANGE_TERMS_H_

#include <vector>

#include "compiler/change/change.h"
#include "compiler/sema/program.h"

namespace bylaw::change {

// The terms of one level (or of an exception's sentence) of two programs. Only numbers and duties.
void CompareNumbers(const sema::Program& old_program, const sema::Terms& before, const sema::Program& new_program,
                    const sema::Terms& after, std::vector<Difference>& out);

// What a tenant may run and use. The same for all tenants of a shape.
void ComparePermissions(const sema::Program& old_program, const sema::Terms& before, const sema::Program& new_program,
                        const sema::Terms& after, std::vector<Difference>& out);

// Where its tenants belong: tier, class, org. Nothing of it decides by itself, so it is kEqual.
void CompareMembership(const sema::Program& old_program, const sema::Tenant& before, const sema::Program& new_program,
                       const sema::Tenant& after, std::vector<Difference>& out);

// What members of an org have together, and what everyone shares: pools and the endpoints' own quotas.
void CompareOrgs(const sema::Program& old_program, const sema::Program& new_program, OrgId before, OrgId after,
                 std::vector<Difference>& out);
void ComparePlatform(const sema::Program& old_program, const sema::Program& new_program, std::vector<Difference>& out);

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_TERMS_H_

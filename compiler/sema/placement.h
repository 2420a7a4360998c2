// Where a tenant's state is kept, where its work runs and who reviews it: the first candidate that is legal from
// activation to the horizon, else the first that is legal at activation; none if neither.
//
// The one implementation of the choice: plan/ writes it into the image, the proofs about capacity count with it. Pure
// functions over Program; the tenants of one shape agree.
#ifndef BYLAW_COMPILER_SEMA_PLACEMENT_H_
#define BYLAW_COMPILER_SEMA_PLACEMENT_H_

#include "compiler/sema/program.h"

namespace bylaw::sema {

StoreId StoreFor(const Program& program, const Terms& terms, syntax::DataClass data = syntax::DataClass::kState);
PoolId PoolFor(const Program& program, const Terms& terms);
// Reviewers that the contract does not name must serve its tier.
ReviewersId ReviewersFor(const Program& program, const Terms& terms, TierId tier);

// Whether these reviewers work for tenants on `tier`.
bool ServesTier(const Reviewers& reviewers, TierId tier);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_PLACEMENT_H_

// What can be used: endpoints, stores, reviewers, pools.
//
// Internal to sema/. Names have been collected; each reader fills a row that has its name and clause.
#ifndef BYLAW_COMPILER_SEMA_ENDPOINTS_H_
#define BYLAW_COMPILER_SEMA_ENDPOINTS_H_

#include <optional>
#include <string>

#include "compiler/sema/context.h"

namespace bylaw::sema {

void ReadEndpoint(Context& context, Endpoint& endpoint, const syntax::EndpointDecl& decl);
void ReadStore(Context& context, Store& store, const syntax::StoreDecl& decl);
void ReadReviewers(Context& context, Reviewers& reviewers, const syntax::ReviewersDecl& decl);
void ReadPool(Context& context, Pool& pool, const syntax::PoolDecl& decl);

// A rate in its units; nothing (with a diagnostic) if a part of it is wrong. The resource is left unset.
std::optional<Rate> RateOf(Context& context, const syntax::RateTerm& term, Level level, const std::string& owner);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_ENDPOINTS_H_

// Two images compared by asking every request of small policies (random_edit.h): the meaning that `plan` must find.
#ifndef BYLAW_TESTS_PROPERTY_EXHAUSTIVE_H_
#define BYLAW_TESTS_PROPERTY_EXHAUSTIVE_H_

#include <map>
#include <string>
#include <utility>

#include "compiler/change/relation.h"
#include "compiler/plan/plan.h"

namespace bylaw::property {

// By (kind, step): what of a tenant's steps is not equal. Kinds are those of docs/json.md: step, endpoints, step-cost,
// step-manner.
using StepRelations = std::map<std::pair<std::string, std::string>, change::Seen>;

StepRelations CompareExhaustively(const plan::Plan& before, const plan::Plan& after, const std::string& tenant);

}  // namespace bylaw::property

#endif  // BYLAW_TESTS_PROPERTY_EXHAUSTIVE_H_

// Test support: policies from text to image; and a policy in versions, each of which leaves its mark on every decision.
#ifndef BYLAW_TESTS_RELOAD_VERSIONED_POLICY_H_
#define BYLAW_TESTS_RELOAD_VERSIONED_POLICY_H_

#include <cstdint>
#include <memory>
#include <string>

#include "compiler/driver/image.h"
#include "runtime/abi/policy_image.h"
#include "runtime/engine/types.h"

namespace bylaw::engine {

// The policy must verify: otherwise the test ends with the diagnostics.
std::shared_ptr<const abi::PolicyImage> CompileOrDie(const std::string& text,
                                                     driver::EngineKind engine = driver::EngineKind::kEvaluator);

// Two tenants, three steps, two endpoints for each model. Version v prices every call at 1 + v cents, declares
// endpoints in another order than v − 1, and has one more line on top.
std::string VersionText(uint32_t version);

// What the mark says of a decision that proceeds: "" if every field is of version `version`, else the first that is
// not.
std::string MarkOf(const abi::PolicyImage& image, const abi::Decision& own, uint32_t version);

}  // namespace bylaw::engine

#endif  // BYLAW_TESTS_RELOAD_VERSIONED_POLICY_H_

// What is left when one endpoint, region or provider is gone: shared by V9 and by the guarantees that ask for it.
#ifndef BYLAW_COMPILER_VERIFY_AVAILABILITY_H_
#define BYLAW_COMPILER_VERIFY_AVAILABILITY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/verify/facts.h"

namespace bylaw::verify {

enum class FailureDomain : uint8_t { kEndpoint, kRegion, kProvider };
std::string_view DomainNoun(FailureDomain domain);

// An instant at which nothing legal is left without `name`: everything legal then is in `down`.
struct Outage {
  size_t instant = 0;  // of Facts::instants()
  std::string name;    // "" where the endpoints state no provider
  std::vector<EndpointId> down;
};
// Endpoints that state no provider stand or fall together. Nothing if something is always left, if the route says
// `else suspend`, or if nothing serves the option anyway (V1 says so).
std::optional<Outage> FindOutage(const Facts& facts, ShapeId shape, const Option& option, FailureDomain domain);

// What a decision of this step must say while `outage` lasts.
Probe OutageProbe(const Facts& facts, TenantId tenant, WorkflowId workflow, StepId step, const Option& option,
                  const Outage& outage);

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_AVAILABILITY_H_

// Engine: endpoints that go up and down, and what is revoked, for every policy that a run goes by.
#include "runtime/engine/state.h"

namespace bylaw::engine {

void Engine::State::SetUp(EndpointId endpoint, bool up) {
  if (endpoint.index() >= down.size() || down[endpoint.index()] == !up) return;
  down[endpoint.index()] = !up;
  for (const auto& edition : policies.editions()) {
    const EndpointId own = edition->held.numberings().endpoints.Own(endpoint);
    if (own.valid()) edition->held.overlay.SetUp(own, up);
  }
  if (up) WakeAllSuspended(/*only_health=*/true);
}

// The record is in the numbers of the newest policy that has the name.
void Engine::State::Revoke(EndpointId endpoint) {
  if (endpoint.index() >= revoked.size()) return;
  revoked[endpoint.index()] = true;
  audit::Record record;
  bool changed = false;
  for (const auto& edition : policies.editions()) {
    const EndpointId own = edition->held.numberings().endpoints.Own(endpoint);
    if (!own.valid()) continue;
    changed |= edition->held.overlay.Revoke(own);
    record.endpoint = own.value();
    record.epoch = edition->epoch;
  }
  if (changed) WriteRevocation(record);
}

void Engine::State::Revoke(ResourceId resource) {
  if (resource.index() >= revoked_resources.size()) return;
  revoked_resources[resource.index()] = true;
  audit::Record record;
  bool changed = false;
  for (const auto& edition : policies.editions()) {
    const ResourceId own = edition->held.numberings().resources.Own(resource);
    if (!own.valid()) continue;
    changed |= edition->held.overlay.Revoke(own);
    record.resource = own.value();
    record.epoch = edition->epoch;
  }
  if (changed) WriteRevocation(record);
}

void Engine::State::WriteRevocation(audit::Record record) {
  record.wall_ns = clock->WallNow();
  record.event = audit::Event::kRevocation;
  Write(record);
}

}  // namespace bylaw::engine

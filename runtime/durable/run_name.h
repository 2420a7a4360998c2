// What a run is called for as long as anything of it is kept, in whatever process: audit records print it.
#ifndef BYLAW_RUNTIME_DURABLE_RUN_NAME_H_
#define BYLAW_RUNTIME_DURABLE_RUN_NAME_H_

#include <compare>
#include <cstdint>

namespace bylaw::durable {

// Where it was accepted, and its number there.
struct RunName {
  uint32_t boot = 0;  // which opening of the store, from 1; 0: the run is not kept
  uint32_t index = 0;
  uint32_t generation = 0;
  friend auto operator<=>(const RunName&, const RunName&) = default;
};

}  // namespace bylaw::durable

#endif  // BYLAW_RUNTIME_DURABLE_RUN_NAME_H_

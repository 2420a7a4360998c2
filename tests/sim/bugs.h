// The planted bugs by name (runtime/abi/planted_bug.def). Only for programs that link the planted libraries.
#ifndef BYLAW_TESTS_SIM_BUGS_H_
#define BYLAW_TESTS_SIM_BUGS_H_

#include <algorithm>
#include <span>
#include <string_view>

#include "runtime/abi/planted_bug.h"

namespace bylaw::sim {

struct Bug {
  abi::PlantedBug bug;
  std::string_view name, component, breaks;
};

inline constexpr Bug kBugs[] = {
#define BYLAW_PLANTED_BUG(name, component, breaks) {abi::PlantedBug::k##name, #name, component, breaks},
#include "runtime/abi/planted_bug.def"
#undef BYLAW_PLANTED_BUG
};

// False if there is no such bug.
inline bool Plant(std::string_view name) {
  const auto found = std::find_if(std::begin(kBugs), std::end(kBugs), [&](const Bug& bug) { return bug.name == name; });
  if (found == std::end(kBugs)) return false;
  abi::planted_bug = found->bug;
  return true;
}

}  // namespace bylaw::sim

#endif  // BYLAW_TESTS_SIM_BUGS_H_

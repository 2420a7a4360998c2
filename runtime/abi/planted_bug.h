// Bugs planted on purpose, so that tests can show that they would notice them.
//
// In what is shipped Planted() is the constant false and nothing is left of it. The libraries called …_planted
// (CMakeLists.txt: bylaw_planted_library) are the same sources compiled with BYLAW_PLANTED_BUGS: there one bug at a
// time can be switched on. A program links one of the two kinds, never both. Not thread-safe.
#ifndef BYLAW_RUNTIME_ABI_PLANTED_BUG_H_
#define BYLAW_RUNTIME_ABI_PLANTED_BUG_H_

#include <cstdint>

namespace bylaw::abi {

enum class PlantedBug : uint8_t {
  kNone,
#define BYLAW_PLANTED_BUG(name, component, breaks) k##name,
#include "runtime/abi/planted_bug.def"
#undef BYLAW_PLANTED_BUG
};

#ifdef BYLAW_PLANTED_BUGS
inline PlantedBug planted_bug = PlantedBug::kNone;
inline bool Planted(PlantedBug bug) { return planted_bug == bug; }
#else
constexpr bool Planted(PlantedBug) { return false; }
#endif

}  // namespace bylaw::abi

#endif  // BYLAW_RUNTIME_ABI_PLANTED_BUG_H_

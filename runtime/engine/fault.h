// Ways for the engine to be wrong, so that its property tests can show that they would notice.
//
// Production code is compiled with Fault::kNone and pays nothing. A mutant test compiles the files that mention kFault
// once more with BYLAW_ENGINE_FAULT set (CMakeLists.txt).
#ifndef BYLAW_RUNTIME_ENGINE_FAULT_H_
#define BYLAW_RUNTIME_ENGINE_FAULT_H_

#include <cstdint>

namespace bylaw::engine {

enum class Fault : uint8_t {
  kNone,
  kSlotKeptOnWait,          // a run that waits on a rate does not give its slot back
  kRateTakenOnRefusal,      // a rate is committed although the budget refuses
  kFloorNotHeld,            // the mandatory rest is not held in the budgets
  kReplansUnbounded,        // replans are not counted
  kPlaceInTimeLost,         // a woken run queues as if it had just come
  kRevocationIgnored,       // a revoked endpoint goes on being used
  kOrgCapPerPool,           // an org's cap holds in each pool apart
  kPolicyNotPinned,         // a run's first turn does not keep its policy from being freed
  kTagsResetByReload,       // a reload puts tenants into new places of the queue: debts are forgotten
  kWindowsEmptiedByReload,  // a reload starts every limit anew
  kRevocationLostByReload,  // a reload takes revocations back
  kPlacesOfOldPolicyOnly,   // the published policy's places do not hold for older runs
  kLeaseForgotten,          // what a month may have spent is not kept
  kOwnLeaseForgotten,       // what a run may have spent of its own budget is not kept
  kRateLeaseForgotten,      // what a limit may have let through is not kept
  kOldHolderHeard,          // who has lost a slot may still end the step of who has it now
  kEndForgotten,            // that a run has ended is not kept
};

#ifndef BYLAW_ENGINE_FAULT
#define BYLAW_ENGINE_FAULT kNone
#endif
inline constexpr Fault kFault = Fault::BYLAW_ENGINE_FAULT;

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_FAULT_H_

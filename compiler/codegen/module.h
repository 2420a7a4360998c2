// A plan to LLVM modules: one function for each distinct step program, many functions a module.
#ifndef BYLAW_COMPILER_CODEGEN_MODULE_H_
#define BYLAW_COMPILER_CODEGEN_MODULE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "compiler/codegen/symbols.h"

namespace llvm {
class LLVMContext;
class Module;
}  // namespace llvm

namespace bylaw::codegen {

// Faults that tests plant to see that they are found; real images are compiled with kNone.
enum class Mutant : uint8_t {
  kNone,
  kThresholdInclusive,  // a rung at its threshold counts as passed
  kFloorExclusive,      // the rest must be more than payable
  kLapseLate,           // a place is legal one nanosecond too long
  kErrorIsFalse,        // an error of a condition is not a match
  kWrongOffer,          // a cheaper model is on offer whether or not it is payable
};
inline constexpr Mutant kMutants[] = {Mutant::kThresholdInclusive, Mutant::kFloorExclusive, Mutant::kLapseLate,
                                      Mutant::kErrorIsFalse, Mutant::kWrongOffer};

// The function of program `index` of a plan is named `prefix` + its index.
std::string FunctionName(const std::string& prefix, size_t index);

// Aborts on malformed IR, which is our bug.
void VerifyModule(const llvm::Module& module);

// These programs of the plan, by number. Aborts on malformed IR, which is our bug.
std::unique_ptr<llvm::Module> LowerPrograms(llvm::LLVMContext& context, const SymbolTable& symbols,
                                            const std::string& prefix, std::span<const size_t> programs, Mutant mutant);

}  // namespace bylaw::codegen

#endif  // BYLAW_COMPILER_CODEGEN_MODULE_H_

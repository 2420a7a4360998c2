// LLVM's -O2 pipeline for one module; in a file of its own, since its headers cost seconds of compile time.
#ifndef BYLAW_COMPILER_JIT_OPTIMIZE_H_
#define BYLAW_COMPILER_JIT_OPTIMIZE_H_

namespace llvm {
class Module;
class TargetMachine;
}  // namespace llvm

namespace bylaw::jit {

// Not thread-safe on one machine.
void Optimize(llvm::Module& module, llvm::TargetMachine& machine);

}  // namespace bylaw::jit

#endif  // BYLAW_COMPILER_JIT_OPTIMIZE_H_

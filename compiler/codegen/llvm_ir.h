// The part of LLVM that lowering uses. Only files of codegen/ include it.
#ifndef BYLAW_COMPILER_CODEGEN_LLVM_IR_H_
#define BYLAW_COMPILER_CODEGEN_LLVM_IR_H_

#include <llvm/IR/BasicBlock.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#endif  // BYLAW_COMPILER_CODEGEN_LLVM_IR_H_

#include "compiler/smt/smt.h"

#include <dlfcn.h>

#include <filesystem>
#include <system_error>

namespace bylaw::smt {
namespace {

const Solver* Open() {
  constexpr const char* kName = "libbylaw_smt.so";
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  void* object = error ? nullptr : dlopen((program.parent_path() / kName).c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (object == nullptr) object = dlopen(kName, RTLD_LAZY | RTLD_LOCAL);
  if (object == nullptr) return nullptr;
  using EntriesFn = const Solver::Entries*();
  auto* entries = reinterpret_cast<EntriesFn*>(dlsym(object, "bylaw_smt_entries"));
  if (entries == nullptr || entries()->version != Solver::kVersion) return nullptr;
  return new Solver(*entries());  // lives as long as the process, as the object does
}

}  // namespace

const Solver* LoadSolver() {
  static const Solver* const kSolver = Open();
  return kSolver;
}

}  // namespace bylaw::smt

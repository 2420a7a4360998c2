#include "compiler/jit/jit.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace bylaw::jit {
namespace {

absl::StatusOr<const Jit*> Open() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return absl::UnavailableError("the folder of the running program is unknown");
  std::string path = program.parent_path() / "libbylaw_jit.so";
  void* object = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (object == nullptr) {  // an installed one: where the program looks for its libraries
    path = path.substr(path.rfind('/') + 1);
    object = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  }
  if (object == nullptr) return absl::UnavailableError(fmt::format("{} cannot be opened", path));
  using EntriesFn = const Jit::Entries*();
  auto* entries = reinterpret_cast<EntriesFn*>(dlsym(object, "bylaw_jit_entries"));
  if (entries == nullptr || entries()->version != Jit::kVersion) {
    return absl::UnavailableError(fmt::format("{} belongs to another version of bylaw", path));
  }
  return new Jit(*entries());  // lives as long as the process, as the object does
}

}  // namespace

absl::StatusOr<const Jit*> LoadJit() {
  static const auto* const kJit = new absl::StatusOr<const Jit*>(Open());
  return *kJit;
}

}  // namespace bylaw::jit

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "compiler/driver/compile.h"

namespace bylaw::driver {
namespace {

namespace fs = std::filesystem;

bool HoldsOwnPolicies(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name == "good" || name == "bad" || name.starts_with('.');
}

absl::Status CollectFolder(const fs::path& folder, std::vector<std::string>& out) {
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error), end;
  for (; !error && at != end; at.increment(error)) {
    if (at->is_directory(error) && HoldsOwnPolicies(at->path())) at.disable_recursion_pending();
    if (at->is_regular_file(error) && at->path().extension() == ".bylaw") out.push_back(at->path().string());
  }
  if (error) return absl::NotFoundError(fmt::format("cannot read folder {}: {}", folder.string(), error.message()));
  return absl::OkStatus();
}

}  // namespace

bool BelongsToFolder(const std::string& path) {
  const fs::path whole(path);
  if (whole.extension() != ".bylaw") return false;
  for (fs::path folder = whole.parent_path(); !folder.empty(); folder = folder.parent_path()) {
    if (HoldsOwnPolicies(folder)) return false;
  }
  return true;
}

absl::StatusOr<std::vector<std::string>> CollectFiles(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      const size_t before = files.size();
      if (absl::Status status = CollectFolder(fs::path(path).lexically_normal(), files); !status.ok()) return status;
      if (files.size() == before) {
        return absl::NotFoundError(fmt::format("{} has no .bylaw files; `bylaw demo` shows what one looks like", path));
      }
    } else if (fs::exists(path, error)) {
      files.push_back(fs::path(path).lexically_normal().string());
    } else {
      return absl::NotFoundError(fmt::format("there is no file or folder {}", path));
    }
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

}  // namespace bylaw::driver

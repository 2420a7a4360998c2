#include "base/simulated_file_system.h"

#include <algorithm>
#include <utility>

namespace bylaw {
namespace {

void WriteInto(std::string& content, uint64_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<ptrdiff_t>(offset));
}

}  // namespace

class SimulatedFile final : public WritableFile {
 public:
  SimulatedFile(SimulatedFileSystem* files, std::shared_ptr<SimulatedFileSystem::File> file)
      : files_(files), file_(std::move(file)) {}

  absl::Status Write(uint64_t offset, std::string_view bytes) override {
    if (files_->writes_fail_) return absl::UnavailableError("cannot write: the disk is full");
    WriteInto(file_->content, offset, bytes);
    file_->pending.push_back({offset, std::string(bytes)});
    return absl::OkStatus();
  }
  // Shortening is taken as kept at once: nothing here depends on it being lost.
  absl::Status Truncate(uint64_t size) override {
    file_->content.resize(size);
    file_->synced = file_->content;
    file_->pending.clear();
    return absl::OkStatus();
  }
  absl::Status Sync() override {
    ++files_->syncs_;
    if (files_->syncs_left_ == 0) return absl::UnavailableError("cannot sync: input/output error");
    if (files_->syncs_left_ != UINT64_MAX) --files_->syncs_left_;
    file_->synced = file_->content;
    file_->pending.clear();
    return absl::OkStatus();
  }

 private:
  SimulatedFileSystem* files_;
  std::shared_ptr<SimulatedFileSystem::File> file_;
};

absl::StatusOr<std::unique_ptr<WritableFile>> SimulatedFileSystem::Open(const std::string& path) {
  std::shared_ptr<File>& file = files_[path];
  if (file == nullptr) file = std::make_shared<File>();
  return std::make_unique<SimulatedFile>(this, file);
}

absl::StatusOr<std::string> SimulatedFileSystem::Read(const std::string& path) const {
  const auto found = files_.find(path);
  if (found == files_.end()) return absl::NotFoundError("cannot read " + path + ": no such file");
  return found->second->content;
}

absl::StatusOr<std::vector<std::string>> SimulatedFileSystem::List(const std::string& folder) const {
  std::vector<std::string> names;
  for (const auto& [path, file] : files_) {
    if (path.starts_with(folder + "/") && path.find('/', folder.size() + 1) == std::string::npos) {
      names.push_back(path.substr(folder.size() + 1));
    }
  }
  return names;
}

absl::Status SimulatedFileSystem::MakeFolders(const std::string&) { return absl::OkStatus(); }
absl::Status SimulatedFileSystem::SyncFolder(const std::string&) { return absl::OkStatus(); }

void SimulatedFileSystem::Crash(Prng& prng) {
  for (auto& [path, file] : files_) {
    auto survivor = std::make_shared<File>();
    survivor->content = file->synced;
    const uint64_t kept = prng.Below(file->pending.size() + 1);
    for (uint64_t i = 0; i < kept; ++i) {
      const PendingWrite& write = file->pending[i];
      const bool torn = i + 1 == kept && prng.Chance(0.5);
      WriteInto(survivor->content, write.offset,
                std::string_view(write.bytes).substr(0, torn ? prng.Below(write.bytes.size() + 1) : std::string::npos));
    }
    survivor->synced = survivor->content;
    file = std::move(survivor);
  }
  syncs_left_ = UINT64_MAX;
  writes_fail_ = false;
}

}  // namespace bylaw

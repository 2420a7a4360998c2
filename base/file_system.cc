#include "base/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace bylaw {
namespace {

absl::Status Failed(std::string_view what, const std::string& path, int error) {
  const std::string text = std::string(what) + " " + path + ": " + std::strerror(error);
  return error == ENOENT ? absl::NotFoundError(text) : absl::UnavailableError(text);
}

class PosixFile final : public WritableFile {
 public:
  PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~PosixFile() override { ::close(descriptor_); }

  absl::Status Write(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return Failed("cannot write", path_, errno);
      bytes.remove_prefix(static_cast<size_t>(written));
      offset += static_cast<uint64_t>(written);
    }
    return absl::OkStatus();
  }
  absl::Status Truncate(uint64_t size) override {
    return ::ftruncate(descriptor_, static_cast<off_t>(size)) == 0 ? absl::OkStatus()
                                                                   : Failed("cannot shorten", path_, errno);
  }
  absl::Status Sync() override {
    return ::fdatasync(descriptor_) == 0 ? absl::OkStatus() : Failed("cannot sync", path_, errno);
  }

 private:
  int descriptor_;
  std::string path_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<WritableFile>> PosixFileSystem::Open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return Failed("cannot open", path, errno);
  return std::make_unique<PosixFile>(descriptor, path);
}

absl::StatusOr<std::string> PosixFileSystem::Read(const std::string& path) const {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Failed("cannot read", path, errno);
  std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) return Failed("cannot read", path, EIO);
  return content;
}

absl::StatusOr<std::vector<std::string>> PosixFileSystem::List(const std::string& folder) const {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->is_regular_file(error)) names.push_back(it->path().filename().string());
  }
  if (error) return Failed("cannot list", folder, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status PosixFileSystem::MakeFolders(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  return error ? Failed("cannot make the folder", folder, error.value()) : absl::OkStatus();
}

absl::Status PosixFileSystem::SyncFolder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return Failed("cannot open", folder, errno);
  const int result = ::fsync(descriptor);
  const int error = errno;
  ::close(descriptor);
  return result == 0 ? absl::OkStatus() : Failed("cannot sync", folder, error);
}

}  // namespace bylaw

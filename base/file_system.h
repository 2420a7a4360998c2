// Files, behind one interface with a simulated twin that can lose what was never synced.
//
// Paths are absolute or relative to the process; "/" separates folders. An error names the path and the reason. Only
// what Sync returned OK for survives a crash of the machine; a crash of the process loses nothing that was written.
// A Sync that failed says nothing about what is on disk, not even when it is called again and succeeds (the kernel may
// have dropped the dirty pages): whoever owns the file stops, and reads it anew. Files are for one thread at a time.
#ifndef BYLAW_BASE_FILE_SYSTEM_H_
#define BYLAW_BASE_FILE_SYSTEM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace bylaw {

class WritableFile {
 public:
  virtual ~WritableFile() = default;
  // Overwrites or extends; the offset is at most the file's size.
  virtual absl::Status Write(uint64_t offset, std::string_view bytes) = 0;
  virtual absl::Status Truncate(uint64_t size) = 0;
  // Everything written so far is on disk.
  virtual absl::Status Sync() = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // Opens for writing, created empty (readable by the owner alone) if it does not exist.
  virtual absl::StatusOr<std::unique_ptr<WritableFile>> Open(const std::string& path) = 0;
  // The whole content; NotFound if there is no such file.
  virtual absl::StatusOr<std::string> Read(const std::string& path) const = 0;
  // The names of the files in a folder, sorted; NotFound if there is no such folder.
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& folder) const = 0;
  virtual absl::Status MakeFolders(const std::string& folder) = 0;
  // The names in the folder (files made or removed) are on disk.
  virtual absl::Status SyncFolder(const std::string& folder) = 0;
};

// The machine's files. Thread-safe.
class PosixFileSystem final : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<WritableFile>> Open(const std::string& path) override;
  absl::StatusOr<std::string> Read(const std::string& path) const override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& folder) const override;
  absl::Status MakeFolders(const std::string& folder) override;
  absl::Status SyncFolder(const std::string& folder) override;
};

}  // namespace bylaw

#endif  // BYLAW_BASE_FILE_SYSTEM_H_

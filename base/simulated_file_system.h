// A file system in memory that fails and crashes when told to: torn writes, syncs that fail, a machine that stops.
//
// Crash() keeps of every file what was synced and, of the writes since, a random part: a prefix of them in order, the
// last one perhaps only in part. Not thread-safe. Files open at a crash must not be used afterwards.
#ifndef BYLAW_BASE_SIMULATED_FILE_SYSTEM_H_
#define BYLAW_BASE_SIMULATED_FILE_SYSTEM_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/prng.h"

namespace bylaw {

class SimulatedFileSystem final : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<WritableFile>> Open(const std::string& path) override;
  absl::StatusOr<std::string> Read(const std::string& path) const override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& folder) const override;
  absl::Status MakeFolders(const std::string& folder) override;
  absl::Status SyncFolder(const std::string& folder) override;

  // The machine stops: what was never synced is lost, or torn.
  void Crash(Prng& prng);
  // From the n-th sync on (0: the next one) every sync fails, and with it, as in a kernel, what it should have kept.
  void FailSyncsAfter(uint64_t syncs) { syncs_left_ = syncs; }
  void FailWrites(bool fail) { writes_fail_ = fail; }
  uint64_t syncs() const { return syncs_; }
  // For tests that damage a file: its content as it would be read.
  std::string& Content(const std::string& path) { return files_[path]->content; }
  void Remove(const std::string& path) { files_.erase(path); }

 private:
  struct PendingWrite {
    uint64_t offset;
    std::string bytes;
  };
  struct File {
    std::string content;
    std::string synced;
    std::vector<PendingWrite> pending;  // since the last sync; a truncation is kept as a write of nothing
  };
  friend class SimulatedFile;

  std::map<std::string, std::shared_ptr<File>> files_;
  uint64_t syncs_left_ = UINT64_MAX;
  uint64_t syncs_ = 0;
  bool writes_fail_ = false;
};

}  // namespace bylaw

#endif  // BYLAW_BASE_SIMULATED_FILE_SYSTEM_H_

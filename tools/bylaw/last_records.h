// An audit sink that keeps the last records worth a line on a screen, with the policies that give them their names.
#ifndef BYLAW_TOOLS_BYLAW_LAST_RECORDS_H_
#define BYLAW_TOOLS_BYLAW_LAST_RECORDS_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "runtime/audit/sink.h"

namespace bylaw::cli {

class LastRecords final : public audit::AuditSink {
 public:
  static constexpr size_t kKept = 64;

  struct Line {
    TimeNs wall_ns = 0;
    std::string tenant;  // "" for what concerns nobody in particular
    std::string text;    // "step credit of loan-approval waits because rate (tiers.bylaw:12)"
    uint64_t times = 1;  // the same happened so many times in a row
  };

  bool Append(const audit::Record& record) override;
  void BeginEpoch(uint32_t epoch, std::shared_ptr<const abi::PolicyImage> image) override;
  void EndEpoch(uint32_t epoch) override { images_.erase(epoch); }
  absl::Status status() const override { return absl::OkStatus(); }
  uint64_t dropped() const override { return 0; }

  // The newest last.
  const std::deque<Line>& lines() const { return lines_; }

 private:
  std::map<uint32_t, std::shared_ptr<const abi::PolicyImage>> images_;
  std::deque<Line> lines_;
};

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_LAST_RECORDS_H_

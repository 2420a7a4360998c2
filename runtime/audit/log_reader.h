// Reading an audit log: every frame checked on the way, every record with its names and its sentence.
//
// Reading needs the files alone: not the policy that decided, not the process that wrote. The first thing that is wrong
// ends the reading, since nothing behind a broken chain can be trusted. Not thread-safe.
#ifndef BYLAW_RUNTIME_AUDIT_LOG_READER_H_
#define BYLAW_RUNTIME_AUDIT_LOG_READER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/file_system.h"
#include "runtime/audit/log_format.h"

namespace bylaw::audit {

// A record as read. The views are good during the visit; empty: the record names none.
struct Entry {
  Record record;  // its ids are positions of texts: compare names, not ids
  uint32_t boot = 0;
  std::string_view tenant, workflow, step, resource, endpoint, region, store, reviewers;
  std::string_view clause;     // "tiers.bylaw:12: at most 50 workflows at once"
  std::string_view basis;      // "gdpr.bylaw:3: calls go only to EU, places adequate for EU; …"
  std::string_view exception;  // "tenants.bylaw:40: exception quarter-end (OPS-4121) until 2027-01-05"
};
using Visit = std::function<void(const Entry&)>;

// Where reading stopped: behind the last frame that is right.
struct LogEnd {
  SegmentHeader header;  // of the last segment read
  uint32_t boot = 0;
  uint64_t offset = 0;  // in that segment
  uint64_t sequence = 0;
  Hash chain{};
};

struct LogScan {
  LogEnd end;
  std::vector<std::string> texts;  // of the last segment
  uint32_t segments = 0;
  uint64_t records = 0;
  uint64_t signed_points = 0;
  std::string problem;          // of the frame at `end`; "" if there is nothing behind it
  uint64_t unread_bytes = 0;    // from the problem on, in its segment
  bool in_last_segment = true;  // is it the last one in the folder?
  std::vector<bool> reached;    // of ScanOptions::heads: the frame it speaks of was passed, and has that chain
};

struct ScanOptions {
  uint32_t first_segment = 1;  // what comes before it is taken on trust
  std::vector<Head> heads = {};
  bool check_signatures = false;
};

// Fails if there is no log or it cannot be read. What is wrong with it is in the scan.
absl::StatusOr<LogScan> ScanLog(const FileSystem& files, const std::string& folder, const ScanOptions& options,
                                const Visit& visit);

// The two places of `head`; a damaged one is nothing.
struct Heads {
  std::optional<Head> places[2];
  // The later one.
  std::optional<Head> newest() const;
};
// Fails if the file is missing or has another size.
absl::StatusOr<Heads> ReadHeads(const FileSystem& files, const std::string& folder);

// The numbers of the segments in the folder, in order. Fails if there are none, or if one is missing between.
absl::StatusOr<std::vector<uint32_t>> SegmentsOf(const FileSystem& files, const std::string& folder);

}  // namespace bylaw::audit

#endif  // BYLAW_RUNTIME_AUDIT_LOG_READER_H_

#include "runtime/audit/verify_log.h"

#include <fmt/format.h>

#include <utility>

namespace bylaw::audit {
namespace {

// What is wrong with the head file itself; "" if it can be relied on.
std::string ProblemOfHeads(const Heads& heads) {
  const auto& [first, second] = heads.places;
  if (!first.has_value() && !second.has_value()) return "the head is damaged: nobody knows where the log should end";
  if (!first.has_value() || !second.has_value()) {
    return "one place of the head is damaged (if the machine stopped while it was written, opening the log repairs it)";
  }
  const uint64_t apart =
      first->commit > second->commit ? first->commit - second->commit : second->commit - first->commit;
  return apart == 1 ? "" : "the two places of the head do not belong together";
}

std::string ProblemOfKey(const Expected& expected, const LogScan& scan) {
  if (!expected.key.has_value() || *expected.key == scan.end.header.key) return "";
  return fmt::format("the log is signed by key {}, not by {}", Fingerprint(scan.end.header.key),
                     Fingerprint(*expected.key));
}

}  // namespace

absl::StatusOr<Verification> VerifyLog(const FileSystem& files, const std::string& folder, const Expected& expected) {
  absl::StatusOr<Heads> heads = ReadHeads(files, folder);
  ScanOptions options{.check_signatures = true};
  const std::optional<Head> newest = heads.ok() ? heads->newest() : std::nullopt;
  options.heads.push_back(newest.value_or(Head{}));
  if (expected.witness.has_value()) options.heads.push_back(*expected.witness);
  absl::StatusOr<LogScan> scan = ScanLog(files, folder, options, nullptr);
  if (!scan.ok() && !absl::IsDataLoss(scan.status())) return scan.status();

  Verification result;
  const auto not_intact = [&](std::string problem) {
    result.problem = std::move(problem);
    return std::move(result);
  };
  if (!scan.ok()) return not_intact(std::string(scan.status().message()));
  result.scan = *std::move(scan);
  const LogScan& found = result.scan;
  if (!heads.ok()) return not_intact(std::string(heads.status().message()));
  const bool head_reached = newest.has_value() && found.reached[0];
  const bool behind_head = head_reached && found.in_last_segment;
  if (!found.problem.empty() && !behind_head) return not_intact(found.problem);
  if (std::string problem = ProblemOfHeads(*heads); !problem.empty()) return not_intact(std::move(problem));
  if (std::string problem = ProblemOfKey(expected, found); !problem.empty()) return not_intact(std::move(problem));
  for (const std::optional<Head>& place : heads->places) {
    if (!Verifies(found.end.header.key, MessageOf(place->point), place->point.signature)) {
      return not_intact("the head is not signed by the key of the log");
    }
  }
  if (!head_reached) {
    return not_intact(fmt::format("the end is missing: the log ends with record {}, but {} were acknowledged",
                                  found.end.sequence, newest->point.sequence));
  }
  if (expected.witness.has_value() && !found.reached[1]) {
    return not_intact(fmt::format("record {} is not the one the witness knows: this is another log, or an older copy",
                                  expected.witness->point.sequence));
  }
  if (found.unread_bytes > 0) {
    result.note = fmt::format(
        "{} bytes at the end were never acknowledged (the process stopped while writing them); "
        "opening the log removes them",
        found.unread_bytes);
  }
  result.intact = true;
  return result;
}

}  // namespace bylaw::audit

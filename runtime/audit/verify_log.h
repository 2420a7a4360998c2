// Is this the log that was written, whole and unchanged?
//
// Found, whatever the place: a flipped byte, a record dropped, repeated, swapped or shortened, a missing segment, an
// end that is missing up to the head. Not found by the files alone: the exchange of the whole folder for an older copy
// of itself; a head kept elsewhere (ReadHeads, `bylaw audit head`) shows it. The key that signed should come from
// elsewhere as well: without it the key in the log is believed.
#ifndef BYLAW_RUNTIME_AUDIT_VERIFY_LOG_H_
#define BYLAW_RUNTIME_AUDIT_VERIFY_LOG_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/file_system.h"
#include "runtime/audit/log_format.h"
#include "runtime/audit/log_reader.h"

namespace bylaw::audit {

struct Expected {
  std::optional<PublicKey> key = {};  // whose signatures are believed
  std::optional<Head> witness = {};   // a head of this log kept elsewhere, which the log must contain
};

struct Verification {
  bool intact = false;
  std::string problem;  // if not: what is wrong, and where
  std::string note;     // what an intact log should be known for: bytes behind the head that were never acknowledged
  LogScan scan;
};

// Fails if there is no log, or if it cannot be read at all.
absl::StatusOr<Verification> VerifyLog(const FileSystem& files, const std::string& folder, const Expected& expected);

}  // namespace bylaw::audit

#endif  // BYLAW_RUNTIME_AUDIT_VERIFY_LOG_H_

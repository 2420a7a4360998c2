// The form of an audit log on disk: segments of frames, and a signed head beside them.
//
// A folder holds `000001.audit`, `000002.audit`, … and `head`. A segment is a sequence of frames:
//
//   length of the body (4) · CRC-32 of the body (4) · body · SHA-256(chain of the frame before · all of this so far)
//   (32)
//
// The chain starts with zeros and runs through all segments. A body begins with its kind:
//   header   first frame of a segment: which log, which segment, the chain and the sequence before it, the public key
//   opened   a process took the log up: run numbers start anew with each of these (its number is the boot)
//   text     a name or a sentence; records refer to texts of their own segment by position
//   record   an audit record (record.def), its ids and its clause being positions of texts
//   signed   the signature of everything before: log, sequence and chain
// The head is two places written in turn after each commit, each signed: up to where the log had been acknowledged. It
// shows that the end of the log is missing, which no chain can. Integers are little endian. All functions are pure.
#ifndef BYLAW_RUNTIME_AUDIT_LOG_FORMAT_H_
#define BYLAW_RUNTIME_AUDIT_LOG_FORMAT_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "runtime/audit/record.h"
#include "runtime/audit/signing.h"

namespace bylaw::audit {

inline constexpr uint32_t kLogVersion = 2;  // 2: records say legal bases and exceptions
inline constexpr size_t kFrameOverhead = 4 + 4 + 32;
inline constexpr uint32_t kBodyMax = 1 << 20;
inline constexpr char kHeadFile[] = "head";

using LogId = std::array<uint8_t, 16>;

enum class BodyKind : uint8_t { kHeader = 'H', kOpened = 'O', kText = 'T', kRecord = 'R', kSigned = 'S' };

struct SegmentHeader {
  uint32_t version = kLogVersion;
  uint32_t segment = 1;
  uint32_t boot = 0;      // of the process that made it
  uint64_t sequence = 0;  // of the last record before it
  Hash chain{};           // of the frame before it
  LogId log{};
  PublicKey key{};
};
struct Opened {
  uint32_t boot = 0;
  TimeNs wall_ns = 0;
};
// What is signed: that the log `log` has this chain after this record.
struct SignedPoint {
  LogId log{};
  uint64_t sequence = 0;
  Hash chain{};
  Signature signature{};
};
// A signed point and where it is: behind the frame that ends at `offset`.
struct Head {
  SignedPoint point;
  uint32_t segment = 1;
  uint64_t offset = 0;
  uint64_t commit = 0;  // counts up; the place is commit % 2
};
// A record and its clause and names, as positions of texts.
std::string EncodeRecord(const Record& record);
std::string EncodeText(std::string_view text);
std::string EncodeHeader(const SegmentHeader& header);
std::string EncodeOpened(const Opened& opened);
std::string EncodeSigned(const SignedPoint& point);
// Nothing if the body is not of that kind, or is not exactly as long as it should be.
std::optional<Record> DecodeRecord(std::string_view body);
std::optional<std::string_view> DecodeText(std::string_view body);
std::optional<SegmentHeader> DecodeHeader(std::string_view body);
std::optional<Opened> DecodeOpened(std::string_view body);
std::optional<SignedPoint> DecodeSigned(std::string_view body);

// Appends the frame of `body` to *out and moves *chain on.
void AppendFrame(std::string_view body, Hasher& hasher, Hash* chain, std::string* out);
// The body of the frame that `bytes` begins with, if it is whole and right; moves *chain on. Otherwise *problem says
// what is wrong with it.
std::optional<std::string_view> ReadFrame(std::string_view bytes, Hasher& hasher, Hash* chain, std::string* problem);

// The bytes that are signed.
std::string MessageOf(const SignedPoint& point);

inline constexpr size_t kHeadPlaceBytes = 256;
// One place, kHeadPlaceBytes long. Nothing if it is damaged.
std::string EncodeHead(const Head& head);
std::optional<Head> DecodeHead(std::string_view place);

// "000001.audit", and back; 0 for another file.
std::string SegmentName(uint32_t segment);
uint32_t SegmentNumber(std::string_view name);

}  // namespace bylaw::audit

#endif  // BYLAW_RUNTIME_AUDIT_LOG_FORMAT_H_

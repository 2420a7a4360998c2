#include "runtime/audit/log_format.h"

#include <fmt/format.h>
#include <zlib.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <type_traits>

#include "base/check.h"

namespace bylaw::audit {
namespace {

static_assert(std::endian::native == std::endian::little, "the log is written as memory has it");

template <typename T>
void Put(std::string* out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  out->append(reinterpret_cast<const char*>(&value), sizeof(T));
}

// Takes values off the front of a body; `ok` turns false when it is too short.
class Taker {
 public:
  Taker(std::string_view body, BodyKind kind) : rest_(body) {
    uint8_t first = 0;
    Take(&first);
    ok_ = ok_ && first == static_cast<uint8_t>(kind);
  }
  template <typename T>
  void Take(T* value) {
    if (rest_.size() < sizeof(T)) {
      ok_ = false;
      return;
    }
    std::memcpy(value, rest_.data(), sizeof(T));
    rest_.remove_prefix(sizeof(T));
  }
  std::string_view rest() const { return rest_; }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

std::string Begin(BodyKind kind) { return std::string(1, static_cast<char>(kind)); }

uint32_t Crc(std::string_view bytes) {
  return static_cast<uint32_t>(
      ::crc32(0, reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<unsigned>(bytes.size())));
}

template <typename T>
T At(std::string_view bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

}  // namespace

std::string EncodeRecord(const Record& record) {
  std::string body = Begin(BodyKind::kRecord);
#define BYLAW_AUDIT_FIELD(c_type, name, absent) Put(&body, record.name);
#include "runtime/audit/record.def"
#undef BYLAW_AUDIT_FIELD
  return body;
}

std::optional<Record> DecodeRecord(std::string_view body) {
  Taker taker(body, BodyKind::kRecord);
  Record record;
#define BYLAW_AUDIT_FIELD(c_type, name, absent) taker.Take(&record.name);
#include "runtime/audit/record.def"
#undef BYLAW_AUDIT_FIELD
  if (!taker.done()) return std::nullopt;
  const bool known = record.event <= Event::kSlotLost && record.verdict <= abi::Verdict::kDeny &&
                     record.reason <= abi::Reason::kFailClosed && record.lane <= abi::Lane::kBackground;
  return known ? std::optional(record) : std::nullopt;
}

std::string EncodeText(std::string_view text) {
  return Begin(BodyKind::kText) + std::string(text.substr(0, kBodyMax - 1));
}

std::optional<std::string_view> DecodeText(std::string_view body) {
  const Taker taker(body, BodyKind::kText);
  return taker.ok() ? std::optional(taker.rest()) : std::nullopt;
}

std::string EncodeHeader(const SegmentHeader& header) {
  std::string body = Begin(BodyKind::kHeader);
  Put(&body, header.version);
  Put(&body, header.segment);
  Put(&body, header.boot);
  Put(&body, header.sequence);
  Put(&body, header.chain);
  Put(&body, header.log);
  Put(&body, header.key);
  return body;
}

std::optional<SegmentHeader> DecodeHeader(std::string_view body) {
  Taker taker(body, BodyKind::kHeader);
  SegmentHeader header;
  taker.Take(&header.version);
  taker.Take(&header.segment);
  taker.Take(&header.boot);
  taker.Take(&header.sequence);
  taker.Take(&header.chain);
  taker.Take(&header.log);
  taker.Take(&header.key);
  return taker.done() && header.version == kLogVersion ? std::optional(header) : std::nullopt;
}

std::string EncodeOpened(const Opened& opened) {
  std::string body = Begin(BodyKind::kOpened);
  Put(&body, opened.boot);
  Put(&body, opened.wall_ns);
  return body;
}

std::optional<Opened> DecodeOpened(std::string_view body) {
  Taker taker(body, BodyKind::kOpened);
  Opened opened;
  taker.Take(&opened.boot);
  taker.Take(&opened.wall_ns);
  return taker.done() ? std::optional(opened) : std::nullopt;
}

std::string EncodeSigned(const SignedPoint& point) {
  std::string body = Begin(BodyKind::kSigned);
  Put(&body, point.log);
  Put(&body, point.sequence);
  Put(&body, point.chain);
  Put(&body, point.signature);
  return body;
}

std::optional<SignedPoint> DecodeSigned(std::string_view body) {
  Taker taker(body, BodyKind::kSigned);
  SignedPoint point;
  taker.Take(&point.log);
  taker.Take(&point.sequence);
  taker.Take(&point.chain);
  taker.Take(&point.signature);
  return taker.done() ? std::optional(point) : std::nullopt;
}

std::string MessageOf(const SignedPoint& point) {
  std::string message = "bylaw audit log 1";
  Put(&message, point.log);
  Put(&message, point.sequence);
  Put(&message, point.chain);
  return message;
}

void AppendFrame(std::string_view body, Hasher& hasher, Hash* chain, std::string* out) {
  BYLAW_CHECK(!body.empty() && body.size() <= kBodyMax, "a body fits a frame");
  const size_t begin = out->size();
  Put(out, static_cast<uint32_t>(body.size()));
  Put(out, Crc(body));
  out->append(body);
  *chain = hasher.Chain(*chain, std::string_view(*out).substr(begin));
  Put(out, *chain);
}

std::optional<std::string_view> ReadFrame(std::string_view bytes, Hasher& hasher, Hash* chain, std::string* problem) {
  const auto wrong = [&](std::string_view text) {
    *problem = text;
    return std::nullopt;
  };
  if (bytes.size() < 8) return wrong("the frame is cut short");
  const auto length = At<uint32_t>(bytes, 0);
  if (length == 0 || length > kBodyMax) return wrong("the frame's length makes no sense");
  if (bytes.size() < length + kFrameOverhead) return wrong("the frame is cut short");
  const std::string_view body = bytes.substr(8, length);
  if (At<uint32_t>(bytes, 4) != Crc(body)) return wrong("the frame's content does not match its CRC");
  const Hash next = hasher.Chain(*chain, bytes.substr(0, 8 + length));
  if (std::memcmp(next.data(), bytes.data() + 8 + length, next.size()) != 0) {
    return wrong("the chain is broken: the frame does not follow the one before it");
  }
  *chain = next;
  return body;
}

std::string EncodeHead(const Head& head) {
  std::string place;
  Put(&place, head.commit);
  Put(&place, head.segment);
  Put(&place, head.offset);
  place += EncodeSigned(head.point);
  place.resize(kHeadPlaceBytes - sizeof(uint32_t));
  Put(&place, Crc(place));
  return place;
}

std::optional<Head> DecodeHead(std::string_view place) {
  constexpr size_t kPrefix = sizeof(uint64_t) + sizeof(uint32_t) + sizeof(uint64_t);
  static const size_t kPointBytes = EncodeSigned({}).size();
  if (place.size() != kHeadPlaceBytes) return std::nullopt;
  const std::string_view content = place.substr(0, kHeadPlaceBytes - sizeof(uint32_t));
  if (At<uint32_t>(place, content.size()) != Crc(content)) return std::nullopt;
  const std::optional<SignedPoint> point = DecodeSigned(place.substr(kPrefix, kPointBytes));
  if (!point.has_value()) return std::nullopt;
  return Head{.point = *point,
              .segment = At<uint32_t>(place, sizeof(uint64_t)),
              .offset = At<uint64_t>(place, sizeof(uint64_t) + sizeof(uint32_t)),
              .commit = At<uint64_t>(place, 0)};
}

std::string SegmentName(uint32_t segment) { return fmt::format("{:06}.audit", segment); }

uint32_t SegmentNumber(std::string_view name) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc() && name == SegmentName(number) ? number : 0;
}

}  // namespace bylaw::audit

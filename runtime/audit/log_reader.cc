#include "runtime/audit/log_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bylaw::audit {
namespace {

// Walks the frames of one segment after the other.
class Scanner {
 public:
  Scanner(const ScanOptions& options, const Visit& visit) : options_(options), visit_(visit) {
    scan_.reached.resize(options.heads.size());
  }

  // False if something is wrong; scan().problem says what.
  bool ReadSegment(uint32_t segment, std::string_view bytes);
  LogScan& scan() { return scan_; }

 private:
  bool Wrong(std::string problem) {
    scan_.problem = std::move(problem);
    return false;
  }
  bool TakeHeader(uint32_t segment, std::string_view body);
  bool TakeOpened(std::string_view body);
  bool TakeRecord(std::string_view body);
  bool TakeSigned(std::string_view body);
  bool TakeBody(uint32_t segment, std::string_view body);
  std::string_view TextAt(uint32_t position) const {
    return position < scan_.texts.size() ? std::string_view(scan_.texts[position]) : std::string_view();
  }
  void NoteHeads();

  const ScanOptions& options_;
  const Visit& visit_;
  Hasher hasher_;
  LogScan scan_;
  bool any_ = false;  // a segment has been read
};

bool Scanner::ReadSegment(uint32_t segment, std::string_view bytes) {
  LogEnd& end = scan_.end;
  end.offset = 0;
  scan_.texts.clear();
  ++scan_.segments;
  while (end.offset < bytes.size()) {
    Hash chain = end.chain;
    if (end.offset == 0 && !any_ && segment > 1) {
      // What comes before the first segment read is taken on trust: its chain stands in the header, which it covers.
      static const size_t kHeaderBytes = EncodeHeader({}).size();
      const std::string_view body = bytes.substr(std::min<size_t>(8, bytes.size()), kHeaderBytes);
      if (const auto header = DecodeHeader(body)) chain = end.chain = header->chain;
    }
    std::string problem;
    const auto body = ReadFrame(bytes.substr(end.offset), hasher_, &chain, &problem);
    scan_.unread_bytes = bytes.size() - end.offset;
    if (!body.has_value()) return Wrong(std::move(problem));
    if (!TakeBody(segment, *body)) return false;
    end.chain = chain;
    end.offset += body->size() + kFrameOverhead;
    NoteHeads();
  }
  scan_.unread_bytes = 0;
  return end.offset > 0 || Wrong("the segment is empty");
}

bool Scanner::TakeBody(uint32_t segment, std::string_view body) {
  if ((scan_.end.offset == 0) != (body[0] == static_cast<char>(BodyKind::kHeader))) {
    return Wrong("a segment begins with its header, and has one only");
  }
  switch (static_cast<BodyKind>(body[0])) {
    case BodyKind::kHeader:
      return TakeHeader(segment, body);
    case BodyKind::kOpened:
      return TakeOpened(body);
    case BodyKind::kText: {
      const auto text = DecodeText(body);
      scan_.texts.emplace_back(*text);
      return true;
    }
    case BodyKind::kRecord:
      return TakeRecord(body);
    case BodyKind::kSigned:
      return TakeSigned(body);
  }
  return Wrong("a frame of an unknown kind");
}

bool Scanner::TakeHeader(uint32_t segment, std::string_view body) {
  const auto header = DecodeHeader(body);
  if (!header.has_value()) return Wrong("the header cannot be read, or is of another version");
  LogEnd& end = scan_.end;
  if (header->segment != segment) return Wrong(fmt::format("it says that it is segment {}", header->segment));
  if (any_ && (header->log != end.header.log || header->sequence != end.sequence || header->chain != end.chain)) {
    return Wrong("it does not follow the segment before it");
  }
  if (!any_ && segment == 1 && (header->sequence != 0 || header->chain != Hash{})) {
    return Wrong("the first segment follows nothing");
  }
  any_ = true;
  end.header = *header;
  end.sequence = header->sequence;
  end.boot = header->boot;
  return true;
}

bool Scanner::TakeOpened(std::string_view body) {
  const auto opened = DecodeOpened(body);
  if (!opened.has_value() || opened->boot != scan_.end.boot + 1) return Wrong("the log was opened out of order");
  scan_.end.boot = opened->boot;
  return true;
}

bool Scanner::TakeRecord(std::string_view body) {
  const auto record = DecodeRecord(body);
  if (!record.has_value()) return Wrong("the record cannot be read");
  if (record->sequence != scan_.end.sequence + 1) return Wrong("records are missing");
  scan_.end.sequence = record->sequence;
  ++scan_.records;
  if (!visit_) return true;
  Entry entry;
  entry.record = *record;
  entry.boot = scan_.end.boot;
  entry.tenant = TextAt(record->tenant);
  entry.workflow = TextAt(record->workflow);
  entry.step = TextAt(record->step);
  entry.resource = TextAt(record->resource);
  entry.endpoint = TextAt(record->endpoint);
  entry.region = TextAt(record->region);
  entry.store = TextAt(record->store);
  entry.reviewers = TextAt(record->reviewers);
  entry.basis = TextAt(record->basis);
  entry.exception = TextAt(record->exception);
  entry.clause = TextAt(record->clause);
  visit_(entry);
  return true;
}

bool Scanner::TakeSigned(std::string_view body) {
  const auto point = DecodeSigned(body);
  const LogEnd& end = scan_.end;
  if (!point.has_value() || point->log != end.header.log || point->sequence != end.sequence ||
      point->chain != end.chain) {
    return Wrong("a signed point is not about this place");
  }
  if (options_.check_signatures && !Verifies(end.header.key, MessageOf(*point), point->signature)) {
    return Wrong("the signature is not of this key");
  }
  ++scan_.signed_points;
  return true;
}

void Scanner::NoteHeads() {
  const LogEnd& end = scan_.end;
  for (size_t i = 0; i < options_.heads.size(); ++i) {
    const Head& head = options_.heads[i];
    if (head.segment != end.header.segment || head.offset != end.offset) continue;
    scan_.reached[i] =
        head.point.log == end.header.log && head.point.sequence == end.sequence && head.point.chain == end.chain;
  }
}

}  // namespace

absl::StatusOr<std::vector<uint32_t>> SegmentsOf(const FileSystem& files, const std::string& folder) {
  absl::StatusOr<std::vector<std::string>> names = files.List(folder);
  if (!names.ok()) return names.status();
  std::vector<uint32_t> segments;
  for (const std::string& name : *names) {
    if (const uint32_t segment = SegmentNumber(name); segment > 0) segments.push_back(segment);
  }
  std::sort(segments.begin(), segments.end());
  if (segments.empty()) return absl::NotFoundError("there is no audit log in " + folder);
  for (size_t i = 1; i < segments.size(); ++i) {
    if (segments[i] == segments[i - 1] + 1) continue;
    return absl::DataLossError(fmt::format("{} is missing in {}", SegmentName(segments[i - 1] + 1), folder));
  }
  return segments;
}

absl::StatusOr<LogScan> ScanLog(const FileSystem& files, const std::string& folder, const ScanOptions& options,
                                const Visit& visit) {
  absl::StatusOr<std::vector<uint32_t>> segments = SegmentsOf(files, folder);
  if (!segments.ok()) return segments.status();
  Scanner scanner(options, visit);
  if (segments->front() > options.first_segment) {
    scanner.scan().problem = fmt::format("{} is missing", SegmentName(options.first_segment));
    return std::move(scanner.scan());
  }
  for (const uint32_t segment : *segments) {
    if (segment < options.first_segment) continue;
    absl::StatusOr<std::string> bytes = files.Read(folder + "/" + SegmentName(segment));
    if (!bytes.ok()) return bytes.status();
    scanner.scan().in_last_segment = segment == segments->back();
    if (!scanner.ReadSegment(segment, *bytes)) {
      scanner.scan().problem =
          fmt::format("{} at byte {}: {}", SegmentName(segment), scanner.scan().end.offset, scanner.scan().problem);
      break;
    }
  }
  return std::move(scanner.scan());
}

absl::StatusOr<Heads> ReadHeads(const FileSystem& files, const std::string& folder) {
  absl::StatusOr<std::string> bytes = files.Read(folder + "/" + kHeadFile);
  if (!bytes.ok()) return bytes.status();
  if (bytes->size() != 2 * kHeadPlaceBytes) return absl::DataLossError("the head is not as long as it should be");
  Heads heads;
  for (size_t i = 0; i < 2; ++i) {
    heads.places[i] = DecodeHead(std::string_view(*bytes).substr(i * kHeadPlaceBytes, kHeadPlaceBytes));
    if (heads.places[i].has_value() && heads.places[i]->commit % 2 != i) heads.places[i].reset();
  }
  return heads;
}

std::optional<Head> Heads::newest() const {
  if (!places[0].has_value()) return places[1];
  if (!places[1].has_value()) return places[0];
  return places[0]->commit > places[1]->commit ? places[0] : places[1];
}

}  // namespace bylaw::audit

#include "runtime/audit/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "base/check.h"
#include "runtime/audit/log_reader.h"

namespace bylaw::audit {
namespace {

// Frames are gathered up to here before they are written, even within one commit.
constexpr size_t kBufferBytes = 1 << 20;

// A log exists from the moment it has a head: what a crash left of its making is made anew. More than that without a
// head is a log whose head is gone.
absl::StatusOr<bool> HasLog(const FileSystem& files, const std::string& folder) {
  const absl::StatusOr<Heads> heads = ReadHeads(files, folder);
  if (heads.ok() && heads->newest().has_value()) return true;
  if (absl::IsUnavailable(heads.status())) return heads.status();
  const absl::StatusOr<std::vector<uint32_t>> segments = SegmentsOf(files, folder);
  if (absl::IsNotFound(segments.status())) return false;
  const absl::StatusOr<std::string> first = files.Read(folder + "/" + SegmentName(1));
  const size_t beginning = EncodeHeader({}).size() + EncodeOpened({}).size() + 2 * kFrameOverhead;
  if (segments.ok() && segments->size() == 1 && first.ok() && first->size() <= beginning) return false;
  return absl::DataLossError("the head of the audit log in " + folder + " is missing or damaged");
}

}  // namespace

Log::Log(FileSystem* files, std::string folder, SigningKey key, const LogOptions& options)
    : files_(files), folder_(std::move(folder)), key_(std::move(key)), options_(options), ring_(options.ring_records) {
  BYLAW_CHECK(std::has_single_bit(ring_.size()), "the ring's size is a power of two");
}

absl::StatusOr<std::unique_ptr<Log>> Log::Open(FileSystem* files, const std::string& folder, SigningKey key,
                                               TimeNs wall_now, const LogOptions& options) {
  if (absl::Status status = files->MakeFolders(folder); !status.ok()) return status;
  std::unique_ptr<Log> log(new Log(files, folder, std::move(key), options));
  const absl::StatusOr<bool> exists = HasLog(*files, folder);
  if (!exists.ok()) return exists.status();
  if (absl::Status status = *exists ? log->TakeUp(wall_now) : log->Begin(wall_now); !status.ok()) return status;
  return log;
}

absl::Status Log::Begin(TimeNs wall_now) {
  const MutexLock lock(&mutex_);
  // A number nobody else has: of this key, at this time.
  const Hash of_key = hasher_.Chain(Hash{}, fmt::format("{} {}", Hex(View(key_.public_key())), wall_now));
  std::copy_n(of_key.begin(), id_.size(), id_.begin());
  boot_ = 1;
  segment_ = 0;
  if (absl::Status status = BeginSegment(0); !status.ok()) return status;
  AppendFrame(EncodeOpened({boot_, wall_now}), hasher_, &chain_, &buffer_);
  if (absl::Status status = Flush(); !status.ok()) return status;
  if (absl::Status status = file_->Sync(); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<WritableFile>> head_file = files_->Open(folder_ + "/" + kHeadFile);
  if (!head_file.ok()) return head_file.status();
  head_file_ = *std::move(head_file);
  if (absl::Status status = WriteHead(); !status.ok()) return status;
  if (absl::Status status = head_file_->Sync(); !status.ok()) return status;
  return files_->SyncFolder(folder_);
}

absl::Status Log::TakeUp(TimeNs wall_now) {
  const MutexLock lock(&mutex_);
  absl::StatusOr<Heads> heads = ReadHeads(*files_, folder_);
  if (!heads.ok()) return heads.status();
  const std::optional<Head> head = heads->newest();
  BYLAW_CHECK(head.has_value(), "a log that exists has a head");
  if (!Verifies(key_.public_key(), MessageOf(head->point), head->point.signature)) {
    return absl::FailedPreconditionError("the audit log in " + folder_ + " is signed by another key");
  }
  ScanOptions options;
  options.first_segment = head->segment;
  options.heads = {*head};
  absl::StatusOr<LogScan> scan = ScanLog(*files_, folder_, options, nullptr);
  if (!scan.ok()) return scan.status();
  if (!scan->reached[0] || !scan->in_last_segment) {
    return absl::DataLossError(fmt::format("the audit log in {} is not intact ({}): `bylaw audit verify {}` says more",
                                           folder_, scan->problem.empty() ? "its end is missing" : scan->problem,
                                           folder_));
  }
  id_ = scan->end.header.log;
  boot_ = scan->end.boot + 1;
  chain_ = scan->end.chain;
  commits_ = head->commit + 1;
  appended_ = written_ = acknowledged_ = scan->end.sequence;
  next_signed_ = scan->end.sequence + options_.signed_every_records;
  segment_ = scan->end.header.segment;
  offset_ = scan->end.offset;
  names_.BeginSegment(scan->texts);
  // A crash between two segments may have left a segment without a whole header: it is begun anew.
  const uint32_t torn_segment = head->segment + scan->segments - 1;
  const bool anew = offset_ == 0;
  if (anew) segment_ = torn_segment - 1;
  absl::StatusOr<std::unique_ptr<WritableFile>> file = files_->Open(folder_ + "/" + SegmentName(torn_segment));
  if (!file.ok()) return file.status();
  file_ = *std::move(file);
  if (absl::Status status = file_->Truncate(offset_); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<WritableFile>> head_file = files_->Open(folder_ + "/" + kHeadFile);
  if (!head_file.ok()) return head_file.status();
  head_file_ = *std::move(head_file);
  if (anew) {
    if (absl::Status status = BeginSegment(scan->end.boot); !status.ok()) return status;
  }
  AppendFrame(EncodeOpened({boot_, wall_now}), hasher_, &chain_, &buffer_);
  if (absl::Status status = Flush(); !status.ok()) return status;
  if (absl::Status status = SyncAndSign(); !status.ok()) return status;
  return WriteHead();  // the other place: both are of this opening
}

bool Log::Append(const Record& record) {
  if (failed_.load(std::memory_order_acquire)) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  const uint64_t sequence = appended_.load(std::memory_order_relaxed) + 1;
  if (sequence - written_.load(std::memory_order_acquire) > ring_.size()) [[unlikely]] {
    const MutexLock lock(&mutex_);
    if (!WriteOut().ok()) return false;
  }
  Record& place = ring_[sequence & (ring_.size() - 1)];
  place = record;
  place.sequence = sequence;
  appended_.store(sequence, std::memory_order_release);
  return true;
}

void Log::BeginEpoch(uint32_t epoch, std::shared_ptr<const abi::PolicyImage> image) {
  const MutexLock lock(&mutex_);
  names_.BeginEpoch(epoch, std::move(image));
}

// Records of the epoch that are still in the ring need its names.
void Log::EndEpoch(uint32_t epoch) {
  const MutexLock lock(&mutex_);
  if (WriteOut().ok()) names_.EndEpoch(epoch);
}

absl::Status Log::Commit() {
  const uint64_t target = appended();
  if (acknowledged() >= target && !failed_.load(std::memory_order_acquire)) return absl::OkStatus();
  const MutexLock lock(&mutex_);
  if (!status_.ok()) return status_;
  // Whoever held the lock meanwhile may have done it for us.
  if (acknowledged() >= target) return absl::OkStatus();
  if (absl::Status status = WriteOut(); !status.ok()) return status;
  return SyncAndSign();
}

absl::Status Log::status() const {
  const MutexLock lock(&mutex_);
  return status_;
}

absl::Status Log::WriteOut() {
  if (!status_.ok()) return status_;
  const uint64_t until = appended_.load(std::memory_order_acquire);
  for (uint64_t sequence = written_.load(std::memory_order_relaxed) + 1; sequence <= until; ++sequence) {
    const auto define = [this](std::string_view text) { AppendFrame(EncodeText(text), hasher_, &chain_, &buffer_); };
    const Record record = names_.Translate(ring_[sequence & (ring_.size() - 1)], define);
    AppendFrame(EncodeRecord(record), hasher_, &chain_, &buffer_);
    written_.store(sequence, std::memory_order_release);
    if (sequence >= next_signed_) AppendSigned();
    if (buffer_.size() < kBufferBytes && sequence < until) continue;
    if (absl::Status status = Flush(); !status.ok()) return status;
    if (offset_ < options_.segment_bytes) continue;
    AppendSigned();
    if (absl::Status status = Flush(); !status.ok()) return status;
    if (absl::Status status = SyncAndSign(); !status.ok()) return status;
    if (absl::Status status = BeginSegment(boot_); !status.ok()) return Poison(std::move(status));
  }
  return absl::OkStatus();
}

absl::Status Log::Flush() {
  if (absl::Status status = file_->Write(offset_, buffer_); !status.ok()) return Poison(std::move(status));
  offset_ += buffer_.size();
  buffer_.clear();
  return absl::OkStatus();
}

SignedPoint Log::SignHere() {
  SignedPoint point{.log = id_, .sequence = written_.load(std::memory_order_relaxed), .chain = chain_, .signature = {}};
  point.signature = key_.Sign(MessageOf(point));
  return point;
}

void Log::AppendSigned() {
  AppendFrame(EncodeSigned(SignHere()), hasher_, &chain_, &buffer_);
  next_signed_ = written_.load(std::memory_order_relaxed) + options_.signed_every_records;
}

// `opened`: how often the log had been opened before what the segment begins with.
absl::Status Log::BeginSegment(uint32_t opened) {
  ++segment_;
  absl::StatusOr<std::unique_ptr<WritableFile>> file = files_->Open(folder_ + "/" + SegmentName(segment_));
  if (!file.ok()) return file.status();
  file_ = *std::move(file);
  if (absl::Status status = file_->Truncate(0); !status.ok()) return status;
  offset_ = 0;
  names_.BeginSegment({});
  SegmentHeader header;
  header.segment = segment_;
  header.boot = opened;
  header.sequence = written_.load(std::memory_order_relaxed);
  header.chain = chain_;
  header.log = id_;
  header.key = key_.public_key();
  AppendFrame(EncodeHeader(header), hasher_, &chain_, &buffer_);
  if (absl::Status status = Flush(); !status.ok()) return status;
  if (absl::Status status = file_->Sync(); !status.ok()) return status;
  return files_->SyncFolder(folder_);
}

absl::Status Log::SyncAndSign() {
  if (absl::Status status = file_->Sync(); !status.ok()) return Poison(std::move(status));
  if (absl::Status status = WriteHead(); !status.ok()) return Poison(std::move(status));
  acknowledged_.store(written_.load(std::memory_order_relaxed), std::memory_order_release);
  return absl::OkStatus();
}

// Written after the sync of what it speaks of, and synced by nobody: a head that is lost speaks of less.
absl::Status Log::WriteHead() {
  const int times = commits_ == 0 ? 2 : 1;  // a new log has both places
  for (int i = 0; i < times; ++i) {
    const Head head{.point = SignHere(), .segment = segment_, .offset = offset_, .commit = commits_};
    const uint64_t place = commits_ % 2;
    ++commits_;
    if (absl::Status status = head_file_->Write(place * kHeadPlaceBytes, EncodeHead(head)); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Log::Poison(absl::Status status) {
  status_ = std::move(status);
  failed_.store(true, std::memory_order_release);
  return status_;
}

}  // namespace bylaw::audit

// Whatever is done to the files of a log, verifying it shows it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/audit/log_world.h"

namespace bylaw::audit {
namespace {

// A log of three segments, with every kind of frame.
void Fill(LogWorld& world) {
  world.MustOpen();
  for (uint32_t i = 0; i < 6; ++i) {
    ASSERT_TRUE(world.Append(i));
    if (i % 2 == 0) {
      ASSERT_TRUE(world.log->Commit().ok());
    }
  }
  ASSERT_TRUE(world.log->Commit().ok());
  world.MustOpen();
  ASSERT_TRUE(world.Append(6));
  ASSERT_TRUE(world.log->Commit().ok());
  ASSERT_TRUE(world.Verify().intact) << world.Verify().problem;
}

std::vector<std::string> FilesOf(const LogWorld& world) {
  std::vector<std::string> paths;
  const absl::StatusOr<std::vector<std::string>> names = world.files.List(kFolder);
  for (const std::string& name : *names) paths.push_back(fmt::format("{}/{}", kFolder, name));
  return paths;
}

constexpr LogOptions kSmall{.segment_bytes = 700, .signed_every_records = 4};

TEST(LogDamage, EveryFlippedByteIsFound) {
  LogWorld world(kSmall);
  Fill(world);
  Prng prng(11);
  size_t flipped = 0;
  for (const std::string& path : FilesOf(world)) {
    std::string& content = world.files.Content(path);
    for (size_t i = 0; i < content.size(); ++i, ++flipped) {
      const char before = content[i];
      content[i] = static_cast<char>(before ^ (1 << prng.Below(8)));
      EXPECT_FALSE(world.Verify().intact) << path << " byte " << i;
      content[i] = before;
    }
  }
  EXPECT_GT(flipped, 2'000u);
  EXPECT_TRUE(world.Verify().intact);
}

TEST(LogDamage, EveryCutIsFound) {
  LogWorld world(kSmall);
  Fill(world);
  for (const std::string& path : FilesOf(world)) {
    std::string& content = world.files.Content(path);
    const std::string whole = content;
    for (size_t size = 0; size < whole.size(); ++size) {
      content.resize(size);
      EXPECT_FALSE(world.Verify().intact) << path << " cut to " << size;
      content = whole;
    }
  }
  EXPECT_TRUE(world.Verify().intact);
}

// The frames of a segment, each with its bytes.
std::vector<std::string> FramesOf(const std::string& content) {
  std::vector<std::string> frames;
  Hasher hasher;
  std::string problem;
  for (size_t at = 0; at < content.size();) {
    uint32_t length = 0;
    std::copy_n(content.data() + at, sizeof(length), reinterpret_cast<char*>(&length));
    frames.push_back(content.substr(at, length + kFrameOverhead));
    at += length + kFrameOverhead;
  }
  return frames;
}

std::string Join(const std::vector<std::string>& frames) {
  std::string content;
  for (const std::string& frame : frames) content += frame;
  return content;
}

TEST(LogDamage, EveryDroppedRepeatedAndSwappedFrameIsFound) {
  LogWorld world(kSmall);
  Fill(world);
  size_t tried = 0;
  for (const std::string& path : FilesOf(world)) {
    if (SegmentNumber(path.substr(sizeof(kFolder))) == 0) continue;
    std::string& content = world.files.Content(path);
    const std::vector<std::string> frames = FramesOf(content);
    const std::string whole = content;
    for (size_t i = 0; i < frames.size(); ++i) {
      std::vector<std::string> changed = frames;
      changed.erase(changed.begin() + static_cast<ptrdiff_t>(i));
      content = Join(changed);
      EXPECT_FALSE(world.Verify().intact) << path << " without frame " << i;
      changed = frames;
      changed.insert(changed.begin() + static_cast<ptrdiff_t>(i), frames[i]);
      content = Join(changed);
      // Behind the last frame a repetition is bytes nobody acknowledged.
      const Verification repeated = world.Verify();
      EXPECT_TRUE(!repeated.intact || !repeated.note.empty()) << path << " with frame " << i << " twice";
      for (size_t j = i + 1; j < frames.size(); ++j, ++tried) {
        if (frames[i] == frames[j]) continue;
        changed = frames;
        std::swap(changed[i], changed[j]);
        content = Join(changed);
        EXPECT_FALSE(world.Verify().intact) << path << " with frames " << i << " and " << j << " swapped";
      }
    }
    content = whole;
  }
  EXPECT_GT(tried, 30u);
  EXPECT_TRUE(world.Verify().intact);
}

TEST(LogDamage, EveryMissingOrExchangedFileIsFound) {
  for (size_t i = 0;; ++i) {
    LogWorld world(kSmall);
    Fill(world);
    const std::vector<std::string> paths = FilesOf(world);
    if (i == paths.size()) break;
    for (size_t j = i + 1; j < paths.size(); ++j) {
      std::swap(world.files.Content(paths[i]), world.files.Content(paths[j]));
      EXPECT_FALSE(world.Verify().intact) << paths[i] << " and " << paths[j];
      std::swap(world.files.Content(paths[i]), world.files.Content(paths[j]));
    }
    world.files.Remove(paths[i]);
    EXPECT_FALSE(world.Verify().intact) << "without " << paths[i];
    // Opening reads what it goes on with: the head and the last segment.
    if (i + 2 >= paths.size()) {
      EXPECT_FALSE(world.Open().ok()) << "without " << paths[i];
    }
  }
}

// Somebody with the files but not the key writes a record anew, and the chain and the CRCs behind it.
TEST(LogDamage, AForgedChainIsFoundByItsSignatures) {
  LogWorld world;
  Fill(world);
  const std::string path = fmt::format("{}/{}", kFolder, SegmentName(1));
  const std::vector<std::string> frames = FramesOf(world.files.Content(path));
  Hasher hasher;
  Hash chain{};
  std::string forged;
  bool changed = false;
  for (const std::string& frame : frames) {
    std::string body = frame.substr(8, frame.size() - kFrameOverhead);
    if (std::optional<Record> record = DecodeRecord(body); record.has_value() && record->run == 4) {
      record->verdict = abi::Verdict::kProceed;
      body = EncodeRecord(*record);
      changed = true;
    }
    AppendFrame(body, hasher, &chain, &forged);
  }
  ASSERT_TRUE(changed);
  world.files.Content(path) = forged;
  EXPECT_FALSE(world.Verify().intact);
  // And gives it a head with the right chain, signed by a key of their own.
  Heads heads = *ReadHeads(world.files, kFolder);
  const SigningKey own = SigningKey::Generate();
  std::string head_file;
  for (std::optional<Head>& head : heads.places) {
    head->point.chain = chain;
    head->point.signature = own.Sign(MessageOf(head->point));
    head_file += EncodeHead(*head);
  }
  world.files.Content(fmt::format("{}/{}", kFolder, kHeadFile)) = head_file;
  EXPECT_FALSE(world.Verify().intact);
}

// The whole folder as it was yesterday is a log like any other; only somebody who knows today's head can tell.
TEST(LogDamage, AnOlderCopyIsFoundByAWitness) {
  LogWorld world;
  Fill(world);
  const std::optional<Head> yesterday = ReadHeads(world.files, kFolder)->newest();
  SimulatedFileSystem copy;
  for (const std::string& path : FilesOf(world)) {
    auto file = *copy.Open(path);
    ASSERT_TRUE(file->Write(0, world.files.Content(path)).ok());
  }
  ASSERT_TRUE(world.Append(7));
  ASSERT_TRUE(world.log->Commit().ok());
  const std::optional<Head> today = ReadHeads(world.files, kFolder)->newest();
  EXPECT_TRUE(world.Verify({.witness = yesterday}).intact);
  EXPECT_TRUE(world.Verify({.witness = today}).intact);
  EXPECT_TRUE(VerifyLog(copy, kFolder, {.witness = yesterday})->intact);
  EXPECT_FALSE(VerifyLog(copy, kFolder, {.witness = today})->intact);
}

}  // namespace
}  // namespace bylaw::audit

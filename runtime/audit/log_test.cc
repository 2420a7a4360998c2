#include "runtime/audit/log.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "runtime/audit/log_world.h"

namespace bylaw::audit {
namespace {

using ::testing::HasSubstr;

TEST(Log, ARecordIsReadBackWithItsNamesAndItsSentenceWithoutThePolicy) {
  LogWorld world;
  world.MustOpen();
  ASSERT_TRUE(world.Append(1));  // a term of its tenant's own
  ASSERT_TRUE(world.Append(5));  // a sentence for all
  Record bare;
  bare.event = Event::kRevocation;
  bare.endpoint = 0;
  ASSERT_TRUE(world.log->Append(bare));
  ASSERT_TRUE(world.log->Commit().ok());
  world.log.reset();
  std::vector<std::string> clauses, tenants, steps, endpoints;
  std::vector<Record> records;
  const auto scan = ScanLog(world.files, kFolder, {}, [&](const Entry& entry) {
    records.push_back(entry.record);
    clauses.emplace_back(entry.clause);
    tenants.emplace_back(entry.tenant);
    steps.emplace_back(entry.step);
    endpoints.emplace_back(entry.endpoint);
    EXPECT_EQ(entry.boot, 1u);
  });
  ASSERT_TRUE(scan.ok()) << scan.status();
  EXPECT_EQ(scan->problem, "");
  EXPECT_THAT(clauses, ::testing::ElementsAre("tenants.bylaw:9: at most 2 workflows at once",
                                              "rules.bylaw:1: gpt-4 is never for small loans", ""));
  EXPECT_THAT(tenants, ::testing::ElementsAre("union", "union", ""));
  EXPECT_THAT(steps, ::testing::ElementsAre("decide", "decide", ""));
  EXPECT_THAT(endpoints, ::testing::ElementsAre("gpt4-eu", "gpt4-eu", "gpt4-eu"));
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].sequence, 1u);
  EXPECT_EQ(records[1].run, 5u);
  EXPECT_EQ(records[1].reason, abi::Reason::kResidency);
  EXPECT_EQ(records[1].wall_ns, 5'000);
  EXPECT_EQ(records[2].tenant, abi::kNoId);
  EXPECT_TRUE(world.Verify().intact) << world.Verify().problem;
}

TEST(Log, EpochsKeepTheirOwnNamesAndANewProcessGoesOnInTheSameSegment) {
  LogWorld world;
  world.MustOpen();
  auto renamed = std::make_shared<abi::PolicyImage>(*NamedImage());
  renamed->tenant_names.Edit()[1] = "union-of-1912";
  world.log->BeginEpoch(1, renamed);
  Record record = NumberedRecord(1);
  record.epoch = 1;
  ASSERT_TRUE(world.log->Append(record));
  world.log->EndEpoch(1);  // before anything was committed: its names are needed still
  ASSERT_TRUE(world.Append(3));
  ASSERT_TRUE(world.log->Commit().ok());
  world.MustOpen();
  EXPECT_EQ(world.log->boot(), 2u);
  ASSERT_TRUE(world.Append(5));
  ASSERT_TRUE(world.log->Commit().ok());
  std::vector<std::string> told;
  const auto scan = ScanLog(world.files, kFolder, {}, [&](const Entry& entry) {
    told.push_back(std::string(entry.tenant) + " " + std::to_string(entry.boot));
  });
  ASSERT_TRUE(scan.ok());
  EXPECT_THAT(told, ::testing::ElementsAre("union-of-1912 1", "union 1", "union 2"));
  const std::set<std::string> distinct(scan->texts.begin(), scan->texts.end());
  EXPECT_EQ(distinct.size(), scan->texts.size()) << "a text is written once in a segment";
}

TEST(Log, SegmentsFollowEachOtherAndEachCanBeReadAlone) {
  LogWorld world({.segment_bytes = 2'000, .signed_every_records = 7});
  world.MustOpen();
  for (uint32_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(world.Append(i));
    if (i % 3 == 0) {
      ASSERT_TRUE(world.log->Commit().ok());
    }
  }
  ASSERT_TRUE(world.log->Commit().ok());
  const Verification whole = world.Verify({.key = world.key.public_key()});
  EXPECT_TRUE(whole.intact) << whole.problem;
  EXPECT_GT(whole.scan.segments, 3u);
  EXPECT_EQ(whole.scan.records, 100u);
  EXPECT_GE(whole.scan.signed_points, 100u / 7);
  const auto alone = ScanLog(world.files, kFolder, {.first_segment = 3}, [](const Entry& entry) {
    EXPECT_EQ(entry.tenant, entry.record.run % 2 == 0 ? "bank" : "union");
  });
  ASSERT_TRUE(alone.ok());
  EXPECT_EQ(alone->problem, "");
  EXPECT_EQ(alone->end.sequence, 100u);
}

TEST(Log, AFullRingIsWrittenOutWithoutLosingOrder) {
  LogWorld world({.segment_bytes = 4'000, .ring_records = 8});
  world.MustOpen();
  std::vector<uint32_t> expected;
  for (uint32_t i = 0; i < 200; ++i) {
    ASSERT_TRUE(world.Append(i));
    expected.push_back(i);
  }
  ASSERT_TRUE(world.log->Commit().ok());
  EXPECT_EQ(world.Runs(), expected);
}

// What one thread appends under the caller's lock is on disk when its Commit returns, whoever did the work.
TEST(Log, CommitsOfManyThreadsMeet) {
  LogWorld world({.segment_bytes = 100'000});
  world.MustOpen();
  std::mutex engine;
  std::vector<std::thread> threads;
  constexpr uint32_t kThreads = 4, kEach = 200;
  for (uint32_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (uint32_t i = 0; i < kEach; ++i) {
        uint64_t sequence = 0;
        {
          const std::lock_guard lock(engine);
          EXPECT_TRUE(world.Append(t * kEach + i));
          sequence = world.log->appended();
        }
        EXPECT_TRUE(world.log->Commit().ok());
        EXPECT_GE(world.log->acknowledged(), sequence);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<uint32_t> runs = world.Runs();
  EXPECT_EQ(runs.size(), kThreads * kEach);
  std::sort(runs.begin(), runs.end());
  EXPECT_EQ(std::unique(runs.begin(), runs.end()), runs.end());
  EXPECT_LE(world.files.syncs(), kThreads * kEach + 10);
  EXPECT_TRUE(world.Verify().intact);
}

TEST(Log, AFailedSyncPoisonsAndIsNeverTriedAgain) {
  LogWorld world;
  world.MustOpen();
  ASSERT_TRUE(world.Append(1));
  ASSERT_TRUE(world.log->Commit().ok());
  world.files.FailSyncsAfter(0);
  ASSERT_TRUE(world.Append(2));
  EXPECT_FALSE(world.log->Commit().ok());
  const uint64_t syncs = world.files.syncs();
  world.files.FailSyncsAfter(UINT64_MAX);  // the disk is well again: too late
  EXPECT_FALSE(world.Append(3));
  EXPECT_FALSE(world.log->Commit().ok());
  EXPECT_FALSE(world.log->status().ok());
  EXPECT_EQ(world.log->dropped(), 1u);
  EXPECT_EQ(world.files.syncs(), syncs);
  EXPECT_EQ(world.log->acknowledged(), 1u);
  Prng prng(1);
  world.files.Crash(prng);
  world.MustOpen();
  EXPECT_TRUE(world.Append(4));
  EXPECT_TRUE(world.log->Commit().ok());
  EXPECT_TRUE(world.Verify().intact);
}

TEST(Log, AWriteThatFailsRefusesWhatComesAfter) {
  LogWorld world({.ring_records = 4});
  world.MustOpen();
  world.files.FailWrites(true);
  int appended = 0;
  for (uint32_t i = 0; i < 10; ++i) appended += world.Append(i);
  EXPECT_EQ(appended, 4) << "no more than the ring holds";
  EXPECT_THAT(world.log->Commit().message(), HasSubstr("disk is full"));
}

TEST(Log, AnotherKeyCannotGoOnWithTheLog) {
  LogWorld world;
  world.MustOpen();
  const SigningKey other = SigningKey::Generate();
  const auto opened = Log::Open(&world.files, kFolder, other, 0, {});
  EXPECT_THAT(opened.status().message(), HasSubstr("another key"));
  const Verification verification = world.Verify({.key = other.public_key()});
  EXPECT_FALSE(verification.intact);
  EXPECT_THAT(verification.problem, HasSubstr(Fingerprint(other.public_key())));
}

TEST(SigningKey, PemGoesThereAndBack) {
  const SigningKey key = SigningKey::Generate();
  const absl::StatusOr<SigningKey> read = SigningKey::FromPem(key.ToPem());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->public_key(), key.public_key());
  EXPECT_TRUE(Verifies(key.public_key(), "text", read->Sign("text")));
  EXPECT_FALSE(Verifies(key.public_key(), "texu", read->Sign("text")));
  EXPECT_EQ(*PublicKeyFromPem(ToPem(key.public_key())), key.public_key());
  EXPECT_EQ(*PublicKeyFromPem(key.ToPem()), key.public_key());
  EXPECT_FALSE(SigningKey::FromPem("-----BEGIN NOTHING-----").ok());
  EXPECT_FALSE(PublicKeyFromPem("").ok());
}

}  // namespace
}  // namespace bylaw::audit

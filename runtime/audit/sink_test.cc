#include "runtime/audit/sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace bylaw::audit {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Record SomeRecord() {
  abi::Decision decision = abi::ProceedDecision();
  decision.verdict = static_cast<uint8_t>(abi::Verdict::kSuspend);
  decision.reason = static_cast<uint8_t>(abi::Reason::kResidency);
  decision.endpoint = 4;
  decision.clause = 17;
  decision.reserved_micros = 30'000;
  Record record = FromDecision(Event::kDecision, 1'000, decision);
  record.tenant = 3;
  return record;
}

TEST(MemorySink, KeepsEveryFieldInOrderAndNumbersWithoutAGap) {
  MemorySink sink;
  Record record = SomeRecord();
  for (uint64_t i = 1; i <= 100; ++i) {
    record.step = static_cast<uint32_t>(i);
    ASSERT_TRUE(sink.Append(record));
  }
  ASSERT_EQ(sink.records().size(), 100u);
  for (uint64_t i = 1; i <= 100; ++i) {
    record.step = static_cast<uint32_t>(i);
    record.sequence = i;
    EXPECT_EQ(sink.records()[i - 1], record);
  }
  EXPECT_TRUE(sink.status().ok());
}

TEST(MemorySink, FailsClosedWhenFullAndStaysFailed) {
  MemorySink sink(2);
  EXPECT_TRUE(sink.Append(SomeRecord()));
  EXPECT_TRUE(sink.Append(SomeRecord()));
  EXPECT_FALSE(sink.Append(SomeRecord()));
  EXPECT_FALSE(sink.Append(SomeRecord()));
  EXPECT_EQ(sink.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(sink.dropped(), 2u);
  EXPECT_EQ(sink.records().size(), 2u);
}

TEST(MemorySink, AnInjectedFailureRefusesEverythingAfterIt) {
  MemorySink sink;
  EXPECT_TRUE(sink.Append(SomeRecord()));
  sink.Fail(absl::DataLossError("torn write"));
  sink.Fail(absl::InternalError("later"));
  EXPECT_FALSE(sink.Append(SomeRecord()));
  EXPECT_EQ(sink.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(sink.records().size(), 1u);
}

TEST(Record, TakesOverWhatTheDecisionKnows) {
  const Record record = SomeRecord();
  EXPECT_EQ(record.verdict, abi::Verdict::kSuspend);
  EXPECT_EQ(record.reason, abi::Reason::kResidency);
  EXPECT_EQ(record.endpoint, 4u);
  EXPECT_EQ(record.clause, 17u);
  EXPECT_EQ(record.amount_micros, 30'000);
  EXPECT_EQ(record.region, abi::kNoId);
}

TEST(Record, SaysOnlyWhatIsKnown) {
  const std::string text = ToString(SomeRecord());
  EXPECT_EQ(text, "decision #0 suspend because residency tenant=3 endpoint=4 clause=17 micros=30000");
  EXPECT_THAT(text, Not(HasSubstr("region")));
}

TEST(Event, NamesAreDistinct) {
  std::set<std::string_view> names;
  for (int event = 0; event <= static_cast<int>(Event::kErased); ++event) {
    EXPECT_TRUE(names.insert(EventName(static_cast<Event>(event))).second);
  }
  EXPECT_EQ(names.size(), 14u);
}

}  // namespace
}  // namespace bylaw::audit

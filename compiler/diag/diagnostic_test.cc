#include "compiler/diag/diagnostic.h"

#include <gtest/gtest.h>

namespace bylaw::diag {
namespace {

TEST(Kinds, NamesAreUniqueAndFoundAgain) {
  for (const Kind kind : AllKinds()) EXPECT_EQ(KindByName(KindName(kind)), kind) << KindName(kind);
  EXPECT_FALSE(KindByName("no-such-kind").has_value());
}

TEST(Sink, KeepsTheSameMistakeOnceAndCountsPastTheLimit) {
  Sink sink(/*limit=*/2);
  const source::Span here{source::FileId(0), 1, 2};
  sink.Add(Kind::kUnknownName, here, "a");
  sink.Add(Kind::kUnknownName, here, "a").help.push_back("dropped with its diagnostic");
  EXPECT_EQ(sink.diagnostics().size(), 1u);
  EXPECT_TRUE(sink.diagnostics()[0].help.empty());
  sink.Add(Kind::kUnknownName, here, "b");
  sink.Add(Kind::kUnknownName, here, "c");
  EXPECT_EQ(sink.diagnostics().size(), 2u);
  EXPECT_EQ(sink.error_count(), 3u);
  EXPECT_EQ(sink.suppressed(), 1u);
}

TEST(Sink, StrictTurnsWarningsIntoErrors) {
  Sink sink;
  sink.Add(Kind::kDeadRule, {}, "never matches");
  EXPECT_FALSE(sink.has_errors());
  sink.MakeStrict();
  EXPECT_TRUE(sink.has_errors());
}

TEST(NearestName, FindsSlipsAndRefusesStrangers) {
  EXPECT_EQ(NearestName("enterprize", {"standard", "enterprise"}), "enterprise");
  EXPECT_EQ(NearestName("gpt4-ue", {"gpt4-us", "gpt4-eu"}), "gpt4-us");
  EXPECT_EQ(NearestName("EUR", {"ER", "EU", "UR"}), "EU");
  EXPECT_EQ(NearestName("gdpr", {"GDP", "GDPR"}), "GDPR");
  EXPECT_EQ(NearestName("banana", {"standard", "enterprise"}), "");
}

}  // namespace
}  // namespace bylaw::diag

#include "compiler/source/source.h"

#include <gtest/gtest.h>

namespace bylaw::source {
namespace {

TEST(SourceSet, FindsLinesAndColumnsInCodePoints) {
  SourceSet sources;
  const FileId file = sources.Add("a.bylaw", "tier x {\r\n  budget €5\n}");
  const uint32_t five = static_cast<uint32_t>(sources.text(file).find('5'));
  EXPECT_EQ(sources.position(file, five).line, 2u);
  EXPECT_EQ(sources.position(file, five).column, 11u);
  EXPECT_EQ(sources.line_text(file, 1), "tier x {");
  EXPECT_EQ(sources.line_text(file, 3), "}");
  EXPECT_EQ(sources.line_text(file, 4), "");
  EXPECT_EQ(sources.WhereColumn(Span{file, five, five + 1}), "a.bylaw:2:11");
}

TEST(SourceSet, RefusesWhatIsMissingOrTooLarge) {
  SourceSet sources;
  FileId file;
  EXPECT_TRUE(absl::IsNotFound(sources.AddFromDisk("/nonexistent/x.bylaw", &file)));
  EXPECT_TRUE(absl::IsResourceExhausted(sources.AddFromDisk("/proc/self/exe", &file, 10)));
}

}  // namespace
}  // namespace bylaw::source

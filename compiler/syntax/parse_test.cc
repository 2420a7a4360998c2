#include "compiler/syntax/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "compiler/syntax/corpus.h"

namespace bylaw::syntax {
namespace {

TEST(ParseTest, CorpusHasNoMistakes) {
  const auto files = CorpusFiles();
  ASSERT_GE(files.size(), 7u);
  for (const std::string& path : files) {
    source::SourceSet sources;
    source::FileId file;
    ASSERT_TRUE(sources.AddFromDisk(path, &file).ok()) << path;
    diag::Sink sink;
    const File tree = Parse(sources, file, sink);
    EXPECT_FALSE(tree.decls.empty()) << path;
    for (const auto& d : sink.diagnostics()) {
      ADD_FAILURE() << sources.WhereColumn(d.span) << ": " << d.message
                    << (d.help.empty() ? "" : "\n  help: " + d.help[0]);
    }
  }
}

}  // namespace
}  // namespace bylaw::syntax

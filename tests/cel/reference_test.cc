// docs/language/cel.md: what stands before `=>` gives what stands behind it, by both engines; what is marked wrong is
// refused with the words behind `//`; the policies on the page compile or get their mistake at the mark.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "compiler/cel/evaluate.h"
#include "compiler/driver/compile.h"
#include "compiler/jit/jit.h"
#include "compiler/syntax/parse.h"
#include "compiler/value/aggregate.h"
#include "tests/policies/marks.h"
#include "tools/cel_conformance/case.h"
#include "tools/cel_conformance/features.h"

namespace bylaw {
namespace {

std::string ReadAll(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// The lines of the blocks whose fence is exactly `fence`; with `joined`, a block is one entry.
std::vector<std::string> Blocks(const std::string& page, const std::string& fence, bool joined) {
  std::vector<std::string> found;
  std::istringstream lines(page);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (inside && line == "```") {
      inside = false;
    } else if (inside && joined) {
      found.back() += line + "\n";
    } else if (inside) {
      found.push_back(line);
    } else if (line == fence) {
      inside = true;
      if (joined) found.emplace_back();
    }
  }
  return found;
}

const std::string& Page() {
  static const std::string* const kPage = new std::string(ReadAll("docs/language/cel.md"));
  return *kPage;
}

// x, name, tags and prices, as the page says.
struct World {
  cel::Environment environment;
  value::Arena arena;
  std::vector<value::Value> bindings;

  World() {
    for (const char* declared : {"x int", "name string", "tags list(string)", "prices map(string, money)"}) {
      const std::string row = declared;
      const size_t space = row.find(' ');
      environment.variables.push_back({row.substr(0, space), cel::ReadTerm(std::string_view(row).substr(space + 1))});
    }
    value::ListBuilder tags(arena, 2);
    tags.Push(value::String("a"));
    tags.Push(value::String("b"));
    value::MapBuilder prices(arena, 2);
    prices.Insert(value::String("a"), value::Amount(1'000'000, Currency::kUsd));
    prices.Insert(value::String("b"), value::Amount(20'000'000, Currency::kUsd));
    bindings = {value::Int(3), value::String("eu-west"), tags.Finish(), prices.Finish()};
  }

  // Null after `sink` has been told why.
  cel::TypedExprPtr Check(const std::string& text, diag::Sink& sink) const {
    source::SourceSet sources;
    const syntax::CelExprPtr parsed = syntax::ParseCondition(sources, sources.Add("cel.md", text), sink);
    return parsed == nullptr ? nullptr : cel::Check(*parsed, environment, sink);
  }
};

TEST(CelReference, LinesGiveWhatThePageSays) {
  World world;
  const std::vector<std::string> lines = Blocks(Page(), "```cel", /*joined=*/false);
  EXPECT_GE(lines.size(), 130u);
  const absl::StatusOr<const jit::Jit*> jit = jit::LoadJit();
  ASSERT_TRUE(jit.ok()) << jit.status();
  for (const std::string& line : lines) {
    SCOPED_TRACE(line);
    const size_t arrow = line.rfind(" => ");
    ASSERT_NE(arrow, std::string::npos);
    const std::string wanted = line.substr(arrow + 4);
    diag::Sink sink;
    const cel::TypedExprPtr expr = world.Check(line.substr(0, arrow), sink);
    ASSERT_NE(expr, nullptr) << sink.diagnostics()[0].message;
    value::Arena arena;
    const cel::Bindings bindings(*expr, world.bindings);
    const value::Value result = cel::Evaluate(*expr, bindings, arena);
    const cel::TypedExpr* one = expr.get();
    const auto compiled = (*jit)->CompileExpressions({&one, 1}, jit::OptLevel::kO0);
    ASSERT_TRUE(compiled.ok()) << compiled.status();
    value::Value native;
    compiled->functions[0](world.bindings.data(), &arena, &native);
    if (wanted == "error") {
      EXPECT_TRUE(result.is_error()) << conformance::Describe(result);
      EXPECT_TRUE(native.is_error()) << conformance::Describe(native);
      continue;
    }
    const cel::TypedExprPtr other = world.Check(wanted, sink);
    ASSERT_NE(other, nullptr) << sink.diagnostics()[0].message;
    const cel::Bindings other_bindings(*other, world.bindings);
    const value::Value expected = cel::Evaluate(*other, other_bindings, arena);
    EXPECT_TRUE(conformance::SameKinds(result, expected)) << conformance::Describe(result);
    EXPECT_TRUE(conformance::SameKinds(native, expected)) << conformance::Describe(native);
  }
}

TEST(CelReference, WrongLinesAreRefusedInTheseWords) {
  const World world;
  const std::vector<std::string> lines = Blocks(Page(), "```cel wrong", /*joined=*/false);
  EXPECT_GE(lines.size(), 20u);
  for (const std::string& line : lines) {
    const size_t mark = line.rfind("  // ");
    ASSERT_NE(mark, std::string::npos) << line;
    diag::Sink sink;
    EXPECT_EQ(world.Check(line.substr(0, mark), sink), nullptr) << line;
    ASSERT_EQ(sink.diagnostics().size(), 1u) << line;
    EXPECT_EQ(sink.diagnostics()[0].message, line.substr(mark + 5));
  }
}

TEST(CelReference, PoliciesCompileOrGetTheirMistake) {
  std::vector<std::string> policies = Blocks(Page(), "```bylaw", /*joined=*/true);
  for (std::string& wrong : Blocks(Page(), "```bylaw wrong", /*joined=*/true)) policies.push_back(std::move(wrong));
  EXPECT_GE(policies.size(), 8u);
  for (const std::string& text : policies) {
    driver::CompileOptions options;
    options.texts = {{"example.bylaw", text}, {"prelude.bylaw", ReadAll("tests/cel/prelude.bylaw")}};
    options.as_of = Date{2026, 11, 23};
    const absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
    ASSERT_TRUE(compilation.ok()) << compilation.status();
    std::set<std::string> expected;
    AddMarks("example.bylaw", text, &expected);
    EXPECT_EQ(Said(*compilation, "example.bylaw", /*warnings=*/false), expected) << text;
  }
}

TEST(CelReference, NamesWhatIsLeftOut) {
  const std::string left_out = Page().substr(Page().find("# What is left out"));
  for (const conformance::Feature& feature : conformance::LackingFeatures()) {
    EXPECT_THAT(left_out, testing::HasSubstr(fmt::format("- **{}**: ", feature.name)));
  }
}

}  // namespace
}  // namespace bylaw

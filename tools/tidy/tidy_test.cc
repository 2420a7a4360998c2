// Each check on snippets that it must report and on neighbours that it must not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tools/tidy/checks.h"
#include "tools/tidy/exceptions.h"
#include "tools/tidy/functions.h"
#include "tools/tidy/includes.h"
#include "tools/tidy/source_file.h"

namespace bylaw::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// "check:line" of each finding.
std::vector<std::string> Places(const Findings& findings) {
  std::vector<std::string> places;
  for (const Finding& finding : findings) places.push_back(finding.path + ":" + std::to_string(finding.line));
  return places;
}

std::vector<std::string> Names(const std::string& text) {
  std::vector<std::string> names;
  for (const Function& function : FindFunctions(MakeSourceFile("a.cc", text))) names.push_back(function.name);
  return names;
}

std::string Repeat(const std::string& line, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += line;
  return text;
}

// `count` lines of code, each different, the same for the same `name`.
std::string Block(const std::string& name, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "  Use(" + name + ", " + std::to_string(i) + ");\n";
  return text;
}

TEST(Blanking, KeepsLinesAndColumnsAndDropsWhatIsNotCode) {
  EXPECT_EQ(BlankCommentsAndLiterals("a(\"b//c\"); // d\ne"), "a(\"    \");     \ne");
  EXPECT_EQ(BlankCommentsAndLiterals("/* a\nb */c"), "    \n    c");
  EXPECT_EQ(BlankCommentsAndLiterals(R"(x = "\"{"; '{')"), R"(x = "   "; ' ')");
}

TEST(Blanking, DigitSeparatorsAndRawStringsAreNotQuotes) {
  EXPECT_EQ(BlankCommentsAndLiterals("1'000 + 2'000 // x"), "1'000 + 2'000     ");
  EXPECT_EQ(BlankCommentsAndLiterals("R\"x({\n\")x\" + 1"), "R\"   \n   \" + 1");
}

TEST(Functions, AreFoundInClassesAndNamespacesButNotInInitialisers) {
  EXPECT_THAT(Names("namespace a {\nint F() { return 1; }\nclass C {\n public:\n  C() : x_{1}, y_(2) { G(); }\n  int "
                    "H() const { return 3; }\n"
                    " private:\n  int x_{0};\n};\n}\n"),
              ElementsAre("F", "C", "H"));
  EXPECT_THAT(Names("constexpr int kTable[] = {1, 2};\nstruct S {\n  int a = 0;\n};\nenum class E { kA };\n"),
              IsEmpty());
  EXPECT_THAT(
      Names("template <typename T>\nvoid C<T>::F(T t) {\n  auto g = [&](int x) { return x; };\n}\nTEST(A, B) {\n}\n"),
      ElementsAre("C<T>::F", "TEST"));
}

TEST(Sizes, CountFromTheSignatureToTheClosingBrace) {
  const std::string body = Repeat("  G();\n", 68);
  EXPECT_THAT(CheckSizes({MakeSourceFile("a.cc", "void F() {\n" + body + "}\n")}), IsEmpty());
  EXPECT_THAT(Places(CheckSizes({MakeSourceFile("a.cc", "\nvoid F() {\n  G();\n" + body + "}\n")})),
              ElementsAre("a.cc:2"));
}

TEST(Sizes, TextInARawStringIsNotCode) {
  const std::string text = "  return R\"(\n" + Repeat("endpoint gpt4-eu\n", 90) + ")\";\n";
  EXPECT_THAT(CheckSizes({MakeSourceFile("a.cc", "const char* F() {\n" + text + "}\n")}), IsEmpty());
}

TEST(Sizes, OfFiles) {
  EXPECT_THAT(CheckSizes({MakeSourceFile("a.h", Repeat("int a;\n", 400))}), IsEmpty());
  EXPECT_THAT(Places(CheckSizes({MakeSourceFile("a.h", Repeat("int a;\n", 401))})), ElementsAre("a.h:401"));
  EXPECT_THAT(CheckSizes({MakeSourceFile("data.csv", Repeat("1,2\n", 1000))}), IsEmpty());
}

TEST(CopiedBlocks, EightLinesInTwoPlaces) {
  const SourceFile first = MakeSourceFile("a.cc", "void F() {\n" + Block("x", 8) + "}\n");
  EXPECT_THAT(
      Places(CheckCopiedBlocks({first, MakeSourceFile("b.cc", "int other;\n  void G() {\n" + Block("x", 8) + "}\n")})),
      ElementsAre("b.cc:3"));
  EXPECT_THAT(CheckCopiedBlocks({first, MakeSourceFile("b.cc", "void G() {\n" + Block("x", 7) + "}\n")}), IsEmpty());
  EXPECT_THAT(CheckCopiedBlocks({first, MakeSourceFile("b.cc", "void G() {\n" + Block("y", 8) + "}\n")}), IsEmpty());
}

TEST(CopiedBlocks, WhitespaceAndBracesDoNotHideACopyAndRepetitionIsNone) {
  const SourceFile twice =
      MakeSourceFile("a.cc", Block("x", 5) + "{\n\n}\n" + Block("z", 5) + Block("x", 5) + "  " + Block("z", 5));
  EXPECT_THAT(Places(CheckCopiedBlocks({twice})), ElementsAre("a.cc:14"));
  EXPECT_THAT(CheckCopiedBlocks({MakeSourceFile("a.cc", Repeat("Use(x);\n", 12))}), IsEmpty());
}

TEST(Words, UndoneOnesInCodeCommentsAndPages) {
  const std::string undone[] = {std::string("TO") + "DO: x", std::string("not") + " implemented",
                                std::string("a stu") + "b", std::string("For") + " now"};
  for (const std::string& text : undone) {
    EXPECT_THAT(Places(CheckWords({MakeSourceFile("a.md", "fine\n" + text)})), ElementsAre("a.md:2")) << text;
  }
  EXPECT_THAT(CheckWords({MakeSourceFile("a.cc", "// stubborn, for nowhere, a hack saw\n")}), IsEmpty());
}

TEST(Words, PathsOfOneMachine) {
  const std::string outside = std::string("cat ../sha") + "red/data\n";
  EXPECT_THAT(Places(CheckWords({MakeSourceFile("scripts/x", outside)})), ElementsAre("scripts/x:1"));
  EXPECT_THAT(CheckWords({MakeSourceFile(".ci/run", outside)}), IsEmpty());
  EXPECT_THAT(Places(CheckWords({MakeSourceFile("a.md", std::string("cd /wo") + "rk/main")})), ElementsAre("a.md:1"));
}

TEST(SwallowedErrors, CastsAndEmptyHandlers) {
  const auto places = [](const std::string& text) {
    return Places(CheckSwallowedErrors({MakeSourceFile("a.cc", text)}));
  };
  EXPECT_THAT(places("try {\n} catch (const std::exception& e) {\n}\n"), ElementsAre("a.cc:2"));
  EXPECT_THAT(places("(void)sink->Append(record);\n"), ElementsAre("a.cc:1"));
  EXPECT_THAT(places("static_cast<void>(Write(x));\n"), ElementsAre("a.cc:1"));
  EXPECT_THAT(places("std::ignore = Write(x);\n"), ElementsAre("a.cc:1"));
  EXPECT_THAT(places("Write(x).IgnoreError();\n"), ElementsAre("a.cc:1"));
  EXPECT_THAT(places("try {\n} catch (...) {\n  return Fail();\n}\nint F(void);\n// (void)F();\n"), IsEmpty());
}

TEST(UnusedHeaders, OwnSourceDoesNotCount) {
  const SourceFile header = MakeSourceFile("x/a.h", "int A();\n");
  const SourceFile source = MakeSourceFile("x/a.cc", "#include \"x/a.h\"\n");
  EXPECT_THAT(Places(CheckUnusedHeaders({header, source})), ElementsAre("x/a.h:1"));
  EXPECT_THAT(Places(CheckUnusedHeaders({header, source, MakeSourceFile("b.cc", "// #include \"x/a.h\"\n")})),
              ElementsAre("x/a.h:1"));
  EXPECT_THAT(CheckUnusedHeaders({header, source, MakeSourceFile("b.cc", "#include \"x/a.h\"\n")}), IsEmpty());
  const SourceFile table = MakeSourceFile("x/a.def", "ROW(one)\n");
  EXPECT_THAT(Places(CheckUnusedHeaders({table})), ElementsAre("x/a.def:1"));
  EXPECT_THAT(CheckUnusedHeaders({table, MakeSourceFile("x/a.cc", "#include \"x/a.def\"\n")}), IsEmpty());
}

TEST(IdleTests, NeedAnExpectationOfTheirOwnOrOfAHelper) {
  const auto places = [](const std::string& body) {
    return Places(CheckIdleTests({MakeSourceFile("a_test.cc", "TEST(A, B) {\n" + body + "}\n")}));
  };
  EXPECT_THAT(places("  Run();\n"), ElementsAre("a_test.cc:1"));
  EXPECT_THAT(places("  // EXPECT_TRUE(x);\n"), ElementsAre("a_test.cc:1"));
  EXPECT_THAT(places("  EXPECT_TRUE(Run());\n"), IsEmpty());
  EXPECT_THAT(places("  ExpectFair(Run());\n"), IsEmpty());
}

TEST(Layering, FollowsTheTable) {
  const auto places = [](const std::string& path, const std::string& include) {
    return Places(CheckLayering({MakeSourceFile(path, "#include " + include + "\n")}));
  };
  EXPECT_THAT(places("compiler/plan/a.cc", "\"compiler/sema/b.h\""), IsEmpty());
  EXPECT_THAT(places("compiler/sema/a.cc", "\"compiler/plan/b.h\""), ElementsAre("compiler/sema/a.cc:1"));
  EXPECT_THAT(places("compiler/sema/a_test.cc", "\"compiler/plan/b.h\""), IsEmpty());
  EXPECT_THAT(places("runtime/sched/a_test.cc", "\"runtime/limit/b.h\""), ElementsAre("runtime/sched/a_test.cc:1"));
  EXPECT_THAT(places("runtime/sched/a.cc", "\"runtime/limit/b.h\""), ElementsAre("runtime/sched/a.cc:1"));
  EXPECT_THAT(places("runtime/sched/a.cc", "\"runtime/sched/b.h\""), IsEmpty());
  EXPECT_THAT(places("runtime/engine/a.cc", "\"runtime/limit/b.h\""), IsEmpty());
  EXPECT_THAT(places("runtime/engine/a.cc", "\"compiler/plan/b.h\""), ElementsAre("runtime/engine/a.cc:1"));
  EXPECT_THAT(places("runtime/limit/a.cc", "\"base/money.h\""), IsEmpty());
  EXPECT_THAT(places("runtime/limit/a.cc", "\"runtime/abi/decision.h\""), IsEmpty());
  EXPECT_THAT(places("compiler/format/a.cc", "\"compiler/sema/program.h\""), ElementsAre("compiler/format/a.cc:1"));
  EXPECT_THAT(places("base/a.cc", "\"runtime/abi/b.h\""), ElementsAre("base/a.cc:1"));
  EXPECT_THAT(places("simulator/a.cc", "\"compiler/plan/b.h\""), ElementsAre("simulator/a.cc:1"));
  EXPECT_THAT(places("tools/bylaw/a.cc", "\"compiler/plan/b.h\""), IsEmpty());
}

TEST(Layering, ThirdPartiesBehindWalls) {
  const auto places = [](const std::string& path, const std::string& include) {
    return Places(CheckLayering({MakeSourceFile(path, "#include " + include + "\n")}));
  };
  EXPECT_THAT(places("compiler/sema/a.cc", "<antlr4-runtime.h>"), ElementsAre("compiler/sema/a.cc:1"));
  EXPECT_THAT(places("compiler/syntax/a.cc", "<antlr4-runtime.h>"), IsEmpty());
  EXPECT_THAT(places("compiler/plan/a.cc", "<llvm/IR/Module.h>"), ElementsAre("compiler/plan/a.cc:1"));
  EXPECT_THAT(places("compiler/jit/a.cc", "<llvm/IR/Module.h>"), IsEmpty());
}

TEST(ClocksAndChance, OnlyInTheirHome) {
  const auto places = [](const std::string& path, const std::string& text) {
    return Places(CheckClocksAndChance({MakeSourceFile(path, text)}));
  };
  EXPECT_THAT(places("a.cc", "auto t = std::chrono::steady_clock::now();\n"), ElementsAre("a.cc:1"));
  EXPECT_THAT(places("a.cc", "srand(time(nullptr));\n"), ElementsAre("a.cc:1", "a.cc:1"));
  EXPECT_THAT(places("a.cc", "std::random_device device;\n"), ElementsAre("a.cc:1"));
  EXPECT_THAT(places("a.cc", "absl::Now();\n"), ElementsAre("a.cc:1"));
  EXPECT_THAT(places("base/clock.cc", "std::chrono::system_clock::now();\n"), IsEmpty());
  EXPECT_THAT(places("a.cc", "// steady_clock\nconst int operand = strand(1);\nx.time(1);\n"), IsEmpty());
}

TEST(Exceptions, ExcuseByPathNeedAReasonAndMustStillMatch) {
  const Findings findings = {{"long-file", "a.cc", 401, "long"}, {"long-file", "b.cc", 401, "long"}};
  const Findings left = ApplyExceptions(
      MakeSourceFile("exceptions.txt", "# comment\nlong-file a.cc one table\nlong-file c.cc gone\nlong-file b.cc\n"),
      findings);
  EXPECT_THAT(Places(left), ElementsAre("exceptions.txt:3", "exceptions.txt:4", "b.cc:401"));
}

}  // namespace
}  // namespace bylaw::tidy

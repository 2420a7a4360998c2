#include "compiler/syntax/parse.h"

#include <fmt/format.h>

#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "compiler/syntax/build.h"
#include "compiler/syntax/explain.h"
#include "compiler/syntax/explain_word.h"
#include "compiler/syntax/forms.h"
#include "compiler/syntax/lexer.h"
#include "compiler/syntax/line_parser.h"
#include "compiler/syntax/outline.h"
#include "compiler/syntax/utf8.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;
using diag::Kind;

// Mistakes in one file after which the rest is not read: nobody reads more, and each costs time.
constexpr size_t kMistakesMax = 1'000;

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

enum class BlockUse : uint8_t { kNone, kOptional, kNeeded };

// What the block of a declaration is.
BlockUse BlockOf(const Decl& decl) {
  return std::visit(Overloaded{
                        [](const auto&) { return BlockUse::kNeeded; },
                        [](const EditionDecl&) { return BlockUse::kNone; },
                        [](const UseDecl&) { return BlockUse::kNone; },
                        [](const TimeZoneDecl&) { return BlockUse::kNone; },
                        [](const CountryDecl&) { return BlockUse::kNone; },
                        [](const RegionDecl&) { return BlockUse::kNone; },
                        [](const PlaceDecl&) { return BlockUse::kNone; },
                        [](const ModelPriceDecl&) { return BlockUse::kNone; },
                        [](const SettingDecl&) { return BlockUse::kNone; },
                        [](const WindowDecl&) { return BlockUse::kNone; },
                        [](const TenantsFromDecl&) { return BlockUse::kNone; },
                        [](const PoolDecl&) { return BlockUse::kOptional; },
                        [](const TierDecl&) { return BlockUse::kOptional; },
                        [](const ClassDecl&) { return BlockUse::kOptional; },
                        [](const RegulationDecl&) { return BlockUse::kOptional; },
                        [](const OrgDecl&) { return BlockUse::kOptional; },
                        [](const TenantDecl&) { return BlockUse::kOptional; },
                    },
                    decl.decl);
}

class FileReader {
 public:
  FileReader(const source::SourceSet& sources, source::FileId file, diag::Sink& sink)
      : text_(sources.text(file)),
        file_(file),
        sink_(sink),
        builder_(text_, file, sink),
        errors_before_(sink.error_count()) {}

  File Read(const ParseLimits& limits) {
    File result;
    result.file = file_;
    if (!Lex(limits)) return result;
    lines_ = ReadOutline(text_, file_, lexemes_, limits, sink_);
    for (uint32_t i = 0; i < lines_.size() && !TooManyMistakes(); i = lines_[i].block_end) {
      if (!lines_[i].broken) ReadDeclaration(i, result);
    }
    return result;
  }

 private:
  bool Lex(const ParseLimits& limits) {
    if (text_.size() > limits.bytes_max) {
      TooLarge(fmt::format("the file has {} bytes; at most {} are read", text_.size(), limits.bytes_max));
      return false;
    }
    if (const auto bad = FirstInvalidUtf8(text_)) {
      const auto at = static_cast<uint32_t>(*bad);
      auto& d = sink_.Add(
          Kind::kUnexpectedText, {file_, at, at + 1},
          fmt::format("the file is not text: byte 0x{:02X} is not UTF-8", static_cast<unsigned char>(text_[at])));
      d.help.push_back("save the file as UTF-8");
      return false;
    }
    Lexed lexed = LexFile(text_, limits.tokens_max);
    if (lexed.too_many) TooLarge(fmt::format("the file has more than {} words", limits.tokens_max));
    lexemes_ = std::move(lexed.lexemes);
    return !lexed.too_many;
  }

  void TooLarge(std::string message) {
    sink_.Add(Kind::kInputTooLarge, {file_, 0, 0}, std::move(message)).help.push_back("split it into several files");
  }

  bool TooManyMistakes() {
    if (sink_.error_count() - errors_before_ < kMistakesMax) return false;
    TooLarge(fmt::format("more than {} mistakes: the rest of the file is not read", kMistakesMax));
    return true;
  }

  Span SpanOf(const Line& line) const { return {file_, lexemes_[line.begin].begin, lexemes_[line.end - 1].end}; }
  uint16_t FirstType(const Line& line) const { return lexemes_[line.begin].type; }

  // The context of a line, or null after saying what is wrong with it.
  template <typename Context>
  Context* ReadLine(const Line& line, size_t entry, uint16_t header = 0) {
    const std::span<const Lexeme> words(lexemes_.data() + line.begin, line.end - line.begin);
    antlr4::ParserRuleContext* context = parser_.Read(entry, text_, words);
    if (context == nullptr) Explain({text_, file_, words, entry, header, line.has_block}, sink_);
    return static_cast<Context*>(context);
  }

  void ReadDeclaration(uint32_t index, File& result) {
    const Line& line = lines_[index];
    auto* header = ReadLine<P::HeaderEntryContext>(line, P::RuleHeaderEntry);
    if (header == nullptr) return KeepUnreadName(line, result);
    Decl decl;
    decl.header = SpanOf(line);
    decl.span = {file_, decl.header.begin, line.last_byte};
    builder_.Header(header, decl);
    const size_t errors_before = sink_.error_count();
    const BlockUse use = BlockOf(decl);
    if (line.has_block && use == BlockUse::kNone) {
      auto& d = sink_.Add(Kind::kUnexpectedText, decl.header, "this sentence has no block");
      d.help.push_back(fmt::format("write it without braces: {}", TextOf(decl.header)));
    }
    if (!line.has_block && use == BlockUse::kNeeded) {
      auto& d = sink_.Add(Kind::kUnexpectedText, decl.header, fmt::format("`{}` needs a block", TextOf(decl.header)));
      d.help.push_back(
          fmt::format("go on with `{} {{`, its sentences on the lines below, and `}}`", TextOf(decl.header)));
    }
    if (line.has_block && use != BlockUse::kNone) ReadBlock(index, decl);
    decl.incomplete = sink_.error_count() > errors_before || AnyBroken(index);
    result.decls.push_back(std::move(decl));
  }

  // `tenant alpine-bank on tire standard`: the tenant is not unknown to others.
  void KeepUnreadName(const Line& line, File& result) const {
    if (line.end - line.begin < 2) return;
    const Lexeme& name = lexemes_[line.begin + 1];
    if (name.type != P::NAME && !IsKeyword(name.type)) return;
    const Span span{file_, name.begin, name.end};
    result.unread.push_back({std::string(TextOf(span)), span});
  }

  bool AnyBroken(uint32_t index) const {
    for (uint32_t i = index; i < lines_[index].block_end; ++i) {
      if (lines_[i].broken) return true;
    }
    return false;
  }

  std::string_view TextOf(Span span) const { return text_.substr(span.begin, span.end - span.begin); }

  // Calls `read` for each line directly inside the block of `index`; lines with a block of their own are reported,
  // unless they are steps.
  template <typename Read>
  void EachLine(uint32_t index, const Read& read) {
    for (uint32_t i = index + 1; i < lines_[index].block_end && !TooManyMistakes(); i = lines_[i].block_end) {
      if (!lines_[i].broken) read(i);
    }
  }

  template <typename Context, typename Take>
  void EachSentence(uint32_t index, size_t entry, const Take& take) {
    EachLine(index, [&](uint32_t i) {
      if (lines_[i].has_block) return MisplacedBlock(i, entry, FirstType(lines_[index]));
      if (auto* context = ReadLine<Context>(lines_[i], entry, FirstType(lines_[index]))) take(context);
    });
  }

  void MisplacedBlock(uint32_t index, size_t entry, uint16_t header) {
    const Line& line = lines_[index];
    const std::span<const Lexeme> words(lexemes_.data() + line.begin, line.end - line.begin);
    ExplainBlock({text_, file_, words, entry, header, true}, sink_);
  }

  void ReadBlock(uint32_t index, Decl& decl) {
    std::visit(Overloaded{
                   [](auto&) { BYLAW_UNREACHABLE("a declaration without block"); },
                   [&](AdequacyDecl& d) {
                     EachSentence<P::AdequacyEntryContext>(index, P::RuleAdequacyEntry,
                                                           [&](auto* c) { builder_.Adequacy(c->adequacyLine(), d); });
                   },
                   [&](EndpointDecl& d) {
                     EachSentence<P::EndpointEntryContext>(index, P::RuleEndpointEntry, [&](auto* c) {
                       d.terms.push_back(builder_.Endpoint(c->endpointLine()));
                     });
                   },
                   [&](StoreDecl& d) {
                     EachSentence<P::StoreEntryContext>(
                         index, P::RuleStoreEntry, [&](auto* c) { d.terms.push_back(builder_.Store(c->storeLine())); });
                   },
                   [&](ReviewersDecl& d) {
                     EachSentence<P::ReviewersEntryContext>(index, P::RuleReviewersEntry, [&](auto* c) {
                       d.terms.push_back(builder_.Reviewers(c->reviewersLine()));
                     });
                   },
                   [&](PoolDecl& d) {
                     EachSentence<P::PoolEntryContext>(index, P::RulePoolEntry, [&](auto* c) {
                       d.certified.push_back(builder_.Certified(c->poolLine()->certified()));
                     });
                   },
                   [&](TierDecl& d) { ReadClauses(index, d.clauses); },
                   [&](ClassDecl& d) { ReadClauses(index, d.clauses); },
                   [&](TenantDecl& d) { ReadClauses(index, d.clauses); },
                   [&](RegulationDecl& d) {
                     EachSentence<P::RegulationEntryContext>(index, P::RuleRegulationEntry, [&](auto* c) {
                       d.clauses.push_back(builder_.Clause(c->regulationLine()));
                     });
                   },
                   [&](OrgDecl& d) {
                     EachSentence<P::OrgEntryContext>(
                         index, P::RuleOrgEntry, [&](auto* c) { d.clauses.push_back(builder_.Clause(c->orgLine())); });
                   },
                   [&](WorkflowDecl& d) { ReadWorkflow(index, d); },
                   [&](LadderDecl& d) {
                     EachSentence<P::LadderEntryContext>(index, P::RuleLadderEntry, [&](auto* c) {
                       d.rungs.push_back(builder_.Ladder(c->ladderLine()));
                     });
                   },
                   [&](RuleDecl& d) {
                     EachSentence<P::RuleEntryContext>(index, P::RuleRuleEntry,
                                                       [&](auto* c) { builder_.Rule(c->ruleLine(), d); });
                   },
                   [&](ExceptionDecl& d) {
                     EachSentence<P::ExceptionEntryContext>(
                         index, P::RuleExceptionEntry, [&](auto* c) { builder_.Exception(c->exceptionLine(), d); });
                   },
                   [&](GuaranteeDecl& d) {
                     EachSentence<P::GuaranteeEntryContext>(
                         index, P::RuleGuaranteeEntry, [&](auto* c) { builder_.Guarantee(c->guaranteeLine(), d); });
                   },
                   [&](TestDecl& d) { ReadTest(index, d); },
                   [&](ScenarioDecl& d) {
                     EachSentence<P::ScenarioEntryContext>(index, P::RuleScenarioEntry, [&](auto* c) {
                       d.items.push_back(builder_.Scenario(c->scenarioLine()));
                     });
                   },
               },
               decl.decl);
  }

  void ReadClauses(uint32_t index, std::vector<Clause>& clauses) {
    EachSentence<P::TierEntryContext>(index, P::RuleTierEntry,
                                      [&](auto* c) { clauses.push_back(builder_.Clause(c->tierLine())); });
  }

  void ReadWorkflow(uint32_t index, WorkflowDecl& decl) {
    EachLine(index, [&](uint32_t i) {
      const Line& line = lines_[i];
      const bool step = FirstType(line) == P::STEP || FirstType(line) == P::OPTIONAL;
      if (!step) {
        if (line.has_block) return MisplacedBlock(i, P::RuleWorkflowEntry, P::WORKFLOW);
        auto* context = ReadLine<P::WorkflowEntryContext>(line, P::RuleWorkflowEntry);
        if (context != nullptr) decl.items.push_back(builder_.WorkflowLine(context->workflowLine()));
        return;
      }
      auto* header = ReadLine<P::StepHeaderEntryContext>(line, P::RuleStepHeaderEntry);
      if (header == nullptr) return;
      StepDecl read = builder_.StepHeader(header->stepHeader());
      const Span span = read.span;
      if (!line.has_block) {
        auto& d = sink_.Add(Kind::kUnexpectedText, span, fmt::format("`{}` needs a block", TextOf(span)));
        d.help.push_back(fmt::format("go on with `{} {{`, its sentences on the lines below, and `}}`", TextOf(span)));
      }
      EachSentence<P::StepEntryContext>(i, P::RuleStepEntry,
                                        [&](auto* c) { read.terms.push_back(builder_.Step(c->stepLine())); });
      WorkflowItem& item = decl.items.emplace_back();
      item.span = {file_, span.begin, line.last_byte};
      item.item = std::move(read);
    });
  }

  // `and` continues the section before it.
  void ReadTest(uint32_t index, TestDecl& decl) {
    enum class Section : uint8_t { kNone, kGiven, kWhen, kThen } section = Section::kNone;
    EachLine(index, [&](uint32_t i) {
      const Line& line = lines_[i];
      if (line.has_block) return MisplacedBlock(i, P::RuleTestEntry, P::TEST_WORD);
      const uint16_t first = FirstType(line);
      if (first == P::GIVEN) section = Section::kGiven;
      if (first == P::WHEN) section = Section::kWhen;
      if (first == P::THEN) section = Section::kThen;
      if (first != P::AND || section == Section::kNone) {
        auto* c = ReadLine<P::TestEntryContext>(line, P::RuleTestEntry);
        if (c != nullptr) AddTestLine(c->givenPhrase(), c->whenPhrase(), c->thenPhrase(), decl);
      } else if (section == Section::kGiven) {
        if (auto* c = ReadLine<P::AndGivenEntryContext>(line, P::RuleAndGivenEntry))
          AddTestLine(c->givenPhrase(), nullptr, nullptr, decl);
      } else if (section == Section::kWhen) {
        if (auto* c = ReadLine<P::AndWhenEntryContext>(line, P::RuleAndWhenEntry))
          AddTestLine(nullptr, c->whenPhrase(), nullptr, decl);
      } else {
        if (auto* c = ReadLine<P::AndThenEntryContext>(line, P::RuleAndThenEntry))
          AddTestLine(nullptr, nullptr, c->thenPhrase(), decl);
      }
    });
  }

  void AddTestLine(P::GivenPhraseContext* given, P::WhenPhraseContext* when, P::ThenPhraseContext* then,
                   TestDecl& decl) {
    if (given != nullptr) decl.given.push_back(builder_.Given(given));
    if (when != nullptr) decl.when.push_back(builder_.When(when));
    if (then != nullptr) decl.then.push_back(builder_.Then(then));
  }

  const std::string_view text_;
  const source::FileId file_;
  diag::Sink& sink_;
  Builder builder_;
  const size_t errors_before_;
  LineParser parser_;
  std::vector<Lexeme> lexemes_;
  std::vector<Line> lines_;
};

CelExprPtr ReadCondition(std::string_view text, source::FileId file, diag::Sink& sink) {
  const auto too_large = [&](std::string message) {
    sink.Add(Kind::kInputTooLarge, {file, 0, 0}, std::move(message)).help.push_back("split it into several conditions");
    return nullptr;
  };
  if (FirstInvalidUtf8(text)) {
    sink.Add(Kind::kUnexpectedText, {file, 0, 0}, "the condition is not UTF-8 text")
        .help.push_back("save the file as UTF-8");
    return nullptr;
  }
  const Lexed lexed = LexCondition(text, kConditionLexemesMax);
  if (lexed.too_many) return too_large(fmt::format("a condition of more than {} words", kConditionLexemesMax));
  size_t depth = 0, choices = 0;
  for (const Lexeme& lexeme : lexed.lexemes) {
    if (lexeme.type == P::C_LPAREN || lexeme.type == P::C_LBRACKET || lexeme.type == P::C_LBRACE) ++depth;
    if (depth > 0 && (lexeme.type == P::C_RPAREN || lexeme.type == P::C_RBRACKET || lexeme.type == P::C_RBRACE))
      --depth;
    if (lexeme.type == P::C_QUESTION) ++choices;
    if (depth > ParseLimits().nesting_max || choices > ParseLimits().nesting_max) {
      return too_large(fmt::format("nested more than {} deep", ParseLimits().nesting_max));
    }
  }
  LineParser parser;
  auto* context = static_cast<P::ExpressionEntryContext*>(parser.Read(P::RuleExpressionEntry, text, lexed.lexemes));
  if (context != nullptr) return Builder(text, file, sink).WholeExpression(context->expr());
  if (lexed.lexemes.empty()) {
    sink.Add(Kind::kUnexpectedText, {file, 0, 0}, "the condition is empty")
        .help.push_back("write a condition such as `request.amount > $50_000`");
  } else {
    ExplainWholeCondition(text, file, lexed.lexemes, sink);
  }
  return nullptr;
}

}  // namespace

CelExprPtr ParseCondition(const source::SourceSet& sources, source::FileId file, diag::Sink& sink) {
  return ReadCondition(sources.text(file), file, sink);
}

File Parse(const source::SourceSet& sources, source::FileId file, diag::Sink& sink, const ParseLimits& limits) {
  return FileReader(sources, file, sink).Read(limits);
}

}  // namespace bylaw::syntax

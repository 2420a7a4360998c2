#include "compiler/syntax/line_parser.h"

#include <algorithm>
#include <exception>

#include "base/check.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;

// Leaves the parser from any depth.
struct LineRejected final : std::exception {
  const char* what() const noexcept override { return "the line does not fit"; }
};

// Neither inserts nor deletes nor says anything: the first misfit ends the line.
class GiveUp final : public antlr4::ANTLRErrorStrategy {
 public:
  void reset(antlr4::Parser*) override {}
  antlr4::Token* recoverInline(antlr4::Parser*) override { throw LineRejected(); }
  void recover(antlr4::Parser*, std::exception_ptr) override { throw LineRejected(); }
  void sync(antlr4::Parser*) override {}
  bool inErrorRecoveryMode(antlr4::Parser*) override { return false; }
  void reportMatch(antlr4::Parser*) override {}
  void reportError(antlr4::Parser*, const antlr4::RecognitionException&) override {}
};

antlr4::ParserRuleContext* Enter(P& parser, size_t entry) {
  switch (entry) {
    case P::RuleHeaderEntry:
      return parser.headerEntry();
    case P::RuleAdequacyEntry:
      return parser.adequacyEntry();
    case P::RuleEndpointEntry:
      return parser.endpointEntry();
    case P::RuleStoreEntry:
      return parser.storeEntry();
    case P::RuleReviewersEntry:
      return parser.reviewersEntry();
    case P::RulePoolEntry:
      return parser.poolEntry();
    case P::RuleTierEntry:
      return parser.tierEntry();
    case P::RuleRegulationEntry:
      return parser.regulationEntry();
    case P::RuleOrgEntry:
      return parser.orgEntry();
    case P::RuleWorkflowEntry:
      return parser.workflowEntry();
    case P::RuleStepHeaderEntry:
      return parser.stepHeaderEntry();
    case P::RuleStepEntry:
      return parser.stepEntry();
    case P::RuleLadderEntry:
      return parser.ladderEntry();
    case P::RuleRuleEntry:
      return parser.ruleEntry();
    case P::RuleExceptionEntry:
      return parser.exceptionEntry();
    case P::RuleGuaranteeEntry:
      return parser.guaranteeEntry();
    case P::RuleTestEntry:
      return parser.testEntry();
    case P::RuleAndGivenEntry:
      return parser.andGivenEntry();
    case P::RuleAndWhenEntry:
      return parser.andWhenEntry();
    case P::RuleAndThenEntry:
      return parser.andThenEntry();
    case P::RuleScenarioEntry:
      return parser.scenarioEntry();
    case P::RuleExpressionEntry:
      return parser.expressionEntry();
    default:
      BYLAW_CHECK(false, "an entry rule");
      return nullptr;
  }
}

}  // namespace

void LineTokens::Reset(std::string_view text, std::span<const Lexeme> lexemes) {
  tokens_.clear();
  tokens_.reserve(lexemes.size() + 1);
  for (const Lexeme& lexeme : lexemes) tokens_.emplace_back(text, lexeme, tokens_.size(), false);
  const uint32_t end = lexemes.empty() ? 0 : lexemes.back().end;
  tokens_.emplace_back(text, Lexeme{0, end, end}, tokens_.size(), true);
  at_ = 0;
}

antlr4::Token* LineTokens::get(size_t index) const { return &tokens_[std::min(index, tokens_.size() - 1)]; }

antlr4::Token* LineTokens::LT(ssize_t k) {
  if (k == 0) return nullptr;
  if (k < 0) return at_ < static_cast<size_t>(-k) ? nullptr : &tokens_[at_ - static_cast<size_t>(-k)];
  return get(at_ + static_cast<size_t>(k) - 1);
}

size_t LineTokens::LA(ssize_t i) {
  const antlr4::Token* token = LT(i);
  return token == nullptr ? antlr4::Token::EOF : token->getType();
}

void LineTokens::consume() {
  if (at_ + 1 < tokens_.size()) ++at_;
}

void LineTokens::seek(size_t index) { at_ = std::min(index, tokens_.size() - 1); }

LineParser::LineParser() : parser_(nullptr) {
  parser_.setErrorHandler(std::make_shared<GiveUp>());
  parser_.removeErrorListeners();
}

LineParser::~LineParser() = default;

antlr4::ParserRuleContext* LineParser::Read(size_t entry, std::string_view text, std::span<const Lexeme> lexemes) {
  tokens_.Reset(text, lexemes);
  parser_.setTokenStream(&tokens_);
  try {
    return Enter(parser_, entry);
  } catch (const LineRejected&) {
    return nullptr;
  } catch (const antlr4::RuntimeException&) {
    return nullptr;
  }
}

}  // namespace bylaw::syntax

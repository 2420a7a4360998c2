// ANTLR contexts to the tree of ast.h: typed functions, one a form, no visitors.
//
// A context given here is complete (line_parser.h), so nothing is checked for absence. What a grammar cannot say about
// a literal (a date that does not exist, money finer than a micro) is reported here and the value is kept as the
// nearest that can be held.
#ifndef BYLAW_COMPILER_SYNTAX_BUILD_H_
#define BYLAW_COMPILER_SYNTAX_BUILD_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "BylawParser.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/syntax/ast.h"

namespace bylaw::syntax {

class Builder {
 public:
  using P = BylawParser;

  Builder(std::string_view text, source::FileId file, diag::Sink& sink) : text_(text), file_(file), sink_(sink) {}

  // Declarations. Blocks are filled by the functions below, line by line.
  void Header(P::HeaderEntryContext* ctx, Decl& decl);
  void Adequacy(P::AdequacyLineContext* ctx, AdequacyDecl& decl);
  EndpointTerm Endpoint(P::EndpointLineContext* ctx);
  StoreTerm Store(P::StoreLineContext* ctx);
  ReviewersItem Reviewers(P::ReviewersLineContext* ctx);
  CertifiedTerm Certified(P::CertifiedContext* ctx);
  // Of a tierLine, regulationLine or orgLine.
  syntax::Clause Clause(antlr4::ParserRuleContext* line);
  WorkflowItem WorkflowLine(P::WorkflowLineContext* ctx);
  StepDecl StepHeader(P::StepHeaderContext* ctx);
  StepTerm Step(P::StepLineContext* ctx);
  LadderRung Ladder(P::LadderLineContext* ctx);
  void Rule(P::RuleLineContext* ctx, RuleDecl& decl);
  void Exception(P::ExceptionLineContext* ctx, ExceptionDecl& decl);
  void Guarantee(P::GuaranteeLineContext* ctx, GuaranteeDecl& decl);
  TestGiven Given(P::GivenPhraseContext* ctx);
  TestWhen When(P::WhenPhraseContext* ctx);
  TestThen Then(P::ThenPhraseContext* ctx);
  ScenarioItem Scenario(P::ScenarioLineContext* ctx);
  // Null if something in it was reported.
  CelExprPtr WholeExpression(P::ExprContext* ctx);

 private:
  using Ctx = antlr4::ParserRuleContext*;

  // build_value.cc
  Span SpanOf(Ctx ctx) const;
  Span SpanOf(antlr4::tree::TerminalNode* node) const;
  std::string_view TextOf(Span span) const { return text_.substr(span.begin, span.end - span.begin); }
  syntax::Name Name(P::NameContext* ctx) const;
  std::optional<syntax::Name> MaybeName(P::NameContext* ctx) const;
  std::vector<syntax::Name> Names(P::NameListContext* ctx) const;
  syntax::Value Value(P::ValueContext* ctx);
  syntax::Value Value(P::SettingValueContext* ctx);
  syntax::Value Value(P::LiteralContext* ctx);
  void ReadLiteral(P::LiteralContext* ctx, syntax::Value& value);
  void ReadNumber(std::string_view digits, syntax::Value& value);
  void ReadUnit(std::string_view digits, size_t unit, syntax::Value& value);
  void ReadTimeOfDay(std::string_view text, syntax::Value& value);
  static std::optional<Money> ReadMoney(std::string_view text);
  void OutOfRange(Span span, std::string message, std::string help);
  std::vector<DataClass> Data(P::DataListContext* ctx) const;
  static DataClass Data(P::DataClassContext* ctx);
  static LaneName Lane(P::LaneContext* ctx);
  static PerUnit Period(P::PeriodContext* ctx);
  PlaceList Places(P::PlaceListContext* ctx) const;
  TypeExpr Type(P::TypeExprContext* ctx);
  std::optional<TokenEstimate> Tokens(P::TokenEstimateContext* ctx);
  syntax::Condition Condition(P::ConditionContext* ctx);

  // build_world.cc
  void Plain(P::PlainHeaderContext* ctx, Decl& decl);
  // Headers that name more than the declaration itself.
  void LinkingHeader(antlr4::ParserRuleContext* ctx, Decl& decl);
  template <typename Tenants>
  void Memberships(const std::vector<P::MembershipContext*>& list, Tenants& decl) const;
  RateTerm Quota(P::QuotaContext* ctx);
  SettingDecl Setting(P::SettingContext* ctx);
  WindowDecl Window(P::WindowContext* ctx);

  // build_contract.cc
  decltype(syntax::Clause::term) Term(Ctx form);
  decltype(syntax::Clause::term) PlaceOrChoiceTerm(Ctx form);
  AtOnceTerm AtOnce(P::AtOnceContext* ctx, bool together);
  BudgetTerm Budget(P::BudgetContext* ctx, bool together);
  RateTerm RateLimit(P::RateLimitContext* ctx);
  void Pacing(P::PacingContext* ctx, RateTerm& rate);
  void Period(P::RatePeriodContext* ctx, RateTerm& rate);
  UseModelTerm UseModel(P::UseModelContext* ctx) const;
  RouteTerm Route(P::RouteContext* ctx) const;

  // build_rule.cc
  RuleScope Scope(Ctx form) const;
  RuleEffect Effect(Ctx form);
  Requirement Require(Ctx form);

  // build_test_decl.cc
  TestGiven PathIs(Span sentence, Span path, P::SettingValueContext* stated);

  // build_cel.cc, build_cel_literal.cc
  CelExprPtr Expression(P::ExprContext* ctx);
  CelExprPtr Or(P::OrExprContext* ctx);
  CelExprPtr And(P::AndExprContext* ctx);
  CelExprPtr Relation(P::RelationContext* ctx);
  CelExprPtr Sum(P::SumContext* ctx);
  CelExprPtr Product(P::ProductContext* ctx);
  CelExprPtr Unary(P::UnaryContext* ctx);
  CelExprPtr Member(P::MemberContext* ctx, bool negative);
  CelExprPtr Suffix(P::SuffixContext* ctx, CelExprPtr object);
  CelExprPtr Primary(P::PrimaryContext* ctx, bool negative);
  CelExprPtr CelLiteral(antlr4::tree::TerminalNode* node, bool negative);
  void AddArguments(P::ExprListContext* ctx, CelExpr& call);
  CelExprPtr Node(CelExpr::Kind kind, Span span, std::string text = "") const;
  CelExprPtr Call(std::string function, CelExprPtr a, CelExprPtr b) const;
  CelExprPtr Balanced(const std::string& function, std::vector<CelExprPtr>& parts, size_t first, size_t last) const;
  bool TooManyOperands(Ctx ctx, size_t operands);
  bool Unescape(std::string_view literal, Span span, bool bytes, std::string& out);

  const std::string_view text_;
  const source::FileId file_;
  diag::Sink& sink_;
  bool condition_failed_ = false;  // a literal or name of the condition being read was reported
};

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_BUILD_H_

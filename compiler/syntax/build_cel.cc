// Conditions: the expression tree of cel_ast.h.
//
// Chains of && and || become balanced trees (both are associative), other chains lean to the left and are bounded, so
// that whoever walks the tree needs a bounded stack.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "compiler/syntax/build.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;
using CK = CelExpr::Kind;

constexpr size_t kChainMax = 256;
constexpr size_t kSignsMax = 64;
constexpr size_t kTreeDepthMax = 512;

bool IsReserved(std::string_view word) {
  static constexpr std::array<std::string_view, 17> kReserved = {
      "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
      "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};
  for (const std::string_view reserved : kReserved) {
    if (word == reserved) return true;
  }
  return false;
}

// The child of a level of precedence that has no operator of its own: most levels of most expressions, so it is found
// without a search.
template <typename Context>
Context* Only(antlr4::ParserRuleContext* ctx) {
  return static_cast<Context*>(ctx->children[0]);
}

size_t DepthOf(const CelExpr& root) {
  size_t depth = 0;
  std::vector<const CelExpr*> level = {&root}, next;
  while (!level.empty()) {
    ++depth;
    next.clear();
    for (const CelExpr* node : level) {
      for (const CelExprPtr& argument : node->args) next.push_back(argument.get());
    }
    std::swap(level, next);
  }
  return depth;
}

}  // namespace

CelExprPtr Builder::Node(CK kind, Span span, std::string text) const {
  auto node = std::make_unique<CelExpr>();
  node->kind = kind;
  node->span = span;
  node->text = std::move(text);
  return node;
}

CelExprPtr Builder::Call(std::string function, CelExprPtr a, CelExprPtr b) const {
  auto node = Node(CK::kCall, source::Join(a->span, b->span), std::move(function));
  node->args.push_back(std::move(a));
  node->args.push_back(std::move(b));
  return node;
}

CelExprPtr Builder::Balanced(const std::string& function, std::vector<CelExprPtr>& parts, size_t first,
                             size_t last) const {
  if (last - first == 1) return std::move(parts[first]);
  const size_t middle = first + (last - first + 1) / 2;
  CelExprPtr left = Balanced(function, parts, first, middle);
  return Call(function, std::move(left), Balanced(function, parts, middle, last));
}

bool Builder::TooManyOperands(Ctx ctx, size_t operands) {
  if (operands <= kChainMax) return false;
  auto& d = sink_.Add(diag::Kind::kInputTooLarge, SpanOf(ctx),
                      fmt::format("a chain of {} operands is longer than {}", operands, kChainMax));
  d.help.push_back("split the condition into several rules");
  condition_failed_ = true;
  return true;
}

CelExprPtr Builder::WholeExpression(P::ExprContext* ctx) {
  condition_failed_ = false;
  CelExprPtr expr = Expression(ctx);
  if (!condition_failed_ && DepthOf(*expr) > kTreeDepthMax) {
    auto& d = sink_.Add(diag::Kind::kInputTooLarge, SpanOf(ctx),
                        fmt::format("operators are applied more than {} deep", kTreeDepthMax));
    d.help.push_back("split the condition into several rules");
    condition_failed_ = true;
  }
  return condition_failed_ ? nullptr : std::move(expr);
}

CelExprPtr Builder::Expression(P::ExprContext* ctx) {
  if (ctx->children.size() == 1) return Or(Only<P::OrExprContext>(ctx));
  CelExprPtr condition = Or(ctx->orExpr(0));
  if (ctx->C_QUESTION() == nullptr) return condition;
  auto node = Node(CK::kCall, SpanOf(ctx), "_?_:_");
  node->args.push_back(std::move(condition));
  node->args.push_back(Or(ctx->orExpr(1)));
  node->args.push_back(Expression(ctx->expr()));
  return node;
}

CelExprPtr Builder::Or(P::OrExprContext* ctx) {
  if (ctx->children.size() == 1) return And(Only<P::AndExprContext>(ctx));
  std::vector<CelExprPtr> parts;
  for (P::AndExprContext* part : ctx->andExpr()) parts.push_back(And(part));
  return Balanced("_||_", parts, 0, parts.size());
}

CelExprPtr Builder::And(P::AndExprContext* ctx) {
  if (ctx->children.size() == 1) return Relation(Only<P::RelationContext>(ctx));
  std::vector<CelExprPtr> parts;
  for (P::RelationContext* part : ctx->relation()) parts.push_back(Relation(part));
  return Balanced("_&&_", parts, 0, parts.size());
}

// Operands and operators alternate among the children: `a < b < c` is `(a < b) < c`.
CelExprPtr Builder::Relation(P::RelationContext* ctx) {
  if (ctx->children.size() == 1) return Sum(Only<P::SumContext>(ctx));
  const auto operands = ctx->sum();
  CelExprPtr left = Sum(operands[0]);
  if (TooManyOperands(ctx, operands.size())) return left;
  for (size_t i = 1; i < operands.size(); ++i) {
    const Span op = SpanOf(static_cast<antlr4::tree::TerminalNode*>(ctx->children[2 * i - 1]));
    left = Call(fmt::format("_{}_", TextOf(op)), std::move(left), Sum(operands[i]));
  }
  return left;
}

CelExprPtr Builder::Sum(P::SumContext* ctx) {
  if (ctx->children.size() == 1) return Product(Only<P::ProductContext>(ctx));
  const auto operands = ctx->product();
  CelExprPtr left = Product(operands[0]);
  if (TooManyOperands(ctx, operands.size())) return left;
  for (size_t i = 1; i < operands.size(); ++i) {
    const Span op = SpanOf(static_cast<antlr4::tree::TerminalNode*>(ctx->children[2 * i - 1]));
    left = Call(fmt::format("_{}_", TextOf(op)), std::move(left), Product(operands[i]));
  }
  return left;
}

CelExprPtr Builder::Product(P::ProductContext* ctx) {
  if (ctx->children.size() == 1) return Unary(Only<P::UnaryContext>(ctx));
  const auto operands = ctx->unary();
  CelExprPtr left = Unary(operands[0]);
  if (TooManyOperands(ctx, operands.size())) return left;
  for (size_t i = 1; i < operands.size(); ++i) {
    const Span op = SpanOf(static_cast<antlr4::tree::TerminalNode*>(ctx->children[2 * i - 1]));
    left = Call(fmt::format("_{}_", TextOf(op)), std::move(left), Unary(operands[i]));
  }
  return left;
}

CelExprPtr Builder::Unary(P::UnaryContext* ctx) {
  if (ctx->children.size() == 1) return Member(Only<P::MemberContext>(ctx), false);
  const size_t nots = ctx->C_NOT().size(), minuses = ctx->C_MINUS().size();
  if (nots + minuses > kSignsMax) {
    auto& d = sink_.Add(diag::Kind::kInputTooLarge, SpanOf(ctx), fmt::format("more than {} signs in a row", kSignsMax));
    d.help.push_back("one `!` or `-` is enough");
    condition_failed_ = true;
    return Member(ctx->member(), false);
  }
  // The nearest minus belongs to a number: -9223372036854775808 is a number, its positive twin is none.
  P::PrimaryContext* primary = ctx->member()->primary();
  const bool number = ctx->member()->suffix().empty() &&
                      (primary->C_INT() != nullptr || primary->C_FLOAT() != nullptr || primary->C_MONEY() != nullptr);
  const bool negative = minuses > 0 && number;
  CelExprPtr node = Member(ctx->member(), negative);
  const size_t wraps = nots + minuses - (negative ? 1 : 0);
  for (size_t i = 0; i < wraps; ++i) {
    const Span sign = SpanOf(static_cast<antlr4::tree::TerminalNode*>(ctx->children[wraps - 1 - i]));
    auto call = Node(CK::kCall, source::Join(sign, node->span), nots > 0 ? "!_" : "-_");
    call->args.push_back(std::move(node));
    node = std::move(call);
  }
  return node;
}

CelExprPtr Builder::Member(P::MemberContext* ctx, bool negative) {
  if (ctx->children.size() == 1) return Primary(Only<P::PrimaryContext>(ctx), negative);
  CelExprPtr node = Primary(ctx->primary(), negative);
  const auto suffixes = ctx->suffix();
  if (TooManyOperands(ctx, suffixes.size())) return node;
  for (P::SuffixContext* suffix : suffixes) node = Suffix(suffix, std::move(node));
  return node;
}

CelExprPtr Builder::Suffix(P::SuffixContext* ctx, CelExprPtr object) {
  const Span span = source::Join(object->span, SpanOf(ctx));
  if (ctx->C_LBRACKET() != nullptr) {
    auto node = Node(CK::kCall, span, ctx->C_QUESTION() != nullptr ? "_[?_]" : "_[_]");
    node->args.push_back(std::move(object));
    node->args.push_back(Expression(ctx->expr()));
    return node;
  }
  const Span field = SpanOf(ctx->field());
  std::string name(TextOf(field));
  if (name.starts_with('`')) name = name.substr(1, name.size() - 2);
  if (ctx->C_QUESTION() != nullptr) {
    auto node = Node(CK::kCall, span, "_?._");
    node->args.push_back(std::move(object));
    node->args.push_back(Node(CK::kString, field, std::move(name)));
    return node;
  }
  auto node = Node(ctx->C_LPAREN() != nullptr ? CK::kMember : CK::kSelect, span, std::move(name));
  node->args.push_back(std::move(object));
  if (ctx->C_LPAREN() != nullptr) AddArguments(ctx->exprList(), *node);
  return node;
}

void Builder::AddArguments(P::ExprListContext* ctx, CelExpr& call) {
  if (ctx == nullptr) return;
  for (P::ExprContext* argument : ctx->expr()) call.args.push_back(Expression(argument));
}

CelExprPtr Builder::Primary(P::PrimaryContext* ctx, bool negative) {
  const Span span = SpanOf(ctx);
  const auto maybe = [&](antlr4::tree::TerminalNode* optional, CelExprPtr value) {
    if (optional == nullptr) return value;
    auto node = Node(CK::kCall, value->span, "?_");
    node->args.push_back(std::move(value));
    return node;
  };
  if (antlr4::tree::TerminalNode* ident = ctx->C_IDENT()) {
    const Span name = SpanOf(ident);
    if (IsReserved(TextOf(name))) {
      auto& d = sink_.Add(diag::Kind::kUnexpectedText, name,
                          fmt::format("`{}` is a reserved word of conditions", TextOf(name)));
      d.help.push_back("use another name: inputs, outputs and settings may not be reserved words");
      condition_failed_ = true;
    }
    std::string text(ctx->C_DOT() != nullptr ? "." : "");
    text += TextOf(name);
    auto node = Node(ctx->C_LPAREN() != nullptr ? CK::kCall : CK::kIdent, span, std::move(text));
    if (ctx->C_LPAREN() != nullptr) AddArguments(ctx->exprList(), *node);
    return node;
  }
  if (ctx->C_LPAREN() != nullptr) return Expression(ctx->expr());
  if (ctx->C_LBRACKET() != nullptr) {
    auto node = Node(CK::kList, span);
    if (ctx->listItems() == nullptr) return node;
    for (P::ListItemContext* item : ctx->listItems()->listItem()) {
      node->args.push_back(maybe(item->C_QUESTION(), Expression(item->expr())));
    }
    return node;
  }
  if (ctx->C_LBRACE() != nullptr) {
    auto node = Node(CK::kMap, span);
    if (ctx->mapItems() == nullptr) return node;
    for (P::MapItemContext* item : ctx->mapItems()->mapItem()) {
      node->args.push_back(maybe(item->C_QUESTION(), Expression(item->expr(0))));
      node->args.push_back(Expression(item->expr(1)));
    }
    return node;
  }
  return CelLiteral(static_cast<antlr4::tree::TerminalNode*>(ctx->children[0]), negative);
}

}  // namespace bylaw::syntax

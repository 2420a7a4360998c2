#include "compiler/cel/term.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace bylaw::cel {
namespace {

struct SimpleName {
  Term::Kind kind;
  std::string_view name;
};
constexpr std::array kSimpleNames = {
    SimpleName{Term::Kind::kDyn, "dyn"},           SimpleName{Term::Kind::kNull, "null"},
    SimpleName{Term::Kind::kBool, "bool"},         SimpleName{Term::Kind::kInt, "int"},
    SimpleName{Term::Kind::kUint, "uint"},         SimpleName{Term::Kind::kDouble, "double"},
    SimpleName{Term::Kind::kString, "string"},     SimpleName{Term::Kind::kBytes, "bytes"},
    SimpleName{Term::Kind::kDuration, "duration"}, SimpleName{Term::Kind::kTimestamp, "timestamp"},
    SimpleName{Term::Kind::kMoney, "money"}};

TermPtr Compound(Term::Kind kind, std::string name, std::vector<TermPtr> params) {
  uint64_t size = 1;
  for (const TermPtr& param : params) size += param->size;
  if (size > kTermSizeMax) return Dyn();
  auto term = std::make_shared<Term>();
  term->kind = kind;
  term->name = std::move(name);
  term->params = std::move(params);
  term->size = static_cast<uint32_t>(size);
  return term;
}

std::string ParamsText(const Term& term) {
  std::string text = "(";
  for (size_t i = 0; i < term.params.size(); ++i) text += (i > 0 ? ", " : "") + TermText(*term.params[i]);
  return text + ")";
}

void SkipSpaces(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
}

// One term at the front of `text`.
TermPtr TakeTerm(std::string_view& text) {
  SkipSpaces(text);
  size_t end = 0;
  while (end < text.size() && text[end] != '(' && text[end] != ')' && text[end] != ',') ++end;
  const std::string_view name = text.substr(0, end);
  text.remove_prefix(end);
  std::vector<TermPtr> params;
  if (text.starts_with('(')) {
    do {
      text.remove_prefix(1);
      params.push_back(TakeTerm(text));
      SkipSpaces(text);
    } while (text.starts_with(','));
    BYLAW_CHECK(text.starts_with(')'), "a parenthesis is closed");
    text.remove_prefix(1);
  }
  if (name == "list") return ListTerm(params[0]);
  if (name == "map") return MapTerm(params[0], params[1]);
  if (name == "type") return TypeTerm(params[0]);
  if (name == "optional") return OptionalTerm(params[0]);
  for (const SimpleName& simple : kSimpleNames) {
    if (name == simple.name) return Simple(simple.kind);
  }
  BYLAW_CHECK(name.size() == 1, "what is no type's name is a type variable");
  return ParamTerm(std::string(name));
}

}  // namespace

TermPtr Simple(Term::Kind kind) {
  static const auto* const kTerms = [] {
    auto* terms = new std::array<TermPtr, kSimpleNames.size()>();
    for (size_t i = 0; i < kSimpleNames.size(); ++i) {
      auto term = std::make_shared<Term>();
      term->kind = kSimpleNames[i].kind;
      (*terms)[i] = std::move(term);
    }
    return terms;
  }();
  BYLAW_CHECK(static_cast<size_t>(kind) < kSimpleNames.size(), "a type without parameters");
  return (*kTerms)[static_cast<size_t>(kind)];
}

TermPtr Dyn() { return Simple(Term::Kind::kDyn); }
TermPtr ListTerm(TermPtr item) { return Compound(Term::Kind::kList, "", {std::move(item)}); }
TermPtr MapTerm(TermPtr key, TermPtr value) {
  return Compound(Term::Kind::kMap, "", {std::move(key), std::move(value)});
}
TermPtr TypeTerm(TermPtr of) {
  return Compound(Term::Kind::kType, "", of == nullptr ? std::vector<TermPtr>() : std::vector<TermPtr>{std::move(of)});
}
TermPtr AbstractTerm(std::string name, std::vector<TermPtr> params) {
  return Compound(Term::Kind::kAbstract, std::move(name), std::move(params));
}
TermPtr OptionalTerm(TermPtr held) { return AbstractTerm(std::string(kOptionalName), {std::move(held)}); }
TermPtr ParamTerm(std::string name) { return Compound(Term::Kind::kParam, std::move(name), {}); }
TermPtr WithParams(const Term& term, std::vector<TermPtr> params) {
  return Compound(term.kind, term.name, std::move(params));
}

bool IsOptional(const Term& term) { return term.kind == Term::Kind::kAbstract && term.name == kOptionalName; }

bool SameTerm(const Term& a, const Term& b) {
  if (&a == &b) return true;
  return a.kind == b.kind && a.name == b.name && a.size == b.size &&
         std::equal(a.params.begin(), a.params.end(), b.params.begin(), b.params.end(),
                    [](const TermPtr& x, const TermPtr& y) { return SameTerm(*x, *y); });
}

std::string TermText(const Term& term) {
  switch (term.kind) {
    case Term::Kind::kList:
      return "list" + ParamsText(term);
    case Term::Kind::kMap:
      return "map" + ParamsText(term);
    case Term::Kind::kType:
      return term.params.empty() ? "type" : "type" + ParamsText(term);
    case Term::Kind::kAbstract:
      return term.params.empty() ? term.name : term.name + ParamsText(term);
    case Term::Kind::kParam:
      return term.name;
    default:
      return std::string(kSimpleNames[static_cast<size_t>(term.kind)].name);
  }
}

TermPtr ReadTerm(std::string_view text) { return TakeTerm(text); }

std::vector<TermPtr> ReadTerms(std::string_view text) {
  std::vector<TermPtr> terms;
  while (!text.empty()) {
    terms.push_back(TakeTerm(text));
    if (text.starts_with(',')) text.remove_prefix(1);
  }
  return terms;
}

}  // namespace bylaw::cel

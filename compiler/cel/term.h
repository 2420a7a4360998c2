// Structural types of expressions: what the checker infers, "map(string, list(int))".
//
// Terms are immutable and shared. Their size is bounded: a term that would be larger than kTermSizeMax is `dyn`, so
// that nested bindings cannot make a type that takes longer to walk than the expression took to write.
#ifndef BYLAW_COMPILER_CEL_TERM_H_
#define BYLAW_COMPILER_CEL_TERM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bylaw::cel {

struct Term;
using TermPtr = std::shared_ptr<const Term>;

struct Term {
  enum class Kind : uint8_t {
    kDyn,
    kNull,
    kBool,
    kInt,
    kUint,
    kDouble,
    kString,
    kBytes,
    kDuration,
    kTimestamp,
    kMoney,
    kList,      // params: item
    kMap,       // params: key, value
    kType,      // params: of which type; none: of any
    kAbstract,  // name, params
    kParam,     // name: a type variable
  };
  Kind kind = Kind::kDyn;
  std::string name;
  std::vector<TermPtr> params;
  uint32_t size = 1;  // terms in it
  // A value of this type may be null all the same: it is joined with null in a list, a map or a conditional.
  bool nullable = false;
};

inline constexpr uint32_t kTermSizeMax = 4096;
inline constexpr std::string_view kOptionalName = "optional_type";

TermPtr Simple(Term::Kind kind);
TermPtr Dyn();
TermPtr ListTerm(TermPtr item);
TermPtr MapTerm(TermPtr key, TermPtr value);
TermPtr TypeTerm(TermPtr of);
TermPtr AbstractTerm(std::string name, std::vector<TermPtr> params);
TermPtr OptionalTerm(TermPtr held);
TermPtr ParamTerm(std::string name);
// `term` with other parameters.
TermPtr WithParams(const Term& term, std::vector<TermPtr> params);

bool IsOptional(const Term& term);
// The same type, whether or not nullable.
bool SameTerm(const Term& a, const Term& b);

// "list(int)", "null", "type(dyn)", "optional_type(string)": as CEL's checkers print types.
std::string TermText(const Term& term);
// Reads what library.cc writes: "int", "list(A)", "map(A, B)", "optional(A)", "type(A)"; one capital letter is a type
// variable.
TermPtr ReadTerm(std::string_view text);
// The types of a list "int, list(A)"; empty for "".
std::vector<TermPtr> ReadTerms(std::string_view text);

}  // namespace bylaw::cel

#endif  // BYLAW_COMPILER_CEL_TERM_H_

#include "compiler/cel/library.h"

#include "absl/container/flat_hash_map.h"
#include "compiler/cel/checker.h"

namespace bylaw::cel {
namespace {

using F = value::Function;

enum class Style : uint8_t { kGlobal, kMember, kBoth };

struct Row {
  std::string_view name;
  F function;
  Style style;
  std::string_view params, result;
};

constexpr Row kOperators[] = {
    {"_==_", F::kEqual, Style::kGlobal, "A, A", "bool"},
    {"_!=_", F::kNotEqual, Style::kGlobal, "A, A", "bool"},
    {"_+_", F::kAdd, Style::kGlobal, "bytes, bytes", "bytes"},
    {"_+_", F::kAdd, Style::kGlobal, "double, double", "double"},
    {"_+_", F::kAdd, Style::kGlobal, "duration, duration", "duration"},
    {"_+_", F::kAdd, Style::kGlobal, "duration, timestamp", "timestamp"},
    {"_+_", F::kAdd, Style::kGlobal, "timestamp, duration", "timestamp"},
    {"_+_", F::kAdd, Style::kGlobal, "int, int", "int"},
    {"_+_", F::kAdd, Style::kGlobal, "list(A), list(A)", "list(A)"},
    {"_+_", F::kAdd, Style::kGlobal, "string, string", "string"},
    {"_+_", F::kAdd, Style::kGlobal, "uint, uint", "uint"},
    {"_+_", F::kAdd, Style::kGlobal, "money, money", "money"},
    {"_-_", F::kSubtract, Style::kGlobal, "double, double", "double"},
    {"_-_", F::kSubtract, Style::kGlobal, "duration, duration", "duration"},
    {"_-_", F::kSubtract, Style::kGlobal, "int, int", "int"},
    {"_-_", F::kSubtract, Style::kGlobal, "timestamp, duration", "timestamp"},
    {"_-_", F::kSubtract, Style::kGlobal, "timestamp, timestamp", "duration"},
    {"_-_", F::kSubtract, Style::kGlobal, "uint, uint", "uint"},
    {"_-_", F::kSubtract, Style::kGlobal, "money, money", "money"},
    {"_*_", F::kMultiply, Style::kGlobal, "double, double", "double"},
    {"_*_", F::kMultiply, Style::kGlobal, "int, int", "int"},
    {"_*_", F::kMultiply, Style::kGlobal, "uint, uint", "uint"},
    {"_*_", F::kMultiply, Style::kGlobal, "money, int", "money"},
    {"_*_", F::kMultiply, Style::kGlobal, "int, money", "money"},
    {"_/_", F::kDivide, Style::kGlobal, "double, double", "double"},
    {"_/_", F::kDivide, Style::kGlobal, "int, int", "int"},
    {"_/_", F::kDivide, Style::kGlobal, "uint, uint", "uint"},
    {"_/_", F::kDivide, Style::kGlobal, "money, int", "money"},
    {"_%_", F::kModulo, Style::kGlobal, "int, int", "int"},
    {"_%_", F::kModulo, Style::kGlobal, "uint, uint", "uint"},
    {"-_", F::kNegate, Style::kGlobal, "double", "double"},
    {"-_", F::kNegate, Style::kGlobal, "int", "int"},
    {"-_", F::kNegate, Style::kGlobal, "money", "money"},
    {"-_", F::kNegate, Style::kGlobal, "duration", "duration"},
    {"_in_", F::kIn, Style::kGlobal, "A, list(A)", "bool"},
    {"_in_", F::kIn, Style::kGlobal, "A, map(A, B)", "bool"},
    {"_[_]", F::kIndex, Style::kGlobal, "list(A), int", "A"},
    {"_[_]", F::kIndex, Style::kGlobal, "map(A, B), A", "B"},
    {"_[_]", F::kIndex, Style::kGlobal, "optional(list(A)), int", "optional(A)"},
    {"_[_]", F::kIndex, Style::kGlobal, "optional(map(A, B)), A", "optional(B)"},
    {"_[?_]", F::kOptionalIndex, Style::kGlobal, "list(A), int", "optional(A)"},
    {"_[?_]", F::kOptionalIndex, Style::kGlobal, "map(A, B), A", "optional(B)"},
    {"_[?_]", F::kOptionalIndex, Style::kGlobal, "optional(list(A)), int", "optional(A)"},
    {"_[?_]", F::kOptionalIndex, Style::kGlobal, "optional(map(A, B)), A", "optional(B)"},
};

// `<`, `<=`, `>` and `>=` are declared alike.
constexpr std::string_view kOrdered[] = {
    "bool, bool",     "int, int",     "int, double",          "int, uint",          "uint, uint",
    "uint, double",   "uint, int",    "double, double",       "double, int",        "double, uint",
    "string, string", "bytes, bytes", "timestamp, timestamp", "duration, duration", "money, money"};

constexpr Row kFunctions[] = {
    {"size", F::kSize, Style::kBoth, "bytes", "int"},
    {"size", F::kSize, Style::kBoth, "list(A)", "int"},
    {"size", F::kSize, Style::kBoth, "map(A, B)", "int"},
    {"size", F::kSize, Style::kBoth, "string", "int"},
    {"type", F::kType, Style::kGlobal, "A", "type(A)"},
    {"dyn", F::kDyn, Style::kGlobal, "A", "dyn"},
    {"bool", F::kToBool, Style::kGlobal, "bool", "bool"},
    {"bool", F::kToBool, Style::kGlobal, "string", "bool"},
    {"bytes", F::kToBytes, Style::kGlobal, "bytes", "bytes"},
    {"bytes", F::kToBytes, Style::kGlobal, "string", "bytes"},
    {"double", F::kToDouble, Style::kGlobal, "double", "double"},
    {"double", F::kToDouble, Style::kGlobal, "int", "double"},
    {"double", F::kToDouble, Style::kGlobal, "string", "double"},
    {"double", F::kToDouble, Style::kGlobal, "uint", "double"},
    {"duration", F::kToDuration, Style::kGlobal, "duration", "duration"},
    {"duration", F::kToDuration, Style::kGlobal, "string", "duration"},
    {"int", F::kToInt, Style::kGlobal, "int", "int"},
    {"int", F::kToInt, Style::kGlobal, "double", "int"},
    {"int", F::kToInt, Style::kGlobal, "duration", "int"},
    {"int", F::kToInt, Style::kGlobal, "string", "int"},
    {"int", F::kToInt, Style::kGlobal, "timestamp", "int"},
    {"int", F::kToInt, Style::kGlobal, "uint", "int"},
    {"string", F::kToString, Style::kGlobal, "string", "string"},
    {"string", F::kToString, Style::kGlobal, "bool", "string"},
    {"string", F::kToString, Style::kGlobal, "bytes", "string"},
    {"string", F::kToString, Style::kGlobal, "double", "string"},
    {"string", F::kToString, Style::kGlobal, "duration", "string"},
    {"string", F::kToString, Style::kGlobal, "int", "string"},
    {"string", F::kToString, Style::kGlobal, "timestamp", "string"},
    {"string", F::kToString, Style::kGlobal, "uint", "string"},
    {"string", F::kToString, Style::kGlobal, "money", "string"},
    {"timestamp", F::kToTimestamp, Style::kGlobal, "timestamp", "timestamp"},
    {"timestamp", F::kToTimestamp, Style::kGlobal, "int", "timestamp"},
    {"timestamp", F::kToTimestamp, Style::kGlobal, "string", "timestamp"},
    {"uint", F::kToUint, Style::kGlobal, "uint", "uint"},
    {"uint", F::kToUint, Style::kGlobal, "double", "uint"},
    {"uint", F::kToUint, Style::kGlobal, "int", "uint"},
    {"uint", F::kToUint, Style::kGlobal, "string", "uint"},
    {"matches", F::kMatches, Style::kBoth, "string, string", "bool"},
    {"startsWith", F::kStartsWith, Style::kMember, "string, string", "bool"},
    {"endsWith", F::kEndsWith, Style::kMember, "string, string", "bool"},
    {"contains", F::kContains, Style::kMember, "string, string", "bool"},
    {"charAt", F::kCharAt, Style::kMember, "string, int", "string"},
    {"format", F::kFormat, Style::kMember, "string, list(dyn)", "string"},
    {"indexOf", F::kIndexOf, Style::kMember, "string, string", "int"},
    {"indexOf", F::kIndexOf, Style::kMember, "string, string, int", "int"},
    {"join", F::kJoin, Style::kMember, "list(string)", "string"},
    {"join", F::kJoin, Style::kMember, "list(string), string", "string"},
    {"lastIndexOf", F::kLastIndexOf, Style::kMember, "string, string", "int"},
    {"lastIndexOf", F::kLastIndexOf, Style::kMember, "string, string, int", "int"},
    {"lowerAscii", F::kLowerAscii, Style::kMember, "string", "string"},
    {"replace", F::kReplace, Style::kMember, "string, string, string", "string"},
    {"replace", F::kReplace, Style::kMember, "string, string, string, int", "string"},
    {"reverse", F::kReverse, Style::kMember, "string", "string"},
    {"split", F::kSplit, Style::kMember, "string, string", "list(string)"},
    {"split", F::kSplit, Style::kMember, "string, string, int", "list(string)"},
    {"strings.quote", F::kQuote, Style::kGlobal, "string", "string"},
    {"substring", F::kSubstring, Style::kMember, "string, int", "string"},
    {"substring", F::kSubstring, Style::kMember, "string, int, int", "string"},
    {"trim", F::kTrim, Style::kMember, "string", "string"},
    {"upperAscii", F::kUpperAscii, Style::kMember, "string", "string"},
    {"base64.decode", F::kBase64Decode, Style::kGlobal, "string", "bytes"},
    {"base64.encode", F::kBase64Encode, Style::kGlobal, "bytes", "string"},
    {"optional.of", F::kOptionalOf, Style::kGlobal, "A", "optional(A)"},
    {"optional.ofNonZeroValue", F::kOptionalOfNonZero, Style::kGlobal, "A", "optional(A)"},
    {"optional.none", F::kOptionalNone, Style::kGlobal, "", "optional(A)"},
    {"optional.unwrap", F::kUnwrapOptionals, Style::kGlobal, "list(optional(A))", "list(A)"},
    {"unwrapOpt", F::kUnwrapOptionals, Style::kMember, "list(optional(A))", "list(A)"},
    {"hasValue", F::kHasValue, Style::kMember, "optional(A)", "bool"},
    {"value", F::kHeldValue, Style::kMember, "optional(A)", "A"},
    {"or", F::kNone, Style::kMember, "optional(A), optional(A)", "optional(A)"},  // nodes of their own
    {"orValue", F::kNone, Style::kMember, "optional(A), A", "A"},
    {"math.ceil", F::kCeil, Style::kGlobal, "double", "double"},
    {"math.floor", F::kFloor, Style::kGlobal, "double", "double"},
    {"math.round", F::kRound, Style::kGlobal, "double", "double"},
    {"math.trunc", F::kTrunc, Style::kGlobal, "double", "double"},
    {"math.abs", F::kAbs, Style::kGlobal, "double", "double"},
    {"math.abs", F::kAbs, Style::kGlobal, "int", "int"},
    {"math.abs", F::kAbs, Style::kGlobal, "uint", "uint"},
    {"math.sign", F::kSign, Style::kGlobal, "double", "double"},
    {"math.sign", F::kSign, Style::kGlobal, "int", "int"},
    {"math.sign", F::kSign, Style::kGlobal, "uint", "uint"},
    {"math.sqrt", F::kSqrt, Style::kGlobal, "double", "double"},
    {"math.sqrt", F::kSqrt, Style::kGlobal, "int", "double"},
    {"math.sqrt", F::kSqrt, Style::kGlobal, "uint", "double"},
    {"math.isNaN", F::kIsNan, Style::kGlobal, "double", "bool"},
    {"math.isInf", F::kIsInf, Style::kGlobal, "double", "bool"},
    {"math.isFinite", F::kIsFinite, Style::kGlobal, "double", "bool"},
    {"math.bitAnd", F::kBitAnd, Style::kGlobal, "int, int", "int"},
    {"math.bitAnd", F::kBitAnd, Style::kGlobal, "uint, uint", "uint"},
    {"math.bitOr", F::kBitOr, Style::kGlobal, "int, int", "int"},
    {"math.bitOr", F::kBitOr, Style::kGlobal, "uint, uint", "uint"},
    {"math.bitXor", F::kBitXor, Style::kGlobal, "int, int", "int"},
    {"math.bitXor", F::kBitXor, Style::kGlobal, "uint, uint", "uint"},
    {"math.bitNot", F::kBitNot, Style::kGlobal, "int", "int"},
    {"math.bitNot", F::kBitNot, Style::kGlobal, "uint", "uint"},
    {"math.bitShiftLeft", F::kBitShiftLeft, Style::kGlobal, "int, int", "int"},
    {"math.bitShiftLeft", F::kBitShiftLeft, Style::kGlobal, "uint, int", "uint"},
    {"math.bitShiftRight", F::kBitShiftRight, Style::kGlobal, "int, int", "int"},
    {"math.bitShiftRight", F::kBitShiftRight, Style::kGlobal, "uint, int", "uint"},
};

// Parts of an instant, in UTC or in a named zone; the last four also of a duration.
struct Part {
  std::string_view name;
  F function;
  bool of_duration;
};
constexpr Part kParts[] = {{"getDate", F::kGetDate, false},           {"getDayOfMonth", F::kGetDayOfMonth, false},
                           {"getDayOfWeek", F::kGetDayOfWeek, false}, {"getDayOfYear", F::kGetDayOfYear, false},
                           {"getFullYear", F::kGetFullYear, false},   {"getMonth", F::kGetMonth, false},
                           {"getHours", F::kGetHours, true},          {"getMilliseconds", F::kGetMilliseconds, true},
                           {"getMinutes", F::kGetMinutes, true},      {"getSeconds", F::kGetSeconds, true}};

struct Table {
  absl::flat_hash_map<std::string_view, std::vector<Overload>> functions;
  std::vector<std::string_view> names;

  void Add(const Row& row) {
    std::vector<Overload>& overloads = functions[row.name];
    if (overloads.empty()) names.push_back(row.name);
    for (const bool member : {false, true}) {
      if (row.style == (member ? Style::kGlobal : Style::kMember)) continue;
      overloads.push_back({row.function, member, ReadTerms(row.params), ReadTerm(row.result)});
    }
  }

  // `math.greatest` and `math.least`: one or two numbers, a list of them, or more numbers, which are a list.
  void AddExtreme(std::string_view name, F function) {
    constexpr std::string_view kNumbers[] = {"double", "int", "uint"};
    for (const std::string_view number : kNumbers) {
      Add({name, function, Style::kGlobal, number, number});
      functions[name].push_back({function, false, {ListTerm(ReadTerm(number))}, ReadTerm(number)});
      for (const std::string_view other : kNumbers) {
        const std::string_view result = number == other ? number : "dyn";
        functions[name].push_back({function, false, {ReadTerm(number), ReadTerm(other)}, ReadTerm(result)});
      }
    }
  }

  Table() {
    for (const Row& row : kOperators) Add(row);
    for (const Row& row : kFunctions) Add(row);
    for (const std::string_view params : kOrdered) {
      Add({"_<_", F::kLess, Style::kGlobal, params, "bool"});
      Add({"_<=_", F::kLessEqual, Style::kGlobal, params, "bool"});
      Add({"_>_", F::kGreater, Style::kGlobal, params, "bool"});
      Add({"_>=_", F::kGreaterEqual, Style::kGlobal, params, "bool"});
    }
    for (const Part& part : kParts) {
      Add({part.name, part.function, Style::kMember, "timestamp", "int"});
      Add({part.name, part.function, Style::kMember, "timestamp, string", "int"});
      if (part.of_duration) Add({part.name, part.function, Style::kMember, "duration", "int"});
    }
    AddExtreme("math.greatest", F::kGreatest);
    AddExtreme("math.least", F::kLeast);
  }
};

const Table& Library() {
  static const auto* const kLibrary = new Table();
  return *kLibrary;
}

}  // namespace

const std::vector<Overload>* FindFunction(std::string_view name) {
  const auto found = Library().functions.find(name);
  return found == Library().functions.end() ? nullptr : &found->second;
}

bool AlwaysGivesScalar(value::Function function) {
  static const auto* const kGives = [] {
    // A result that is dyn: the forms differ.
    auto* gives = new absl::flat_hash_map<F, TermPtr>();
    for (const auto& [name, overloads] : Library().functions) {
      for (const Overload& overload : overloads) {
        const auto [known, added] = gives->try_emplace(overload.function, overload.result);
        if (!added && !SameTerm(*known->second, *overload.result)) known->second = Dyn();
      }
    }
    return gives;
  }();
  const auto found = kGives->find(function);
  return found != kGives->end() && IsScalar(Lowered(*found->second));
}

const std::vector<std::string_view>& FunctionNames() { return Library().names; }

}  // namespace bylaw::cel

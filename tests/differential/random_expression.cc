#include "tests/differential/random_expression.h"

#include <fmt/format.h>
#include <algorithm>

#include <array>
#include <initializer_list>

#include "compiler/value/aggregate.h"

namespace bylaw::differential {
namespace {

enum class Want : uint8_t { kBool, kInt, kUint, kDouble, kText, kBytes, kTime, kDuration, kList, kMap, kOptional };
constexpr uint64_t kWants = 11;

// In a pattern, {b}, {i}, … stand for an expression of each type (the letters of kLetters), {v} for a fresh variable
// that the rest of the pattern may use as an int or a text. `^` stands for nothing, so that a brace can be a brace.
struct Form {
  Want gives;
  std::string_view pattern;
};
constexpr Form kForms[] = {
    {Want::kBool, "{b} && {b}"},
    {Want::kBool, "{b} || {b}"},
    {Want::kBool, "!{b}"},
    {Want::kBool, "{i} < {i}"},
    {Want::kBool, "{u} <= {u}"},
    {Want::kBool, "{d} > {d}"},
    {Want::kBool, "{i} >= {d}"},
    {Want::kBool, "{u} < {i}"},
    {Want::kBool, "{t} < {t}"},
    {Want::kBool, "{y} >= {y}"},
    {Want::kBool, "{s} < {s}"},
    {Want::kBool, "{r} <= {r}"},
    {Want::kBool, "{b} < {b}"},
    {Want::kBool, "{t} == {t}"},
    {Want::kBool, "{l} == {l}"},
    {Want::kBool, "{m} != {m}"},
    {Want::kBool, "{o} == {o}"},
    {Want::kBool, "dyn({i}) == {d}"},
    {Want::kBool, "{i} in {l}"},
    {Want::kBool, "{i} in [1, 2, 7]"},
    {Want::kBool, "{t} in {m}"},
    {Want::kBool, "{t}.startsWith({t})"},
    {Want::kBool, "{t}.contains('b')"},
    {Want::kBool, "{t}.endsWith('c')"},
    {Want::kBool, "{t}.matches('a.*b')"},
    {Want::kBool, "{t}.matches({t})"},
    {Want::kBool, "{l}.all({v}, {b})"},
    {Want::kBool, "{l}.exists({v}, {b})"},
    {Want::kBool, "{l}.exists_one({v}, {b})"},
    {Want::kBool, "{m}.all({v}, {v}, {b})"},
    {Want::kBool, "{l}.existsOne({v}, {v}, {b})"},
    {Want::kBool, "has({m}.a)"},
    {Want::kBool, "{o}.hasValue()"},
    {Want::kBool, "math.isNaN({d})"},
    {Want::kInt, "{i} + {i}"},
    {Want::kInt, "{i} - {i}"},
    {Want::kInt, "{i} * {i}"},
    {Want::kInt, "{i} / {i}"},
    {Want::kInt, "{i} % {i}"},
    {Want::kInt, "-({i})"},
    {Want::kInt, "{t}.size()"},
    {Want::kInt, "size({l})"},
    {Want::kInt, "size({y})"},
    {Want::kInt, "int({u})"},
    {Want::kInt, "int({d})"},
    {Want::kInt, "{l}[{i}]"},
    {Want::kInt, "{m}['a']"},
    {Want::kInt, "{m}.b"},
    {Want::kInt, "{o}.orValue({i})"},
    {Want::kInt, "{o}.value()"},
    {Want::kInt, "{s}.getHours()"},
    {Want::kInt, "{s}.getDayOfWeek('+02:00')"},
    {Want::kInt, "{r}.getMinutes()"},
    {Want::kInt, "math.greatest({i}, {i})"},
    {Want::kInt, "math.bitXor({i}, {i})"},
    {Want::kInt, "math.bitShiftLeft({i}, {i})"},
    {Want::kInt, "{t}.indexOf({t})"},
    {Want::kInt, "cel.bind({v}, {i}, {i})"},
    {Want::kUint, "{u} + {u}"},
    {Want::kUint, "{u} - {u}"},
    {Want::kUint, "{u} * {u}"},
    {Want::kUint, "{u} / {u}"},
    {Want::kUint, "uint({i})"},
    {Want::kDouble, "{d} + {d}"},
    {Want::kDouble, "{d} * {d}"},
    {Want::kDouble, "{d} / {d}"},
    {Want::kDouble, "-({d})"},
    {Want::kDouble, "double({i})"},
    {Want::kDouble, "math.ceil({d})"},
    {Want::kText, "{t} + {t}"},
    {Want::kText, "string({i})"},
    {Want::kText, "string({d})"},
    {Want::kText, "string({s})"},
    {Want::kText, "{t}.upperAscii()"},
    {Want::kText, "{t}.substring({i})"},
    {Want::kText, "{t}.replace({t}, 'x')"},
    {Want::kText, "{t}.charAt({i})"},
    {Want::kText, "{t}.split('b').join('-')"},
    {Want::kText, "'%d-%s'.format([{i}, {t}])"},
    {Want::kBytes, "bytes({t})"},
    {Want::kBytes, "{y} + {y}"},
    {Want::kTime, "{s} + {r}"},
    {Want::kTime, "{s} - {r}"},
    {Want::kTime, "timestamp({i})"},
    {Want::kDuration, "{s} - {s}"},
    {Want::kDuration, "{r} + {r}"},
    {Want::kDuration, "-({r})"},
    {Want::kList, "[{i}, {i}]"},
    {Want::kList, "[?{o}, {i}]"},
    {Want::kList, "{l} + {l}"},
    {Want::kList, "{l}.map({v}, {i})"},
    {Want::kList, "{l}.map({v}, {b}, {i})"},
    {Want::kList, "{l}.filter({v}, {b})"},
    {Want::kList, "{m}.transformList({v}, {v}, {i})"},
    {Want::kMap, "{^'a': {i}, {t}: {i}^}"},
    {Want::kMap, "{^'b': {i}, ?'c': {o}^}"},
    {Want::kMap, "{m}.transformMap({v}, {v}, {i})"},
    {Want::kMap, "{l}.transformMap({v}, {v}, {b}, {i})"},
    {Want::kOptional, "optional.of({i})"},
    {Want::kOptional, "optional.ofNonZeroValue({i})"},
    {Want::kOptional, "{m}.?b"},
    {Want::kOptional, "{m}[?{t}]"},
    {Want::kOptional, "{l}[?{i}]"},
    {Want::kOptional, "{o}.or({o})"},
    {Want::kOptional, "{o}.optMap({v}, {i})"},
    {Want::kOptional, "{o}.optFlatMap({v}, {o})"},
};

constexpr std::string_view kLetters = "biudtysrlmo";

// Rows end with their first empty text.
constexpr std::array<std::array<std::string_view, 9>, kWants> kLeaves = {{
    {{"true", "false", "dyn(true)", "flag"}},
    {{"0", "1", "(-1)", "2", "7", "9223372036854775807", "(-9223372036854775808)", "number", "dyn(3)"}},
    {{"0u", "1u", "7u", "18446744073709551615u", "count"}},
    {{"0.0", "(-0.5)", "1.0", "2.5", "1e300", "1.0/0.0", "0.0/0.0", "ratio", "dyn(1.0)"}},
    {{"''", "'a'", "'abc'", "'é€x'", "r'a\\b'", "name", "dyn('b')"}},
    {{"b''", "b'abc'", "b'\\xff'"}},
    {{"timestamp('2026-07-10T12:30:00Z')", "timestamp('9999-12-31T23:59:59Z')", "timestamp(0)", "at"}},
    {{"duration('1h')", "duration('-90s')", "duration('9223372036s')", "age"}},
    {{"[]", "[1, 2, 3]", "[7]", "items", "dyn([1, 'a', 2u])", "[null]"}},
    {{"{}", "{'a': 1}", "{'a': 1, 'b': 2}", "table", "dyn({1: 2, 'b': 3})"}},
    {{"optional.none()", "optional.of(1)", "dyn(optional.of('a'))"}},
}};

class Generator {
 public:
  Generator(Prng& prng, double misfits) : prng_(prng), misfits_(misfits) {}

  std::string Of(Want want, int depth) {
    if (prng_.Chance(misfits_)) want = static_cast<Want>(prng_.Below(kWants));
    const bool countable = want == Want::kInt || want == Want::kText;
    if (countable && !variables_.empty() && prng_.Chance(0.3)) return variables_[prng_.Below(variables_.size())];
    if (depth <= 0 || prng_.Chance(0.15)) return Leaf(want);
    if (prng_.Chance(0.06)) {
      return fmt::format("({} ? {} : {})", Of(Want::kBool, depth - 1), Of(want, depth - 1), Of(want, depth - 1));
    }
    std::vector<std::string_view> fitting;
    for (const Form& form : kForms) {
      if (form.gives == want) fitting.push_back(form.pattern);
    }
    return "(" + Filled(fitting[prng_.Below(fitting.size())], depth) + ")";
  }

 private:
  std::string Leaf(Want want) {
    const auto& leaves = kLeaves[static_cast<size_t>(want)];
    const auto end = std::find(leaves.begin(), leaves.end(), std::string_view());
    return std::string(leaves[prng_.Below(static_cast<uint64_t>(end - leaves.begin()))]);
  }

  std::string Filled(std::string_view pattern, int depth) {
    const size_t known = variables_.size();
    std::string text;
    for (size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] == '^') continue;
      const bool hole = pattern[i] == '{' && i + 2 < pattern.size() && pattern[i + 2] == '}';
      if (!hole) {
        text += pattern[i];
        continue;
      }
      const char letter = pattern[i + 1];
      i += 2;
      if (letter == 'v') {
        variables_.push_back(fmt::format("v{}", variables_.size()));
        text += variables_.back();
      } else {
        text += Of(static_cast<Want>(kLetters.find(letter)), depth - 1);
      }
    }
    variables_.resize(known);
    return text;
  }

  Prng& prng_;
  const double misfits_;
  std::vector<std::string> variables_;
};

}  // namespace

cel::Environment ExpressionEnvironment(bool checked) {
  cel::Environment environment;
  environment.checked = checked;
  for (const auto& [name, type] :
       std::initializer_list<std::pair<const char*, const char*>>{{"flag", "bool"},
                                                                  {"number", "int"},
                                                                  {"count", "uint"},
                                                                  {"ratio", "double"},
                                                                  {"name", "string"},
                                                                  {"at", "timestamp"},
                                                                  {"age", "duration"},
                                                                  {"items", "list(int)"},
                                                                  {"table", "map(string, int)"}}) {
    environment.variables.push_back({name, cel::ReadTerm(type)});
  }
  return environment;
}

std::vector<value::Value> RandomBindings(Prng& prng, value::Arena& arena) {
  value::ListBuilder items(arena, 0);
  value::MapBuilder table(arena, 0);
  for (int64_t i = prng.Between(0, 4); i-- > 0;) items.Push(value::Int(prng.Between(-2, 9)));
  for (const char* key : {"a", "b", "c"}) {
    if (prng.Chance(0.5)) table.Insert(value::String(key), value::Int(prng.Between(-2, 9)));
  }
  constexpr std::string_view kNames[] = {"", "a", "abc", "xby", "é€"};
  std::vector<value::Value> bindings = {value::Bool(prng.Chance(0.5)),
                                        value::Int(prng.Between(-2, 9)),
                                        value::Uint(prng.Below(9)),
                                        value::Double(static_cast<double>(prng.Between(-4, 4)) / 2),
                                        value::String(kNames[prng.Below(std::size(kNames))]),
                                        value::Timestamp(prng.Between(-86'400, 2'000'000'000), 5),
                                        value::Duration(prng.Between(-9, 9) * 1'000'000'000),
                                        items.Finish(),
                                        table.Finish()};
  for (value::Value& binding : bindings) {
    if (prng.Chance(0.05)) binding = value::Fail(value::Error::kUnknownName);
  }
  return bindings;
}

std::string RandomExpression(Prng& prng, int depth, double misfits) {
  Generator generator(prng, misfits);
  return generator.Of(static_cast<Want>(prng.Below(kWants)), depth);
}

}  // namespace bylaw::differential

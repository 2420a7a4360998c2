// `bylaw dump --phase=ast`, and the same tree without places, by which two trees are compared.
#include <fmt/format.h>

#include <iterator>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "compiler/syntax/ast_fields.h"
#include "compiler/syntax/parse.h"

namespace bylaw::syntax {
namespace {

template <size_t N>
std::string_view Nth(const std::string_view (&names)[N], size_t i) {
  return i < N ? names[i] : std::string_view("?");
}

std::string_view EnumName(DataClass v) {
  static constexpr std::string_view kNames[] = {"state", "checkpoints", "audit", "queues"};
  return Nth(kNames, static_cast<size_t>(v));
}
std::string_view EnumName(LaneName v) {
  static constexpr std::string_view kNames[] = {"urgent", "normal", "background"};
  return Nth(kNames, static_cast<size_t>(v));
}
std::string_view EnumName(PerUnit v) {
  static constexpr std::string_view kNames[] = {"second", "minute", "hour", "day", "month"};
  return Nth(kNames, static_cast<size_t>(v));
}
std::string_view EnumName(WindowKind v) {
  static constexpr std::string_view kNames[] = {"anchored", "rolling", "calendar"};
  return Nth(kNames, static_cast<size_t>(v));
}
std::string_view EnumName(PlacesTerm::Subject v) {
  static constexpr std::string_view kNames[] = {"state", "calls", "reviewers", "data"};
  return Nth(kNames, static_cast<size_t>(v));
}
std::string_view EnumName(TypeExpr::Kind v) {
  static constexpr std::string_view kNames[] = {"number", "count",    "money",  "text",        "yes or no",
                                                "date",   "duration", "one of", "list of text"};
  return Nth(kNames, static_cast<size_t>(v));
}
std::string_view EnumName(SettingDecl::Direction v) {
  static constexpr std::string_view kNames[] = {"free", "raise only", "lower only"};
  return Nth(kNames, static_cast<size_t>(v));
}
std::string_view EnumName(RuleEffect::Kind v) {
  static constexpr std::string_view kNames[] = {"deny",      "suspend", "send to reviewers", "ask", "wait until",
                                                "use model", "skip",    "put in lane",       "note"};
  return Nth(kNames, static_cast<size_t>(v));
}
std::string_view EnumName(Requirement::Kind v) {
  static constexpr std::string_view kNames[] = {"never keep outside", "never send outside", "never use",
                                                "worst case cost",    "availability",       "sla at least",
                                                "reviewers on step"};
  return Nth(kNames, static_cast<size_t>(v));
}
std::string_view EnumName(TestThen::Kind v) {
  static constexpr std::string_view kNames[] = {"proceeds",   "skipped",       "waits",          "suspends",
                                                "denied",     "queued",        "refused",        "reviewers",
                                                "uses model", "uses endpoint", "keeps in store", "no other waits"};
  return Nth(kNames, static_cast<size_t>(v));
}

std::string ValueText(const Value& v) {
  switch (v.kind) {
    case Value::Kind::kNumber:
      return v.is_integer ? fmt::format("number {}", v.integer) : fmt::format("number {}", v.number);
    case Value::Kind::kPercent:
      return fmt::format("percent {} ppm", v.integer);
    case Value::Kind::kMoney:
      return fmt::format("money {} ({} micros)", FormatMoney({v.integer, v.currency}), v.integer);
    case Value::Kind::kDate:
      return fmt::format("date {}", FormatDate(v.date));
    case Value::Kind::kTimeOfDay:
      return fmt::format("time {:02}:{:02}", v.integer / 60, v.integer % 60);
    case Value::Kind::kClock:
      return fmt::format("duration {} ns", v.integer);
    case Value::Kind::kCalendar:
      return fmt::format("duration {}", FormatCalendarDuration(v.calendar));
    case Value::Kind::kText:
      return fmt::format("text {:?}", fmt::string_view(v.text));
    case Value::Kind::kName:
      return fmt::format("name {}", v.text);
    case Value::Kind::kYesNo:
      return v.integer != 0 ? "yes" : "no";
  }
  return "";
}

std::string CelText(const CelExpr& e) {
  const auto arguments = [&](size_t from) {
    std::string text;
    for (size_t i = from; i < e.args.size(); ++i) text += (i > from ? ", " : "") + CelText(*e.args[i]);
    return text;
  };
  switch (e.kind) {
    case CelExpr::Kind::kNull:
      return "null";
    case CelExpr::Kind::kBool:
      return e.bool_value ? "true" : "false";
    case CelExpr::Kind::kInt:
      return fmt::format("{}", e.int_value);
    case CelExpr::Kind::kUint:
      return fmt::format("{}u", e.uint_value);
    case CelExpr::Kind::kDouble:
      return fmt::format("double({})", e.double_value);
    case CelExpr::Kind::kString:
      return fmt::format("\"{}\"", e.text);
    case CelExpr::Kind::kBytes:
      return fmt::format("b\"{}\"", e.text);
    case CelExpr::Kind::kMoney:
      return FormatMoney(e.money);
    case CelExpr::Kind::kIdent:
      return e.text;
    case CelExpr::Kind::kSelect:
      return fmt::format("{}.{}", CelText(*e.args[0]), e.text);
    case CelExpr::Kind::kCall:
      return fmt::format("{}({})", e.text, arguments(0));
    case CelExpr::Kind::kMember:
      return fmt::format("{}.{}({})", CelText(*e.args[0]), e.text, arguments(1));
    case CelExpr::Kind::kList:
      return fmt::format("[{}]", arguments(0));
    case CelExpr::Kind::kMap:
      return fmt::format("{{{}}}", arguments(0));
  }
  return "";
}

// Writes one node a line, indented by depth; `sources` null leaves places out.
class Dumper {
 public:
  explicit Dumper(const source::SourceSet* sources) : sources_(sources) {}

  void Show(std::string_view label, const Name& name) { Line(label, name.text, name.span); }
  void Show(std::string_view label, const Value& value) { Line(label, ValueText(value), value.span); }
  void Show(std::string_view label, const std::string& text) {
    if (!text.empty()) Line(label, text, {});
  }
  void Show(std::string_view label, bool flag) {
    if (flag) Line(label, "yes", {});
  }
  void Show(std::string_view label, uint8_t number) { Line(label, fmt::format("{}", number), {}); }
  void Show(std::string_view label, const Condition& condition) {
    Line(label, condition.expr == nullptr ? "(not read)" : CelText(*condition.expr), condition.span);
  }

  template <typename T>
  void Show(std::string_view label, const std::optional<T>& maybe) {
    if (maybe.has_value()) Show(label, *maybe);
  }
  template <typename T>
  void Show(std::string_view label, const std::vector<T>& list) {
    for (const T& item : list) Show(label, item);
  }
  template <typename... Ts>
  void Show(std::string_view label, const std::variant<Ts...>& one) {
    std::visit([&](const auto& alternative) { Show(label, alternative); }, one);
  }
  template <typename T>
  void Show(std::string_view label, const T& node) {
    if constexpr (std::is_enum_v<T>) {
      Line(label, EnumName(node), {});
    } else {
      source::Span span;
      if constexpr (requires { node.span; }) span = node.span;
      Line(label, NodeName(node), span);
      ++depth_;
      Fields(node, [&](std::string_view name, const auto& field) { Show(name, field); });
      --depth_;
    }
  }

  std::string Take() { return std::move(out_); }

 private:
  void Line(std::string_view label, std::string_view text, source::Span span) {
    out_.append(2 * depth_, ' ');
    fmt::format_to(std::back_inserter(out_), "{}: {}", label, text);
    if (sources_ != nullptr && span.valid()) {
      const source::Position at = sources_->begin(span);
      fmt::format_to(std::back_inserter(out_), "  @{}:{}", at.line, at.column);
    }
    out_ += '\n';
  }

  const source::SourceSet* sources_;
  size_t depth_ = 0;
  std::string out_;
};

std::string Dump(const source::SourceSet* sources, const File& file) {
  Dumper dumper(sources);
  for (const Decl& decl : file.decls) dumper.Show("declaration", decl);
  return dumper.Take();
}

}  // namespace

std::string DumpAst(const source::SourceSet& sources, const File& file) { return Dump(&sources, file); }
std::string TreeText(const File& file) { return Dump(nullptr, file); }

}  // namespace bylaw::syntax

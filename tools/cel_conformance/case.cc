#include "tools/cel_conformance/case.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "absl/strings/escaping.h"
#include "compiler/value/aggregate.h"
#include "compiler/value/function.h"
#include "tools/cel_conformance/features.h"

namespace bylaw::conformance {

using nlohmann::json;
using value::Value;

namespace {

// Thrown inside this file for what a case needs and Bylaw has not; ReadCase makes a status of it.
struct Lacking {
  std::string feature;
};
// The same for a line that is no case.
struct Malformed {
  std::string reason;
};

cel::TermPtr ReadType(const json& type);

std::vector<cel::TermPtr> ReadTypes(const json& types) {
  std::vector<cel::TermPtr> terms;
  for (const json& type : types) terms.push_back(ReadType(type));
  return terms;
}

cel::TermPtr ReadType(const json& type) {
  using Kind = cel::Term::Kind;
  if (const auto primitive = type.find("primitive"); primitive != type.end()) {
    static const std::pair<const char*, Kind> kPrimitives[] = {{"BOOL", Kind::kBool},     {"INT64", Kind::kInt},
                                                               {"UINT64", Kind::kUint},   {"DOUBLE", Kind::kDouble},
                                                               {"STRING", Kind::kString}, {"BYTES", Kind::kBytes}};
    for (const auto& [name, kind] : kPrimitives) {
      if (*primitive == name) return cel::Simple(kind);
    }
  }
  if (const auto known = type.find("wellKnown"); known != type.end()) {
    if (*known == "TIMESTAMP") return cel::Simple(Kind::kTimestamp);
    if (*known == "DURATION") return cel::Simple(Kind::kDuration);
    throw Lacking{std::string(kMessages)};
  }
  if (type.contains("dyn")) return cel::Dyn();
  if (type.contains("null")) return cel::Simple(Kind::kNull);
  if (const auto list = type.find("listType"); list != type.end()) return cel::ListTerm(ReadType(list->at("elemType")));
  if (const auto map = type.find("mapType"); map != type.end()) {
    return cel::MapTerm(ReadType(map->at("keyType")), ReadType(map->at("valueType")));
  }
  if (const auto param = type.find("typeParam"); param != type.end()) return cel::ParamTerm(*param);
  if (const auto of = type.find("type"); of != type.end()) return cel::TypeTerm(of->empty() ? nullptr : ReadType(*of));
  if (const auto abstract = type.find("abstractType"); abstract != type.end()) {
    return cel::AbstractTerm(abstract->at("name"), ReadTypes(abstract->value("parameterTypes", json::array())));
  }
  if (type.contains("messageType") || type.contains("wrapper")) throw Lacking{std::string(kMessages)};
  throw Malformed{fmt::format("the type {} is not known", type.dump())};
}

template <typename Number>
Number ReadWhole(const json& number) {
  if (!number.is_string()) return number.get<Number>();
  const auto& text = number.get_ref<const std::string&>();
  if constexpr (std::is_signed_v<Number>) return std::stoll(text);
  return static_cast<Number>(std::stoull(text));
}

double ReadDouble(const json& number) {
  if (!number.is_string()) return number.get<double>();
  const auto& text = number.get_ref<const std::string&>();
  if (text == "NaN") return std::nan("");
  if (text == "Infinity") return INFINITY;
  return text == "-Infinity" ? -INFINITY : std::stod(text);
}

std::string ReadBytes(const json& bytes) {
  std::string decoded;
  if (!absl::Base64Unescape(bytes.get<std::string>(), &decoded)) throw Malformed{"bytes are not base 64"};
  return decoded;
}

// A point in time or a duration of protobuf's JSON: {"@type": "type.googleapis.com/google.protobuf.Duration", "value":
// "1.5s"}.
Value ReadObject(const json& object, value::Arena& arena) {
  const std::string type = object.value("@type", "");
  const bool duration = type.ends_with("google.protobuf.Duration");
  if (!duration && !type.ends_with("google.protobuf.Timestamp")) throw Lacking{std::string(kMessages)};
  const Value text = value::String(arena.Copy(object.at("value").get<std::string>()));
  return value::Call(duration ? value::Function::kToDuration : value::Function::kToTimestamp, {&text, 1}, arena);
}

Value ReadValue(const json& wanted, value::Arena& arena) {
  const auto text = [&](const json& field) { return arena.Copy(field.get<std::string>()); };
  for (const auto& [form, field] : wanted.items()) {
    if (form == "nullValue") return value::Null();
    if (form == "boolValue") return value::Bool(field.get<bool>());
    if (form == "int64Value") return value::Int(ReadWhole<int64_t>(field));
    if (form == "uint64Value") return value::Uint(ReadWhole<uint64_t>(field));
    if (form == "doubleValue") return value::Double(ReadDouble(field));
    if (form == "stringValue") return value::String(text(field));
    if (form == "bytesValue") return value::Bytes(arena.Copy(ReadBytes(field)));
    if (form == "typeValue") return value::TypeNamed(text(field));
    if (form == "objectValue") return ReadObject(field, arena);
    if (form == "listValue") {
      value::ListBuilder list(arena, 0);
      for (const json& item : field.value("values", json::array())) list.Push(ReadValue(item, arena));
      return list.Finish();
    }
    if (form == "mapValue") {
      value::MapBuilder map(arena, 0);
      for (const json& entry : field.value("entries", json::array())) {
        if (map.Insert(ReadValue(entry.at("key"), arena), ReadValue(entry.at("value"), arena)).is_error()) {
          throw Malformed{"a map has a key twice"};
        }
      }
      return map.Finish();
    }
  }
  throw Malformed{fmt::format("the value {} is not known", wanted.dump())};
}

void ReadDeclarations(const json& line, Case& read) {
  for (const json& declaration : line.value("typeEnv", json::array())) {
    const std::string name = declaration.at("name");
    if (const auto ident = declaration.find("ident"); ident != declaration.end()) {
      read.environment.variables.push_back({name, ReadType(ident->at("type"))});
      continue;
    }
    for (const json& form : declaration.at("function").at("overloads")) {
      cel::Overload overload;
      overload.member = form.value("isInstanceFunction", false);
      overload.params = ReadTypes(form.value("params", json::array()));
      overload.result = ReadType(form.at("resultType"));
      read.environment.functions[name].push_back(std::move(overload));
    }
  }
}

void ReadBindings(const json& line, Case& read) {
  const json bindings = line.value("bindings", json::object());
  // What is bound without being declared has any type.
  for (const auto& [name, binding] : bindings.items()) {
    const auto& variables = read.environment.variables;
    const bool declared =
        std::any_of(variables.begin(), variables.end(), [&](const auto& v) { return v.name == name; });
    if (!declared) read.environment.variables.push_back({name, cel::Dyn()});
  }
  for (const cel::Environment::Variable& variable : read.environment.variables) {
    const auto binding = bindings.find(variable.name);
    read.bindings.push_back(binding == bindings.end() ? value::Fail(value::Error::kUnknownName)
                                                      : ReadValue(binding->at("value"), *read.values));
  }
}

void ReadWanted(const json& line, Case& read) {
  if (const auto type = line.find("type"); type != line.end() && read.environment.checked) read.type = *type;
  read.check_only = line.value("checkOnly", false);
  read.wants_error = line.contains("evalError");
  if (const auto value = line.find("value"); value != line.end()) {
    read.wanted = *value;
  } else if (const auto typed = line.find("typedResult"); typed != line.end()) {
    read.wanted = typed->value("result", json());
  } else if (!read.wants_error) {
    read.wanted = {{"boolValue", true}};
  }
}

}  // namespace

absl::StatusOr<Case> ReadCase(const std::string& text) {
  try {
    const json line = json::parse(text);
    Case read;
    read.suite = line.at("suite");
    read.name = line.at("name");
    read.expr = line.at("expr");
    if (const std::string feature = LackingFeature(read.suite, line.contains("container")); !feature.empty()) {
      throw Lacking{feature};
    }
    read.environment.checked = line.value("checked", true);
    read.environment.container = line.value("container", "");
    read.values = std::make_shared<value::Arena>();
    ReadDeclarations(line, read);
    ReadBindings(line, read);
    ReadWanted(line, read);
    if (read.wanted.contains("objectValue")) ReadValue(read.wanted, *read.values);
    return read;
  } catch (const Lacking& lacking) {
    return absl::UnimplementedError(lacking.feature);
  } catch (const Malformed& malformed) {
    return absl::InvalidArgumentError(malformed.reason);
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError("the line is no case in JSON");
  }
}

bool Equals(const Value& value, const json& wanted) {
  value::Arena arena;
  Value expected;
  try {
    expected = ReadValue(wanted, arena);
  } catch (const std::exception&) {
    return false;
  } catch (const Malformed&) {
    return false;
  }
  return SameKinds(value, expected);
}

bool SameKinds(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case value::Kind::kError:
      return false;
    case value::Kind::kDouble:
      return a.number == b.number || (std::isnan(a.number) && std::isnan(b.number));
    case value::Kind::kList:
      if (a.list->size != b.list->size) return false;
      for (uint64_t i = 0; i < a.list->size; ++i) {
        if (!SameKinds(value::ItemAt(a, i), value::ItemAt(b, i))) return false;
      }
      return true;
    case value::Kind::kMap:
      if (a.map->size != b.map->size) return false;
      for (uint64_t i = 0; i < a.map->size; ++i) {
        const Value* other = value::Find(*b.map, a.map->entries[i].key);
        if (other == nullptr || !SameKinds(a.map->entries[i].value, *other)) return false;
      }
      return true;
    case value::Kind::kOptional:
      if (a.held == nullptr || b.held == nullptr) return a.held == b.held;
      return SameKinds(*a.held, *b.held);
    default:
      return value::Same(a, b);
  }
}

std::string Describe(const Value& value) {
  if (value.is_error()) return fmt::format("error: {}", value::ErrorText(value.error()));
  value::Arena arena;
  value::ListBuilder one(arena, 1);
  one.Push(value);
  const Value args[] = {value::String("%s"), one.Finish()};
  const Value kind = value::Call(value::Function::kType, {&value, 1}, arena);
  const Value printed = value::Call(value::Function::kFormat, args, arena);
  return fmt::format("{} {}", kind.text(), printed.is_error() ? "" : printed.text());
}

}  // namespace bylaw::conformance

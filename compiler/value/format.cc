// "…%d…".format([…])
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/value/implementations.h"

namespace bylaw::value {
namespace {

constexpr int kPrecisionMax = 1'000;
constexpr int kDepthMax = 64;  // of lists in lists

bool PrintValue(const Value& value, int depth, std::string& out);

bool PrintList(const Value& list, int depth, std::string& out) {
  out += '[';
  for (uint64_t i = 0; i < list.list->size; ++i) {
    if (i > 0) out += ", ";
    if (!PrintValue(ItemAt(list, i), depth, out)) return false;
  }
  out += ']';
  return true;
}

// In the order of the keys' texts.
bool PrintMap(const Map& map, int depth, std::string& out) {
  std::vector<std::pair<std::string, std::string>> entries(map.size);
  for (uint64_t i = 0; i < map.size; ++i) {
    if (!PrintValue(map.entries[i].key, depth, entries[i].first)) return false;
    if (!PrintValue(map.entries[i].value, depth, entries[i].second)) return false;
  }
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  out += '{';
  for (size_t i = 0; i < entries.size(); ++i) {
    out += fmt::format("{}{}: {}", i > 0 ? ", " : "", entries[i].first, entries[i].second);
  }
  out += '}';
  return true;
}

// What %s prints.
bool PrintValue(const Value& value, int depth, std::string& out) {
  switch (value.kind()) {
    case Kind::kNull:
      out += "null";
      return true;
    case Kind::kBool:
      out += value.integer != 0 ? "true" : "false";
      return true;
    case Kind::kInt:
      out += std::to_string(value.integer);
      return true;
    case Kind::kUint:
      out += std::to_string(value.natural);
      return true;
    case Kind::kDouble:
      out += FixedShortest(value.number);
      return true;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kType:
      out += value.text();
      return true;
    case Kind::kDuration:
      out += PrintDuration(value.integer);
      return true;
    case Kind::kTimestamp:
      out += PrintTimestamp(value);
      return true;
    case Kind::kMoney:
      out += FormatMoney({value.integer, value.currency()});
      return true;
    case Kind::kList:
      return depth < kDepthMax && PrintList(value, depth + 1, out);
    case Kind::kMap:
      return depth < kDepthMax && PrintMap(*value.map, depth + 1, out);
    case Kind::kOptional:
    case Kind::kError:
      break;
  }
  return false;
}

bool PrintDecimal(const Value& value, std::string& out) {
  const bool number = IsNumber(value);
  return number && PrintValue(value, 0, out);
}

// A whole number in base 2, 8 or 16.
bool PrintBase(const Value& value, char clause, std::string& out) {
  const bool negative = value.is(Kind::kInt) && value.integer < 0;
  if (!value.is(Kind::kInt) && !value.is(Kind::kUint)) return false;
  const uint64_t size = negative ? 0 - value.natural : value.natural;
  if (negative) out += '-';
  switch (clause) {
    case 'b':
      out += fmt::format("{:b}", size);
      return true;
    case 'o':
      out += fmt::format("{:o}", size);
      return true;
    case 'x':
      out += fmt::format("{:x}", size);
      return true;
    default:
      out += fmt::format("{:X}", size);
      return true;
  }
}

bool PrintHex(const Value& value, char clause, std::string& out) {
  if (!value.is(Kind::kString) && !value.is(Kind::kBytes)) return PrintBase(value, clause, out);
  for (const char c : value.text()) {
    const auto byte = static_cast<unsigned char>(c);
    out += clause == 'x' ? fmt::format("{:02x}", byte) : fmt::format("{:02X}", byte);
  }
  return true;
}

bool PrintReal(const Value& value, char clause, int precision, std::string& out) {
  if (!IsNumber(value)) return false;
  const double number = AsDouble(value);
  if (!std::isfinite(number)) {
    out += FixedShortest(number);
  } else if (clause == 'f') {
    out += fmt::format("{:.{}f}", number, precision);
  } else {
    out += fmt::format("{:.{}e}", number, precision);
  }
  return true;
}

bool PrintClause(const Value& value, char clause, int precision, std::string& out) {
  switch (clause) {
    case 's':
      return PrintValue(value, 0, out);
    case 'd':
      return PrintDecimal(value, out);
    case 'f':
    case 'e':
      return PrintReal(value, clause, precision, out);
    case 'b':
      if (value.is(Kind::kBool)) {
        out += value.integer != 0 ? '1' : '0';
        return true;
      }
      return PrintBase(value, clause, out);
    case 'o':
      return PrintBase(value, clause, out);
    case 'x':
    case 'X':
      return PrintHex(value, clause, out);
    default:
      return false;
  }
}

// ".3" at text[i]: its digits; six if there is none. -1 if it is malformed.
int TakePrecision(std::string_view text, size_t& i) {
  if (i >= text.size() || text[i] != '.') return 6;
  int precision = 0;
  const size_t begin = ++i;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    precision = precision * 10 + (text[i] - '0');
    if (precision > kPrecisionMax) return -1;
  }
  return i == begin ? -1 : precision;
}

}  // namespace

Value Format(Args args, Arena& arena) {
  if (!Are(args, Kind::kString, Kind::kList)) return NoOverload();
  const std::string_view text = args[0].text();
  const Value& list = args[1];
  std::string out;
  uint64_t next = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    ++i;
    if (i < text.size() && text[i] == '%') {
      out += '%';
      continue;
    }
    const int precision = TakePrecision(text, i);
    if (precision < 0 || i >= text.size() || next >= list.list->size) return Fail(Error::kBadFormat);
    if (!PrintClause(ItemAt(list, next++), text[i], precision, out)) return Fail(Error::kBadFormat);
  }
  return String(arena.Copy(out));
}

}  // namespace bylaw::value

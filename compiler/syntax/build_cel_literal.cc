// Literals of conditions: numbers, money, text and bytes with their escapes.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "compiler/syntax/build.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;
using CK = CelExpr::Kind;

void AppendUtf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (code >> 6)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (code >> 12)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | (code >> 18)));
    out.push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  }
}

// The character that a one-letter escape stands for, or nothing.
std::optional<char> SimpleEscape(char c) {
  switch (c) {
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case '\\':
    case '?':
    case '"':
    case '\'':
    case '`':
      return c;
    default:
      return std::nullopt;
  }
}

// Reads the escape after `\` at body[i] (x, u, U or octal) into `out` and moves `i` past it; false if it is none.
bool NumericEscape(std::string_view body, size_t& i, bool bytes, std::string& out) {
  size_t digits = 0, base = 16, from = i + 1;
  switch (body[i]) {
    case 'x':
    case 'X':
      digits = 2;
      break;
    case 'u':
      digits = bytes ? 0 : 4;
      break;
    case 'U':
      digits = bytes ? 0 : 8;
      break;
    case '0':
    case '1':
    case '2':
    case '3':
      digits = 3;
      base = 8;
      from = i;
      break;
    default:
      break;
  }
  if (digits == 0 || from + digits > body.size()) return false;
  uint32_t code = 0;
  const auto [end, error] =
      std::from_chars(body.data() + from, body.data() + from + digits, code, static_cast<int>(base));
  if (error != std::errc() || end != body.data() + from + digits) return false;
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
  if (bytes) {
    out.push_back(static_cast<char>(code));
  } else {
    AppendUtf8(code, out);
  }
  i = from + digits;
  return true;
}

}  // namespace

bool Builder::Unescape(std::string_view literal, Span span, bool bytes, std::string& out) {
  bool raw = false;
  while (literal[0] != '"' && literal[0] != '\'') {
    raw |= literal[0] == 'r' || literal[0] == 'R';
    literal.remove_prefix(1);
  }
  const bool triple = literal.size() >= 6 && literal[1] == literal[0] && literal[2] == literal[0];
  const size_t quotes = triple ? 3 : 1;
  const std::string_view body = literal.substr(quotes, literal.size() - 2 * quotes);
  for (size_t i = 0; i < body.size();) {
    if (raw || body[i] != '\\') {
      out.push_back(body[i++]);
      continue;
    }
    ++i;
    if (i < body.size()) {
      if (const auto simple = SimpleEscape(body[i])) {
        out.push_back(*simple);
        ++i;
        continue;
      }
      if (NumericEscape(body, i, bytes, out)) continue;
    }
    auto& d = sink_.Add(diag::Kind::kUnexpectedText, span,
                        fmt::format("`\\{}` is no escape that a text may hold", body.substr(i, 1)));
    d.help.push_back("write `\\\\` for a backslash, or r\"…\" for a text without escapes");
    condition_failed_ = true;
    return false;
  }
  return true;
}

CelExprPtr Builder::CelLiteral(antlr4::tree::TerminalNode* terminal, bool negative) {
  const Span span = SpanOf(terminal);
  const std::string_view text = TextOf(span);
  const auto too_large = [&](std::string_view what) {
    OutOfRange(span, fmt::format("{} does not fit {}", text, what), "write a smaller number");
    condition_failed_ = true;
  };
  switch (terminal->getSymbol()->getType()) {
    case P::C_INT: {
      auto node = Node(CK::kInt, span);
      const bool hex = text.starts_with("0x");
      const std::string digits = (negative ? "-" : "") + std::string(text.substr(hex ? 2 : 0));
      const auto [end, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), node->int_value, hex ? 16 : 10);
      if (error != std::errc()) too_large("a 64-bit integer");
      return node;
    }
    case P::C_UINT: {
      auto node = Node(CK::kUint, span);
      const bool hex = text.starts_with("0x");
      const std::string_view digits = text.substr(hex ? 2 : 0, text.size() - (hex ? 3 : 1));
      const auto [end, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), node->uint_value, hex ? 16 : 10);
      if (error != std::errc()) too_large("an unsigned 64-bit integer");
      return node;
    }
    case P::C_FLOAT: {
      auto node = Node(CK::kDouble, span);
      node->double_value = std::strtod(std::string(text).c_str(), nullptr) * (negative ? -1 : 1);
      return node;
    }
    case P::C_MONEY: {
      auto node = Node(CK::kMoney, span);
      const auto money = ReadMoney((negative ? "-" : "") + std::string(text));
      if (money) {
        node->money = *money;
      } else {
        too_large("money with six decimals");
      }
      return node;
    }
    case P::C_STRING:
    case P::C_BYTES: {
      const bool bytes = terminal->getSymbol()->getType() == P::C_BYTES;
      auto node = Node(bytes ? CK::kBytes : CK::kString, span);
      Unescape(text, span, bytes, node->text);
      return node;
    }
    case P::C_NULL:
      return Node(CK::kNull, span);
    default: {
      auto node = Node(CK::kBool, span);
      node->bool_value = terminal->getSymbol()->getType() == P::C_TRUE;
      return node;
    }
  }
}

}  // namespace bylaw::syntax

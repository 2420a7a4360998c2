// Text: positions are counted in code points, contents are compared as bytes.
#include <re2/re2.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "compiler/value/implementations.h"
#include "compiler/value/search.h"

namespace bylaw::value {
namespace {

bool Continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

bool Texts(Args args) {
  return std::all_of(args.begin(), args.end(), [](const Value& value) { return value.is(Kind::kString); });
}

absl::string_view Absl(std::string_view text) { return {text.data(), text.size()}; }

template <typename Change>
Value EachAsciiChanged(Args args, Arena& arena, Change change) {
  if (!Are(args, Kind::kString)) return NoOverload();
  const std::string_view text = args[0].text();
  auto* bytes = arena.Array<char>(text.size());
  std::transform(text.begin(), text.end(), bytes, change);
  return String({bytes, text.size()});
}

}  // namespace

size_t CodePointCount(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !Continues(c); }));
}

size_t ByteOf(std::string_view text, int64_t index) {
  size_t at = 0;
  if (index < 0) return std::string_view::npos;
  for (; index > 0; --index) {
    if (at >= text.size()) return std::string_view::npos;
    ++at;
    while (at < text.size() && Continues(text[at])) ++at;
  }
  return at;
}

size_t Find(std::string_view text, std::string_view wanted, size_t from) {
  if (from > text.size()) return std::string_view::npos;
  if (wanted.empty()) return from;
  if (wanted.size() > text.size() - from) return std::string_view::npos;
  // memmem is linear whatever the texts are; string_view::find is not.
  const void* found = memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
  return found == nullptr ? std::string_view::npos : static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

bool IsValidUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (size_t k = 1; k < length; ++k) {
      if (!Continues(text[i + k])) return false;
    }
    const auto second = length > 1 ? static_cast<unsigned char>(text[i + 1]) : 0;
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
        (lead == 0xF4 && second > 0x8F)) {
      return false;
    }
    i += length;
  }
  return true;
}

Value Matches(Args args, Arena&) {
  if (!Are(args, Kind::kString, Kind::kString)) return NoOverload();
  const std::string_view text = args[0].text(), pattern = args[1].text();
  const re2::RE2 compiled(re2::StringPiece(pattern.data(), pattern.size()), re2::RE2::Quiet);
  if (!compiled.ok()) return Fail(Error::kBadPattern);
  return Bool(re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled));
}

Value StartsWith(Args args, Arena&) {
  return args.size() == 2 && Texts(args) ? Bool(args[0].text().starts_with(args[1].text())) : NoOverload();
}
Value EndsWith(Args args, Arena&) {
  return args.size() == 2 && Texts(args) ? Bool(args[0].text().ends_with(args[1].text())) : NoOverload();
}
Value Contains(Args args, Arena&) {
  if (args.size() != 2 || !Texts(args)) return NoOverload();
  return Bool(Find(args[0].text(), args[1].text(), 0) != std::string_view::npos);
}

Value CharAt(Args args, Arena&) {
  if (!Are(args, Kind::kString, Kind::kInt)) return NoOverload();
  const std::string_view text = args[0].text();
  const size_t begin = ByteOf(text, args[1].integer);
  if (begin == std::string_view::npos) return Fail(Error::kIndexOutOfRange);
  return String(text.substr(begin, ByteOf(text.substr(begin), begin < text.size() ? 1 : 0)));
}

Value IndexOf(Args args, Arena&) {
  const bool from_start = Are(args, Kind::kString, Kind::kString);
  if (!from_start && !Are(args, Kind::kString, Kind::kString, Kind::kInt)) return NoOverload();
  const std::string_view text = args[0].text();
  const size_t from = from_start ? 0 : ByteOf(text, args[2].integer);
  if (from == std::string_view::npos) return Fail(Error::kIndexOutOfRange);
  const size_t found = Find(text, args[1].text(), from);
  return Int(found == std::string_view::npos ? -1 : static_cast<int64_t>(CodePointCount(text.substr(0, found))));
}

// The last occurrence that begins at or before the position, where there is one. Every occurrence is looked at once:
// the search goes on behind the last one found, so that its cost is that of one search.
Value LastIndexOf(Args args, Arena&) {
  const bool from_end = Are(args, Kind::kString, Kind::kString);
  if (!from_end && !Are(args, Kind::kString, Kind::kString, Kind::kInt)) return NoOverload();
  const std::string_view text = args[0].text(), wanted = args[1].text();
  const size_t last = from_end ? text.size() : ByteOf(text, args[2].integer);
  if (last == std::string_view::npos) return Fail(Error::kIndexOutOfRange);
  if (wanted.size() > text.size()) return Int(-1);
  const size_t found = text.rfind(wanted, last);
  return Int(found == std::string_view::npos ? -1 : static_cast<int64_t>(CodePointCount(text.substr(0, found))));
}

Value Substring(Args args, Arena&) {
  const bool to_end = Are(args, Kind::kString, Kind::kInt);
  if (!to_end && !Are(args, Kind::kString, Kind::kInt, Kind::kInt)) return NoOverload();
  const std::string_view text = args[0].text();
  const size_t begin = ByteOf(text, args[1].integer);
  const size_t end = to_end ? text.size() : ByteOf(text, args[2].integer);
  if (begin == std::string_view::npos || end == std::string_view::npos || begin > end) {
    return Fail(Error::kIndexOutOfRange);
  }
  return String(text.substr(begin, end - begin));
}

Value LowerAscii(Args args, Arena& arena) {
  return EachAsciiChanged(args, arena, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}
Value UpperAscii(Args args, Arena& arena) {
  return EachAsciiChanged(args, arena, [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
}

Value Reverse(Args args, Arena& arena) {
  if (!Are(args, Kind::kString)) return NoOverload();
  const std::string_view text = args[0].text();
  auto* bytes = arena.Array<char>(text.size());
  size_t at = text.size();
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin + 1;
    while (end < text.size() && Continues(text[end])) ++end;
    at -= end - begin;
    std::copy(text.begin() + static_cast<ptrdiff_t>(begin), text.begin() + static_cast<ptrdiff_t>(end), bytes + at);
    begin = end;
  }
  return String({bytes, text.size()});
}

Value Trim(Args args, Arena&) {
  if (!Are(args, Kind::kString)) return NoOverload();
  // White space of Unicode: White_Space=yes.
  constexpr std::string_view kSpaces[] = {"\t",     "\n",     "\v",     "\f",     "\r",     " ",      "\u0085",
                                          "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004",
                                          "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200A", "\u2028",
                                          "\u2029", "\u202F", "\u205F", "\u3000"};
  std::string_view text = args[0].text();
  const auto strip = [&](auto touches, auto cut) {
    while (true) {
      const auto* space = std::find_if(std::begin(kSpaces), std::end(kSpaces), touches);
      if (space == std::end(kSpaces)) return;
      cut(space->size());
    }
  };
  strip([&](std::string_view s) { return text.starts_with(s); }, [&](size_t n) { text.remove_prefix(n); });
  strip([&](std::string_view s) { return text.ends_with(s); }, [&](size_t n) { text.remove_suffix(n); });
  return String(text);
}

Value Base64Encode(Args args, Arena& arena) {
  return Are(args, Kind::kBytes) ? String(arena.Copy(absl::Base64Escape(Absl(args[0].text())))) : NoOverload();
}

Value Base64Decode(Args args, Arena& arena) {
  if (!Are(args, Kind::kString)) return NoOverload();
  std::string decoded;
  if (!absl::Base64Unescape(Absl(args[0].text()), &decoded)) return Fail(Error::kBadArgument);
  return Bytes(arena.Copy(decoded));
}

}  // namespace bylaw::value

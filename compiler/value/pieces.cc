// Texts in pieces: join, split, replace, quote.
#include <limits>

#include "compiler/value/aggregate.h"
#include "compiler/value/implementations.h"
#include "compiler/value/search.h"

namespace bylaw::value {
namespace {

// The piece before the next `separator` in text[from…], where an empty separator stands between code points; npos as
// end if there is none.
struct Piece {
  size_t end = std::string_view::npos;  // of the piece
  size_t next = 0;                      // behind the separator
};
Piece NextPiece(std::string_view text, size_t from, std::string_view separator) {
  if (!separator.empty()) {
    const size_t found = Find(text, separator, from);
    return {found, found + separator.size()};
  }
  const size_t step = ByteOf(text.substr(from), 1);
  if (step == std::string_view::npos || from + step >= text.size()) return {};
  return {from + step, from + step};
}

// A limit on pieces or replacements; a negative one is none.
uint64_t LimitOf(Args args, size_t index) {
  const bool none = args.size() <= index || args[index].integer < 0;
  return none ? std::numeric_limits<uint64_t>::max() : args[index].natural;
}

std::string_view EscapeOf(char c) {
  switch (c) {
    case '\a':
      return "\\a";
    case '\b':
      return "\\b";
    case '\f':
      return "\\f";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case '\v':
      return "\\v";
    case '\\':
      return "\\\\";
    case '"':
      return "\\\"";
    default:
      return {};
  }
}

}  // namespace

Value Join(Args args, Arena& arena) {
  const bool bare = Are(args, Kind::kList);
  if (!bare && !Are(args, Kind::kList, Kind::kString)) return NoOverload();
  const std::string_view separator = bare ? std::string_view() : args[1].text();
  const Value& list = args[0];
  std::string joined;
  for (uint64_t i = 0; i < list.list->size; ++i) {
    const Value item = ItemAt(list, i);
    if (!item.is(Kind::kString)) return Fail(Error::kBadArgument);
    if (i > 0) joined += separator;
    joined += item.text();
  }
  return String(arena.Copy(joined));
}

Value Split(Args args, Arena& arena) {
  if (!Are(args, Kind::kString, Kind::kString) && !Are(args, Kind::kString, Kind::kString, Kind::kInt)) {
    return NoOverload();
  }
  const std::string_view text = args[0].text();
  const uint64_t limit = LimitOf(args, 2);
  ListBuilder pieces(arena, 4);
  if (limit == 0 || (text.empty() && args[1].text().empty())) return pieces.Finish();
  size_t from = 0;
  for (uint64_t made = 1; made < limit; ++made) {
    const Piece piece = NextPiece(text, from, args[1].text());
    if (piece.end == std::string_view::npos) break;
    pieces.Push(String(text.substr(from, piece.end - from)));
    from = piece.next;
  }
  pieces.Push(String(text.substr(from)));
  return pieces.Finish();
}

Value Replace(Args args, Arena& arena) {
  const bool all = Are(args, Kind::kString, Kind::kString, Kind::kString);
  if (!all && !Are(args, Kind::kString, Kind::kString, Kind::kString, Kind::kInt)) return NoOverload();
  const std::string_view text = args[0].text(), old = args[1].text(), instead = args[2].text();
  const uint64_t limit = LimitOf(args, 3);
  std::string replaced;
  size_t from = 0;
  uint64_t made = 0;
  // An empty text is found before the first code point too.
  if (old.empty() && limit > 0) {
    replaced += instead;
    ++made;
  }
  for (; made < limit; ++made) {
    const Piece piece = NextPiece(text, from, old);
    if (piece.end == std::string_view::npos) break;
    replaced += text.substr(from, piece.end - from);
    replaced += instead;
    from = piece.next;
  }
  replaced += text.substr(from);
  if (old.empty() && made < limit && !text.empty()) replaced += instead;
  return String(arena.Copy(replaced));
}

Value Quote(Args args, Arena& arena) {
  if (!Are(args, Kind::kString)) return NoOverload();
  std::string quoted = "\"";
  for (const char c : args[0].text()) {
    const std::string_view escape = EscapeOf(c);
    if (escape.empty()) {
      quoted += c;
    } else {
      quoted += escape;
    }
  }
  return String(arena.Copy(quoted + "\""));
}

}  // namespace bylaw::value

// Searching text in time linear in both texts.
#ifndef BYLAW_COMPILER_VALUE_SEARCH_H_
#define BYLAW_COMPILER_VALUE_SEARCH_H_

#include <cstddef>
#include <string_view>

namespace bylaw::value {

// The byte at which `wanted` begins first at or after byte `from`, or npos. The empty text is found everywhere.
size_t Find(std::string_view text, std::string_view wanted, size_t from);

// Code points of UTF-8 text: what `size` counts.
size_t CodePointCount(std::string_view text);

}  // namespace bylaw::value

#endif  // BYLAW_COMPILER_VALUE_SEARCH_H_

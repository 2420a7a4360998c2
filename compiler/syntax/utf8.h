// Whether text is UTF-8. Pure.
#ifndef BYLAW_COMPILER_SYNTAX_UTF8_H_
#define BYLAW_COMPILER_SYNTAX_UTF8_H_

#include <cstddef>
#include <optional>
#include <string_view>

namespace bylaw::syntax {

// Offset of the first byte that is not UTF-8 (surrogates and overlong forms are not), or nothing.
std::optional<size_t> FirstInvalidUtf8(std::string_view text);

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_UTF8_H_

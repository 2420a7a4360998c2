// What the standard library could bring, for help lines: `use std.places`.
#ifndef BYLAW_COMPILER_SEMA_LIBRARY_H_
#define BYLAW_COMPILER_SEMA_LIBRARY_H_

#include <string_view>

namespace bylaw::sema {

// Whether the text of std.MODULE has `word` as a word of its own.
bool LibraryHasWord(std::string_view module, std::string_view word);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_LIBRARY_H_

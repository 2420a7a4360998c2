// The value of a CSV cell: the literals of the language, written in a table.
//
// Internal to sema/. What is no literal becomes a name; the sentence that the cell stands for says what is wrong.
#ifndef BYLAW_COMPILER_SEMA_CELL_VALUE_H_
#define BYLAW_COMPILER_SEMA_CELL_VALUE_H_

#include <string_view>

#include "compiler/syntax/ast.h"

namespace bylaw::sema {

syntax::Value CellValue(std::string_view text, source::Span span);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_CELL_VALUE_H_

// `bylaw fmt`: the one way a file is laid out.
//
// Two spaces a block, one space between words, four more where a list or a condition goes on below; digits grouped by
// `_`, money with two decimals if any, times with two digits, units in the number that agrees with their value;
// comments and blank lines stay where they were, but never two blank lines together, none at the ends of a block. Words
// are never added, left out or exchanged otherwise: the tree of the result is the tree of the source, and formatting
// twice changes nothing more. Pure functions.
#ifndef BYLAW_COMPILER_FORMAT_FORMAT_H_
#define BYLAW_COMPILER_FORMAT_FORMAT_H_

#include <optional>
#include <string>

#include "compiler/diag/diagnostic.h"
#include "compiler/source/source.h"

namespace bylaw::format {

// The text of `file` as it should stand. Nothing, and the reasons in `sink`, if the file cannot be read without a
// mistake: a text that is not understood is not touched.
std::optional<std::string> Format(const source::SourceSet& sources, source::FileId file, diag::Sink& sink);

}  // namespace bylaw::format

#endif  // BYLAW_COMPILER_FORMAT_FORMAT_H_

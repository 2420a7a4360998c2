// The text that tidy looks at: every text file below a root, and for C++ the same lines with comments and literals
// blanked out.
//
// Owns reading and blanking; entry points ReadTree and MakeSourceFile. Values are immutable once made.
#ifndef BYLAW_TOOLS_TIDY_SOURCE_FILE_H_
#define BYLAW_TOOLS_TIDY_SOURCE_FILE_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bylaw::tidy {

struct SourceFile {
  std::string path;  // relative to the root, with '/'
  std::vector<std::string> lines;
  // C++ only, else empty: `lines` with comments, and what stands between quotes, replaced by spaces. Same count, same
  // columns.
  std::vector<std::string> code;
};

// True for .h, .cc and .def.
bool IsCpp(std::string_view path);

SourceFile MakeSourceFile(std::string path, std::string_view text);

// All text files below `root`, ordered by path; build folders and .git are left out.
std::vector<SourceFile> ReadTree(const std::filesystem::path& root);

// `text` with comments and the inside of string and character literals replaced by spaces; line breaks stay.
std::string BlankCommentsAndLiterals(std::string_view text);

}  // namespace bylaw::tidy

#endif  // BYLAW_TOOLS_TIDY_SOURCE_FILE_H_

// Where the functions of a C++ file begin and end, found by braces and the words before them rather than by a compiler:
// exact for code formatted as ours is.
#ifndef BYLAW_TOOLS_TIDY_FUNCTIONS_H_
#define BYLAW_TOOLS_TIDY_FUNCTIONS_H_

#include <string>
#include <vector>

#include "tools/tidy/source_file.h"

namespace bylaw::tidy {

struct Function {
  std::string name;    // the word before the parameter list: "Parse", "Queue::Push", "TEST_F"
  int first_line = 0;  // of the declaration, from 1
  int last_line = 0;   // of the closing brace
  std::string body;    // blanked text between the braces
};

// Outermost functions in order of their end; a lambda belongs to the function around it.
std::vector<Function> FindFunctions(const SourceFile& file);

}  // namespace bylaw::tidy

#endif  // BYLAW_TOOLS_TIDY_FUNCTIONS_H_

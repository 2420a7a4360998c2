#include "compiler/sema/library.h"

#include "stdlib.h"

namespace bylaw::sema {

bool LibraryHasWord(std::string_view module, std::string_view word) {
  for (const stdlib::EmbeddedFile& file : stdlib::EmbeddedFiles()) {
    if (file.name.substr(0, file.name.rfind('.')) != module) continue;
    for (size_t at = file.text.find(word); at != std::string_view::npos; at = file.text.find(word, at + 1)) {
      const auto part_of_name = [&](size_t i) {
        const char c = i < file.text.size() ? file.text[i] : ' ';
        return c == '-' || c == '_' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
               (c >= 'A' && c <= 'Z');
      };
      const bool begins = at == 0 || !part_of_name(at - 1);
      if (begins && !part_of_name(at + word.size())) return true;
    }
  }
  return false;
}

}  // namespace bylaw::sema

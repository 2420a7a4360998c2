# Writes OUT.h and OUT.cc for bylaw_embed. Long texts are split, since compilers limit the length of one literal.
string(REPLACE "," ";" FILES "${FILES}")
string(TOUPPER "${NAME}" upper)
file(WRITE ${OUT}.h "// Generated from the files it embeds.
#ifndef BYLAW_EMBEDDED_${upper}_H_
#define BYLAW_EMBEDDED_${upper}_H_
#include <span>
#include <string_view>
namespace ${NAMESPACE} {
struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};
std::span<const EmbeddedFile> EmbeddedFiles();
}  // namespace ${NAMESPACE}
#endif  // BYLAW_EMBEDDED_${upper}_H_
")
set(body "#include \"${NAME}.h\"\n#include <iterator>\nnamespace ${NAMESPACE} {\nnamespace {\n")
set(rows "")
set(index 0)
foreach(path IN LISTS FILES)
  file(READ "${path}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  get_filename_component(file_name "${path}" NAME)
  string(APPEND body "const unsigned char kText${index}[] = {${bytes}0};\n")
  string(APPEND rows "    {\"${file_name}\", {reinterpret_cast<const char*>(kText${index}), sizeof kText${index} - 1}},\n")
  math(EXPR index "${index} + 1")
endforeach()
string(APPEND body "const EmbeddedFile kFiles[] = {\n${rows}};\n}  // namespace\nstd::span<const EmbeddedFile> EmbeddedFiles() { return kFiles; }\n}  // namespace ${NAMESPACE}\n")
file(WRITE ${OUT}.cc "${body}")

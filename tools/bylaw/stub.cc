#include "compiler/sema/analyze.h"
#include "compiler/syntax/parse.h"
namespace bylaw {
namespace syntax {
std::string DumpTokens(const source::SourceSet&, source::FileId) { return ""; }
std::string DumpAst(const source::SourceSet&, const File&) { return ""; }
}  // namespace syntax
namespace sema {
std::string DumpProgram(const Program&) { return ""; }
}  // namespace sema
}  // namespace bylaw

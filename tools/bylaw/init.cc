// `bylaw init`: a starter policy that proves and tests clean, with a pre-commit hook and a CI job.

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "starter.h"
#include "tools/bylaw/commands.h"

namespace bylaw::cli {
namespace {

namespace fs = std::filesystem;

struct NewFile {
  fs::path path;  // below the folder
  std::string_view text;
  std::string_view about;
  bool program = false;
};

NewFile Placed(const starter::EmbeddedFile& file) {
  if (file.name == "pre-commit") {
    return {".githooks/pre-commit", file.text, "lets no commit through whose policy does not prove", true};
  }
  if (file.name == "bylaw.yml") return {".github/workflows/bylaw.yml", file.text, "the same in CI, with annotations"};
  const std::string_view about = file.name == "world.bylaw"  ? "endpoints, stores, reviewers, pools, and where they are"
                                 : file.name == "work.bylaw" ? "workflows, rules, what happens when money runs short"
                                 : file.name == "tiers.bylaw"   ? "what each plan promises"
                                 : file.name == "tenants.bylaw" ? "your customers, and what must hold for them"
                                                                : "the promises, as tests";
  return {fs::path("policy") / file.name, file.text, about};
}

bool Write(const fs::path& path, const NewFile& file) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream out(path, std::ios::binary);
  out << file.text;
  out.close();
  if (file.program) {
    fs::permissions(path, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec, fs::perm_options::add,
                    error);
  }
  return out && !error;
}

}  // namespace

int RunInit(const Options& options, const std::string& folder) {
  std::vector<NewFile> files;
  std::vector<std::string> there;
  for (const starter::EmbeddedFile& embedded : starter::EmbeddedFiles()) {
    files.push_back(Placed(embedded));
    std::error_code error;
    const fs::path path = folder / files.back().path;
    if (fs::exists(path, error)) there.push_back(path.lexically_normal().string());
  }
  if (!there.empty()) {
    return Fail(fmt::format("nothing was written, for these are there already: {}", fmt::join(there, ", ")));
  }
  std::string text;
  for (const NewFile& file : files) {
    const std::string path = (folder / file.path).lexically_normal().string();
    if (!Write(path, file)) return Fail(fmt::format("cannot write {}", path));
    text += fmt::format("  {:<32} {}\n", path, file.about);
  }
  const std::string in = folder == "." ? "" : fmt::format("cd {}\n  ", folder);
  text += fmt::format(
      "\nNext:\n  {}bylaw verify policy        # prove it, at every date for a year\n"
      "  bylaw test policy          # the promises, as tests anyone can read\n"
      "  bylaw show tenant european-clinic policy\n"
      "  git config core.hooksPath .githooks\n"
      "Then make the files say what you promise: each is a page long.\n",
      in);
  return Emit(options, text, kClean);
}

}  // namespace bylaw::cli

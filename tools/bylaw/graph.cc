// `bylaw graph workflow X`: the workflow drawn, as DOT or, by Graphviz, as SVG or PNG.

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/diag/render.h"
#include "compiler/driver/compile.h"
#include "tools/bylaw/commands.h"
#include "tools/bylaw/graph_dot.h"

namespace bylaw::cli {
namespace {

// A file that lives as long as this.
class ScratchFile {
 public:
  explicit ScratchFile(std::string_view text) {
    const int file = mkstemp(path_.data());
    ok_ = file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (file >= 0) close(file);
  }
  ~ScratchFile() {
    if (ok_) unlink(path_.c_str());
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  bool ok() const { return ok_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/bylaw-graph-XXXXXX";
  bool ok_ = false;
};

// What Graphviz makes of `dot`, or why it does not.
absl::StatusOr<std::string> Drawn(const std::string& dot, Format format) {
  const ScratchFile scratch(dot);
  if (!scratch.ok()) return absl::InternalError("cannot write a file under /tmp");
  const std::string command = fmt::format("dot -T{} {} 2>/dev/null", FormatName(format), scratch.path());
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return absl::InternalError("cannot start dot");
  std::string out;
  char buffer[1 << 14];
  for (size_t n = 0; (n = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0;) out.append(buffer, n);
  const int status = pclose(pipe);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
    return absl::UnavailableError(
        "drawing needs Graphviz (on Debian: apt-get install graphviz); `--format dot` does without");
  }
  if (status != 0 || out.empty()) return absl::InternalError("Graphviz could not draw the workflow");
  return out;
}

template <typename Table>
std::string NoSuch(std::string_view noun, const std::string& name, const Table& table) {
  std::vector<std::string_view> names;
  for (const auto& row : table) names.push_back(row.name);
  const std::string nearest = diag::NearestName(name, names);
  if (!nearest.empty()) return fmt::format("there is no {} {}; did you mean {}?", noun, name, nearest);
  return fmt::format("there is no {} {}{}", noun, name,
                     names.size() <= 12 ? fmt::format("; the policy has {}", fmt::join(names, ", ")) : "");
}

template <typename IdType, typename Table>
IdType Find(const Table& table, const std::string& name) {
  for (uint32_t i = 0; i < table.size(); ++i) {
    if (table[i].name == name) return IdType(i);
  }
  return IdType::None();
}

}  // namespace

int RunGraph(const Options& options, const GraphFlags& flags) {
  const auto compile = ToCompileOptions(options, flags.paths);
  if (!compile) return kUsage;
  absl::StatusOr<driver::Compilation> compilation = driver::Check(*compile);
  if (!compilation.ok()) return Fail(std::string(compilation.status().message()));
  if (compilation->sink.has_errors()) {
    for (const diag::Diagnostic& d : compilation->sink.diagnostics()) {
      std::fputs((diag::RenderText(*compilation->sources, d, {}) + "\n").c_str(), stderr);
    }
    return kViolation;
  }
  const sema::Program& program = *compilation->program;
  const auto workflow = Find<WorkflowId>(program.workflows, flags.workflow);
  if (!workflow.valid()) return Fail(NoSuch("workflow", flags.workflow, program.workflows));
  TenantId tenant;
  if (!flags.tenant.empty()) {
    tenant = Find<TenantId>(program.tenants, flags.tenant);
    if (!tenant.valid()) return Fail(NoSuch("tenant", flags.tenant, program.tenants));
  }
  const std::string dot = WorkflowDot(verify::Facts(program), workflow, tenant);
  std::map<Format, std::string> pictures;
  for (const Output& output : options.writes) {
    if (output.format != Format::kSvg && output.format != Format::kPng) continue;
    absl::StatusOr<std::string> picture = Drawn(dot, output.format);
    if (!picture.ok()) return Fail(std::string(picture.status().message()));
    pictures[output.format] = *std::move(picture);
  }
  return Emit(
      options,
      [&](const Options&, Format format) {
        const auto picture = pictures.find(format);
        return picture == pictures.end() ? dot : picture->second;
      },
      kClean);
}

}  // namespace bylaw::cli

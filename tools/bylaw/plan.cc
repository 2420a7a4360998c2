// `bylaw plan OLD NEW`: what a change means, for folders, files and git revisions.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/diag/render.h"
#include "compiler/driver/compare.h"
#include "compiler/driver/compile.h"
#include "compiler/sema/legality.h"
#include "tools/bylaw/commands.h"
#include "tools/bylaw/demonstrate.h"
#include "tools/bylaw/plan_report.h"
#include "tools/bylaw/revision.h"

namespace bylaw::cli {
namespace {

// One of the two policies: a path on disk, or a revision of a folder.
struct Side {
  std::string name;  // as it was given
  std::string path;
  std::string revision;  // empty: the path as it is on disk
};

struct Sides {
  Side before, after;
};

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

absl::StatusOr<Sides> SidesOf(const std::vector<std::string>& words) {
  const size_t dots = words[0].find("..");
  if (words[0].find("...") != std::string::npos && !Exists(words[0])) {
    return absl::InvalidArgumentError(fmt::format("{}: write two dots, `{}`, or name both policies", words[0],
                                                  std::string(words[0]).replace(words[0].find("..."), 3, "..")));
  }
  if (dots != std::string::npos && !Exists(words[0])) {
    if (words.size() > 2) return absl::InvalidArgumentError("after OLD..NEW comes at most the policy's folder");
    const std::string folder = words.size() > 1 ? words[1] : ".";
    const auto revision = [](std::string text) { return text.empty() ? std::string("HEAD") : text; };
    const std::string before = revision(words[0].substr(0, dots)), after = revision(words[0].substr(dots + 2));
    return Sides{{before, folder, before}, {after, folder, after}};
  }
  if (words.size() < 2) {
    return absl::InvalidArgumentError(
        "plan takes two policies, `bylaw plan OLD NEW`, or revisions, `bylaw plan main..HEAD`");
  }
  const bool first = Exists(words[0]), second = Exists(words[1]);
  if (words.size() > 2 && (first || second)) {
    return absl::InvalidArgumentError("plan takes two policies; a third word is the folder of two git revisions");
  }
  // A revision is of the folder that stands beside it.
  const std::string folder = words.size() > 2 ? words[2] : (first ? words[0] : (second ? words[1] : "."));
  const auto side = [&](const std::string& word, bool on_disk) {
    return on_disk ? Side{word, word, ""} : Side{word, folder, word};
  };
  return Sides{side(words[0], first), side(words[1], second)};
}

// The policy of one side, without mistakes: kClean; or the exit code, after what is wrong has been printed.
int Load(const Options& options, const Side& side, driver::Compilation* out) {
  const bool on_disk = side.revision.empty();
  std::optional<driver::CompileOptions> compile =
      ToCompileOptions(options, on_disk ? std::vector<std::string>{side.path} : std::vector<std::string>());
  if (!compile) return kUsage;
  if (!on_disk) {
    const absl::Status read = LoadRevision(side.path, side.revision, *compile);
    if (!read.ok()) return Fail(std::string(read.message()));
  }
  absl::StatusOr<driver::Compilation> compilation = driver::Check(*compile);
  if (!compilation.ok()) return Fail(std::string(compilation.status().message()));
  *out = *std::move(compilation);
  if (!out->sink.has_errors()) return kClean;
  std::string text;
  for (const diag::Diagnostic& d : out->sink.diagnostics()) {
    if (d.severity == diag::Severity::kError) text += diag::RenderText(*out->sources, d, {}) + "\n";
  }
  std::fputs(fmt::format("{}nothing was compared: {} has mistakes\n", text, side.name).c_str(), stderr);
  return kViolation;
}

int CodeOf(const PlanFlags& flags, const PlanHeading& heading, const driver::Comparison& comparison) {
  if (!comparison.internal_errors.empty()) return kUsage;
  if (heading.errors > 0) return kViolation;
  if (!flags.exit_code) return kClean;
  if (comparison.report.undecided()) return kUndecided;
  return comparison.report.any() ? kChanges : kClean;
}

}  // namespace

int RunPlan(const Options& options, const PlanFlags& flags) {
  const absl::StatusOr<Sides> sides = SidesOf(flags.policies);
  if (!sides.ok()) return Fail(std::string(sides.status().message()));
  driver::Compilation before, after;
  if (const int code = Load(options, sides->before, &before); code != kClean) return code;
  if (const int code = Load(options, sides->after, &after); code != kClean) return code;
  driver::Verify(before);
  driver::Verify(after);
  PlanHeading heading;
  heading.before = sides->before.name;
  heading.after = sides->after.name;
  heading.as_of = sema::DateAt(*after.program, after.program->activation_ns);
  heading.errors = after.verified ? 0 : std::max<size_t>(1, after.sink.error_count());
  const absl::StatusOr<driver::Comparison> comparison = driver::ComparePolicies(before, after);
  if (!comparison.ok()) return Fail(std::string(comparison.status().message()));
  heading.demonstrations = Demonstrate(*comparison);
  for (const std::string& error : comparison->internal_errors) {
    Fail(fmt::format("this is a bug of ours, please report it: {}", error));
  }
  return Emit(
      options, [&](const Options& how, Format format) { return RenderPlan(how, format, heading, *comparison); },
      CodeOf(flags, heading, *comparison));
}

}  // namespace bylaw::cli

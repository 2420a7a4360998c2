#include "tools/bylaw/verify_cache.h"

#include <algorithm>
#include <utility>

#include "compiler/source/source.h"
#include "tools/bylaw/cache_entry.h"
#include "tools/bylaw/options.h"
#include "tools/bylaw/policy_units.h"

namespace bylaw::cli {
namespace {

using driver::CompileOptions;
using driver::TextFile;

// The policy's files as they are now, in the order in which a run reads them, with the tables that the last run read.
// Nothing if the policy has other files now, or one cannot be read.
std::optional<std::vector<TextFile>> ReadAgain(const CompileOptions& options, const std::vector<TextFile>& before) {
  const absl::StatusOr<std::vector<std::string>> paths = driver::CollectFiles(options.paths);
  if (!paths.ok()) return std::nullopt;
  std::vector<std::string> policies;
  for (const TextFile& text : before) {
    if (text.path.ends_with(".bylaw")) policies.push_back(text.path);
  }
  if (policies != *paths) return std::nullopt;
  std::vector<TextFile> now;
  for (const TextFile& text : before) {
    source::SourceSet reading;
    source::FileId file;
    if (!reading.AddFromDisk(text.path, &file).ok()) return std::nullopt;
    now.push_back({text.path, std::string(reading.text(file))});
  }
  return now;
}

bool SameTexts(const std::vector<TextFile>& a, const std::vector<TextFile>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const TextFile& x, const TextFile& y) { return x.path == y.path && x.text == y.text; });
}

// The policy in memory: nothing is read from disk.
CompileOptions InMemory(const CompileOptions& options, const std::vector<TextFile>& texts) {
  CompileOptions in_memory = options;
  in_memory.paths.clear();
  in_memory.texts = texts;
  in_memory.read = [](const std::string& path) -> absl::StatusOr<std::string> {
    return absl::NotFoundError("not part of this policy: " + path);
  };
  return in_memory;
}

// Whether the edit surely changes nothing of what is said.
bool ChangesNothing(const CompileOptions& options, const CacheEntry& entry, const UnitEdit& edit,
                    const JudgeFn& judge) {
  if (entry.code != kClean) return false;
  if (edit.moves) {  // what is said of later lines of that file would have other numbers
    for (const auto& [form, words] : entry.forms) {
      if (words.find(edit.path) != std::string::npos) return false;
    }
  }
  const absl::StatusOr<Judged> before = judge(InMemory(options, edit.before), edit.tenants);
  if (!before.ok() || before->code != kClean || !before->worth_keeping) return false;
  const absl::StatusOr<Judged> after = judge(InMemory(options, edit.after), edit.tenants);
  return after.ok() && after->code == kClean && after->worth_keeping && before->everything == after->everything &&
         before->shared.size() == edit.tenants.size() && before->shared == after->shared;
}

void Store(const std::string& folder, const CacheEntry& entry) {
  if (const absl::Status stored = WriteEntry(folder, entry); !stored.ok()) Fail(std::string(stored.message()));
}

}  // namespace

absl::StatusOr<Answer> JudgeWithCache(const std::string& folder, const std::string& question,
                                      const CompileOptions& options, const JudgeFn& judge) {
  if (std::optional<CacheEntry> entry = ReadEntry(folder, question)) {
    std::optional<std::vector<TextFile>> now = ReadAgain(options, entry->texts);
    if (now && SameTexts(*now, entry->texts)) return Answer{entry->code, std::move(entry->forms), Found::kSame};
    if (now) {
      const std::optional<UnitEdit> edit = FindUnitEdit(entry->texts, *now);
      if (edit && ChangesNothing(options, *entry, *edit, judge)) {
        entry->texts = *std::move(now);
        Store(folder, *entry);
        return Answer{entry->code, std::move(entry->forms), Found::kEdit};
      }
    }
  }
  absl::StatusOr<Judged> judged = judge(options, {});
  if (!judged.ok()) return judged.status();
  if (judged->worth_keeping) Store(folder, {question, judged->code, judged->forms, std::move(judged->texts)});
  return Answer{judged->code, std::move(judged->forms), Found::kNothing};
}

}  // namespace bylaw::cli

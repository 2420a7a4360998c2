#include "tools/bylaw/revision.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/source/source.h"
#include "tools/bylaw/subprocess.h"

namespace bylaw::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kListingBytesMax = size_t{64} << 20;

class Repository {
 public:
  explicit Repository(std::string folder) : folder_(std::move(folder)) {}

  // What git prints, without the end of the last line.
  absl::StatusOr<std::string> Git(const std::vector<std::string>& words, size_t bytes_max = kListingBytesMax) const {
    std::vector<std::string> all = {"git", "-C", folder_, "--no-pager", "--no-replace-objects"};
    all.insert(all.end(), words.begin(), words.end());
    absl::StatusOr<Finished> finished = RunToEnd(all, bytes_max);
    if (!finished.ok()) return finished.status();
    if (finished->code != 0) {
      const std::string why = finished->err.substr(0, finished->err.find('\n'));
      return absl::NotFoundError(why.empty() ? fmt::format("git {} failed", words[0]) : why);
    }
    return std::move(finished->out);
  }

 private:
  std::string folder_;
};

std::string WithoutNewline(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

struct Blob {
  std::string hash, path;  // as seen from the root of the repository
};

// Regular files of a listing by `git ls-tree -r -z`: "100644 blob HASH\tPATH\0".
std::vector<Blob> ParseListing(std::string_view listing) {
  std::vector<Blob> blobs;
  while (!listing.empty()) {
    const size_t end = std::min(listing.find('\0'), listing.size());
    const std::string_view row = listing.substr(0, end);
    listing.remove_prefix(std::min(end + 1, listing.size()));
    const size_t tab = row.find('\t');
    if (tab == std::string_view::npos || !row.starts_with("100")) continue;
    const std::string_view head = row.substr(0, tab);
    blobs.push_back({std::string(head.substr(head.rfind(' ') + 1)), std::string(row.substr(tab + 1))});
  }
  return blobs;
}

}  // namespace

absl::Status LoadRevision(const std::string& folder, const std::string& revision, driver::CompileOptions& options) {
  // A revision is data for git, never one of its options.
  if (revision.empty() || revision[0] == '-') {
    return absl::NotFoundError(fmt::format("\"{}\" is neither a path nor a git revision", revision));
  }
  const Repository repository(folder);
  absl::StatusOr<std::string> prefix = repository.Git({"rev-parse", "--show-prefix"});
  if (!prefix.ok()) {
    return absl::NotFoundError(fmt::format("there is no file or folder {}, and {} is not in a git repository ({})",
                                           revision, folder, std::string(prefix.status().message())));
  }
  absl::StatusOr<std::string> commit = repository.Git({"rev-parse", "--verify", "--quiet", revision + "^{commit}"});
  if (!commit.ok()) {
    return absl::NotFoundError(fmt::format("there is no file or folder {}, and no such git revision", revision));
  }
  const std::string hash = WithoutNewline(*commit), root = WithoutNewline(*prefix);
  std::vector<std::string> list = {"ls-tree", "-r", "-z", "--full-tree", hash};
  if (!root.empty()) list.insert(list.end(), {"--", root});
  const absl::StatusOr<std::string> listing = repository.Git(list);
  if (!listing.ok()) return listing.status();

  const fs::path shown(folder);
  for (const Blob& blob : ParseListing(*listing)) {
    if (!blob.path.starts_with(root)) continue;
    const std::string below = blob.path.substr(root.size());
    if (!driver::BelongsToFolder(below)) continue;
    absl::StatusOr<std::string> text = repository.Git({"cat-file", "blob", blob.hash}, source::kFileBytesMax);
    if (!text.ok()) return text.status();
    options.texts.push_back({(shown / below).lexically_normal().string(), *std::move(text)});
  }
  if (options.texts.empty()) {
    return absl::NotFoundError(fmt::format("{} has no .bylaw files at revision {}", folder, revision));
  }
  std::sort(options.texts.begin(), options.texts.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  options.read = [repository, hash, root, shown, revision](const std::string& path) -> absl::StatusOr<std::string> {
    const fs::path below = fs::path(path).lexically_relative(shown.lexically_normal());
    const std::string inside = (fs::path(root) / below).lexically_normal().string();
    if (path.starts_with('/') != shown.is_absolute() || inside.empty() || inside.starts_with("..")) {
      return absl::NotFoundError(fmt::format("{} is outside the repository", path));
    }
    absl::StatusOr<std::string> text =
        repository.Git({"cat-file", "blob", fmt::format("{}:{}", hash, inside)}, source::kFileBytesMax);
    if (text.ok() || absl::IsResourceExhausted(text.status())) return text;
    return absl::NotFoundError(fmt::format("there is no {} at revision {}", path, revision));
  };
  return absl::OkStatus();
}

}  // namespace bylaw::cli

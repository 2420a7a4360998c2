#include "tools/bylaw/cache_entry.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <link.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "compiler/source/source.h"
#include "runtime/audit/signing.h"

namespace bylaw::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "bylaw verify cache 1\n";
constexpr size_t kDigestBytes = 32;
constexpr size_t kEntryBytesMax = size_t{1} << 30;

std::string Digest(std::string_view text) {
  const audit::Hash hash = audit::Hasher().Chain({}, text);
  return std::string(audit::View(hash));
}

void Put(std::string& out, uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>(number >> shift));
}
void Put(std::string& out, std::string_view text) {
  Put(out, text.size());
  out.append(text);
}

// Reads what Put wrote; once something does not fit, `ok` stays false.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  uint64_t Number() {
    uint64_t number = 0;
    if (text_.size() < 8) ok_ = false;
    for (size_t i = 0; ok_ && i < 8; ++i) number |= uint64_t{static_cast<unsigned char>(text_[i])} << (8 * i);
    if (ok_) text_.remove_prefix(8);
    return number;
  }
  std::string Text() {
    const uint64_t size = Number();
    ok_ = ok_ && size <= text_.size();
    if (!ok_) return "";
    std::string text(text_.substr(0, size));
    text_.remove_prefix(size);
    return text;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && text_.empty(); }

 private:
  std::string_view text_;
  bool ok_ = true;
};

// Appends the GNU build id of the first object that is visited, the program itself.
int FindBuildId(dl_phdr_info* info, size_t, void* out) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    const char* at = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
    const char* end = at + header.p_memsz;
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      ElfW(Nhdr) note;
      std::memcpy(&note, at, sizeof note);
      const char* name = at + sizeof note;
      const char* bytes = name + ((note.n_namesz + 3) & ~3u);
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
        static_cast<std::string*>(out)->assign(bytes, note.n_descsz);
        return 1;
      }
      at = bytes + ((note.n_descsz + 3) & ~3u);
    }
  }
  return 1;
}

bool WriteWhole(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

std::string BuildId() {
  static const std::string* const kId = [] {
    auto* id = new std::string();
    dl_iterate_phdr(&FindBuildId, id);
    return id;
  }();
  return *kId;
}

std::string EntryPath(const std::string& folder, const std::string& question) {
  return (fs::path(folder) / (audit::Hex(Digest(question)).substr(0, 32) + ".verified")).string();
}

std::optional<CacheEntry> ReadEntry(const std::string& folder, const std::string& question) {
  source::SourceSet reading;
  source::FileId file;
  if (BuildId().empty()) return std::nullopt;
  if (!reading.AddFromDisk(EntryPath(folder, question), &file, kEntryBytesMax).ok()) return std::nullopt;
  const std::string_view bytes = reading.text(file);
  if (bytes.size() < kMagic.size() + kDigestBytes || !bytes.starts_with(kMagic)) return std::nullopt;
  const std::string_view payload = bytes.substr(kMagic.size() + kDigestBytes);
  if (Digest(payload) != bytes.substr(kMagic.size(), kDigestBytes)) return std::nullopt;
  Reader reader(payload);
  CacheEntry entry;
  if (reader.Text() != BuildId()) return std::nullopt;
  entry.question = reader.Text();
  entry.code = static_cast<int>(reader.Number());
  for (uint64_t i = reader.Number(); reader.ok() && i > 0; --i) {
    std::string form = reader.Text();
    entry.forms[std::move(form)] = reader.Text();
  }
  for (uint64_t i = reader.Number(); reader.ok() && i > 0; --i) {
    std::string path = reader.Text();
    entry.texts.push_back({std::move(path), reader.Text()});
  }
  if (!reader.at_end() || entry.question != question) return std::nullopt;
  return entry;
}

absl::Status WriteEntry(const std::string& folder, const CacheEntry& entry) {
  if (BuildId().empty()) return absl::OkStatus();  // nothing could be told apart later
  std::string payload;
  Put(payload, BuildId());
  Put(payload, entry.question);
  Put(payload, static_cast<uint64_t>(entry.code));
  Put(payload, entry.forms.size());
  for (const auto& [form, words] : entry.forms) {
    Put(payload, form);
    Put(payload, words);
  }
  Put(payload, entry.texts.size());
  for (const driver::TextFile& text : entry.texts) {
    Put(payload, text.path);
    Put(payload, text.text);
  }
  std::error_code error;
  fs::create_directories(folder, error);
  const std::string path = EntryPath(folder, entry.question);
  const std::string beside = fmt::format("{}.{}", path, getpid());
  const int file = open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return absl::UnavailableError(fmt::format("cannot write to the cache folder {}", folder));
  const bool written = WriteWhole(file, kMagic) && WriteWhole(file, Digest(payload)) && WriteWhole(file, payload);
  const bool closed = close(file) == 0;
  if (written && closed) fs::rename(beside, path, error);
  if (written && closed && !error) return absl::OkStatus();
  fs::remove(beside, error);
  return absl::UnavailableError(fmt::format("cannot write to the cache folder {}", folder));
}

}  // namespace bylaw::cli

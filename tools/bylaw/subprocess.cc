#include "tools/bylaw/subprocess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "absl/status/status.h"

extern char** environ;

namespace bylaw::cli {
namespace {

// Both ends are closed at the end of the scope, or when told.
class Pipe {
 public:
  Pipe() { open_ = pipe2(ends_.data(), O_CLOEXEC) == 0; }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    CloseWriter();
    if (open_) close(ends_[0]);
  }
  bool open() const { return open_; }
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  void CloseWriter() {
    if (open_ && ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  std::array<int, 2> ends_ = {-1, -1};
  bool open_ = false;
};

// Reads until both are at their end; false if there is more than `bytes_max`.
bool ReadBoth(const Pipe& out, const Pipe& err, size_t bytes_max, Finished& finished) {
  std::array<pollfd, 2> ends = {pollfd{out.reader(), POLLIN, 0}, pollfd{err.reader(), POLLIN, 0}};
  std::array<std::string*, 2> texts = {&finished.out, &finished.err};
  std::array<char, 65'536> buffer{};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    if (poll(ends.data(), ends.size(), -1) < 0 && errno != EINTR) return true;
    for (size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      const ssize_t count = read(ends[i].fd, buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        ends[i].fd = -1;
        continue;
      }
      texts[i]->append(buffer.data(), static_cast<size_t>(count));
      if (finished.out.size() + finished.err.size() > bytes_max) return false;
    }
  }
  return true;
}

absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& words, Pipe& out, Pipe& err) {
  std::vector<std::string> copies = words;
  std::vector<char*> argv;
  for (std::string& word : copies) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.writer(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.writer(), STDERR_FILENO);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return absl::UnavailableError(fmt::format("cannot run {}: {}", words[0], std::strerror(failed)));
  out.CloseWriter();
  err.CloseWriter();
  return child;
}

}  // namespace

absl::StatusOr<Finished> RunToEnd(const std::vector<std::string>& words, size_t bytes_max) {
  Pipe out, err;
  if (!out.open() || !err.open()) return absl::UnavailableError("no more pipes can be opened");
  const absl::StatusOr<pid_t> child = Spawn(words, out, err);
  if (!child.ok()) return child.status();
  Finished finished;
  const bool whole = ReadBoth(out, err, bytes_max, finished);
  if (!whole) kill(*child, SIGKILL);
  int status = 0;
  while (waitpid(*child, &status, 0) < 0 && errno == EINTR) continue;
  if (!whole) return absl::ResourceExhaustedError(fmt::format("{} printed more than {} bytes", words[0], bytes_max));
  finished.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return finished;
}

}  // namespace bylaw::cli

// kill -9 at any moment: a process that keeps its engine's state on disk is killed again and again, in the middle of
// whatever it does, and what is found again is compared with what it had told the outside world.
//
//   kill_test --kills=250 [--seed=N] [--folder=PATH]
//
// Exit code 0 if in every life nothing was spent twice, nothing acknowledged was lost and the audit log was intact.
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/prng.h"
#include "runtime/audit/log.h"
#include "runtime/audit/verify_log.h"
#include "runtime/durable/rocks_store.h"
#include "runtime/engine/durable_world.h"

namespace bylaw::engine {
namespace {

struct Arguments {
  int kills = 25;
  uint64_t seed = 1;
  std::string folder;
};

// The child: one life on disk, told to the pipe as it happens. Never returns.
[[noreturn]] void LiveUntilKilled(const std::string& folder, const audit::SigningKey& key, TimeNs wall, uint64_t seed,
                                  int pipe) {
  const auto leave = [](std::string_view why) {
    fmt::print(stderr, "kill_test: the child cannot go on: {}\n", why);
    ::_exit(2);
  };
  PosixFileSystem files;
  const auto store = durable::RocksStore::Open(folder + "/store");
  if (!store.ok()) leave(store.status().ToString());
  const auto log = audit::Log::Open(&files, folder + "/audit", key, wall, {.segment_bytes = 200'000});
  if (!log.ok()) leave(log.status().ToString());
  Life life(store->get(), log->get(), wall, seed, [&](const Report& report) {
    if (::write(pipe, &report, sizeof(report)) != sizeof(report)) ::_exit(3);
  });
  const absl::Status status = life.Live(1'000'000, [&] { return (*log)->acknowledged(); });
  leave(status.ok() ? life.wrong() : status.ToString());
  ::_exit(2);
}

class KilledLives {
 public:
  explicit KilledLives(const Arguments& arguments)
      : folder_(arguments.folder), prng_(arguments.seed), key_(audit::SigningKey::Generate()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~KilledLives() { std::filesystem::remove_all(folder_); }

  // One life and its death; what is wrong, or "".
  std::string LiveAndKill() {
    const TimeNs wall = NextLifeWall(books_.last_at(), kDayNs, prng_);
    books_.BeginLife(MonthOfLife(wall));
    int ends[2];
    BYLAW_CHECK(::pipe(ends) == 0, "the machine has a pipe left");
    const uint64_t seed = prng_.Next();
    const pid_t child = ::fork();
    BYLAW_CHECK(child >= 0, "the machine can fork");
    if (child == 0) {
      ::close(ends[0]);
      LiveUntilKilled(folder_, key_, wall, seed, ends[1]);
    }
    ::close(ends[1]);
    // After so many messages or so long after the start, whichever comes first, and then at any moment of the next.
    ReadReports(ends[0], prng_.Chance(0.8) ? prng_.Below(600) : UINT64_MAX, static_cast<int>(prng_.Between(1, 500)));
    ::usleep(static_cast<useconds_t>(prng_.Below(3'000)));
    ::kill(child, SIGKILL);
    ReadReports(ends[0], UINT64_MAX, -1);
    ::close(ends[0]);
    int how = 0;
    BYLAW_CHECK(::waitpid(child, &how, 0) == child, "the child is ours");
    if (!WIFSIGNALED(how)) return "the child ended by itself";
    if (!books_.wrong().empty()) return books_.wrong();
    return ProblemOfLog();
  }
  const Books& books() const { return books_; }

 private:
  // So many reports at most, for so many milliseconds at most (-1: until the pipe ends).
  void ReadReports(int pipe, uint64_t reports_max, int milliseconds) {
    const TimeNs until = clock_.MonotonicNow() + milliseconds * kMillisecondNs;
    for (uint64_t i = 0; i < reports_max; ++i) {
      int wait = -1;
      if (milliseconds >= 0)
        wait = static_cast<int>(std::max<TimeNs>(0, until - clock_.MonotonicNow()) / kMillisecondNs);
      pollfd ready{.fd = pipe, .events = POLLIN, .revents = 0};
      if (::poll(&ready, 1, wait) <= 0) return;
      Report report;
      if (::read(pipe, &report, sizeof(report)) != sizeof(report)) return;
      books_.Take(report);
    }
  }

  std::string ProblemOfLog() {
    const auto verified = audit::VerifyLog(PosixFileSystem(), folder_ + "/audit", {.key = key_.public_key()});
    // Killed before its first commit a log is no log yet; the next life begins it.
    if (books_.records() == 0) return "";
    if (!verified.ok()) return std::string(verified.status().message());
    if (!verified->intact) return "the audit log is not intact: " + verified->problem;
    if (verified->scan.records < static_cast<uint64_t>(books_.records())) return "acknowledged audit records are lost";
    return "";
  }

  std::string folder_;
  Prng prng_;
  audit::SigningKey key_;
  SystemClock clock_;
  Books books_;
};

std::optional<Arguments> Parse(int argc, char** argv) {
  Arguments arguments;
  arguments.folder = (std::filesystem::temp_directory_path() / fmt::format("bylaw-kill-{}", ::getpid())).string();
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag(argv[i]);
    const std::string_view value = flag.substr(std::min(flag.find('=') + 1, flag.size()));
    const auto number = [&](auto* into) {
      return std::from_chars(value.data(), value.data() + value.size(), *into).ec == std::errc();
    };
    if (flag.starts_with("--kills=") && number(&arguments.kills)) continue;
    if (flag.starts_with("--seed=") && number(&arguments.seed)) continue;
    if (flag.starts_with("--folder=")) {
      arguments.folder = value;
      continue;
    }
    return std::nullopt;
  }
  return arguments;
}

int Main(int argc, char** argv) {
  const std::optional<Arguments> arguments = Parse(argc, argv);
  if (!arguments.has_value()) {
    fmt::print(stderr, "usage: kill_test [--kills=N] [--seed=N] [--folder=PATH]\n");
    return 2;
  }
  KilledLives lives(*arguments);
  for (int kill = 0; kill < arguments->kills; ++kill) {
    const std::string wrong = lives.LiveAndKill();
    if (wrong.empty()) continue;
    fmt::print("kill {}: {}\n", kill + 1, wrong);
    return 1;
  }
  const Books& books = lives.books();
  fmt::print(
      "{} kills, {} recoveries seen: {} calls paid, none beyond a budget or a limit; {} acknowledgements of runs and "
      "{} audit "
      "records, "
      "none lost; at most ${:.3f} of a month stranded\n",
      arguments->kills, books.recoveries(), books.calls(), books.acknowledged(), books.records(),
      static_cast<double>(books.stranded_max()) / 1e6);
  // A test that saw nothing proves nothing.
  return books.calls() > arguments->kills && books.recoveries() > arguments->kills / 3 ? 0 : 1;
}

}  // namespace
}  // namespace bylaw::engine

int main(int argc, char** argv) { return bylaw::engine::Main(argc, argv); }

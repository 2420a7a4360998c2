// `bylaw run`: a scenario in real time, or faster, with a live view; `--watch` publishes the policy anew on every save.

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "tools/bylaw/commands.h"
#include "tools/bylaw/live_view.h"
#include "tools/bylaw/policy_watch.h"

namespace bylaw::cli {
namespace {

constexpr auto kFrame = std::chrono::milliseconds(100);
// Without a terminal: a line for so much of the scenario's time.
constexpr DurationNs kLineEvery = 10 * kMinuteNs;
constexpr size_t kDetailsMax = 12;

volatile std::sig_atomic_t interrupted = 0;

void Interrupt(int) { interrupted = 1; }

// The terminal's other screen while the view is on, so that what was there before is there afterwards.
class OtherScreen {
 public:
  explicit OtherScreen(bool on) : on_(on) {
    if (on_) Write("\x1b[?1049h\x1b[?25l");
  }
  ~OtherScreen() {
    if (on_) Write("\x1b[?25h\x1b[?1049l");
  }
  void Draw(const std::string& text) {
    std::string frame = "\x1b[H";
    for (const char c : text) {
      if (c == '\n') frame += "\x1b[K";
      frame += c;
    }
    Write(frame + "\x1b[J");
  }
  static Screen Size() {
    winsize size{};
    Screen screen;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
      screen.columns = size.ws_col;
      screen.rows = size.ws_row;
    }
    return screen;
  }

 private:
  static void Write(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }
  bool on_;
};

std::vector<std::string> FirstLines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line) && lines.size() < kDetailsMax;) lines.push_back(line);
  return lines;
}

// Publishes what a save led to, and says so.
SaveReport Obey(LiveRun& live, const SavedPolicy& saved) {
  const std::string at = TimeOfDay(live, live.now());
  const double milliseconds = static_cast<double>(saved.took_ns) / 1e6;
  SaveReport report;
  report.kind = SaveReport::Kind::kRefused;
  if (!saved.ready) {
    report.headline = fmt::format("{} the saved policy is broken; epoch {} stays", at, live.engine().epoch());
    report.details = FirstLines(saved.complaints);
    return report;
  }
  const uint32_t in_flight = live.engine().RunsInFlight();
  if (const absl::Status status = live.Reload(*saved.ready); !status.ok()) {
    report.headline = fmt::format("{} {}; epoch {} stays", at, std::string(status.message()), live.engine().epoch());
    return report;
  }
  report.kind = SaveReport::Kind::kPublished;
  report.headline = fmt::format("{} published as epoch {}, read, proved and compiled in {:.0f} ms", at,
                                live.engine().epoch(), milliseconds);
  report.details.push_back(
      fmt::format("{} runs were in flight; {} keep their policy, {} of them cannot finish under it", in_flight,
                  live.older(), live.drained()));
  return report;
}

// Lines of a log: what a save led to, and where things stand now and then.
class Log {
 public:
  void Note(const LiveRun& live) {
    if (live.now() < next_) return;
    next_ = live.now() + kLineEvery;
    Say(LiveLine(live));
  }
  void Note(const SaveReport& save) {
    Say(save.headline);
    for (const std::string& line : save.details) Say(line);
  }
  static void Say(const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
  }

 private:
  TimeNs next_ = 0;
};

void Live(const Options& options, const RunFlags& flags, LiveRun& live, PolicyWatch* watch) {
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  OtherScreen screen(terminal);
  Log log;
  SaveReport save;
  const SystemClock clock;
  const TimeNs begun = clock.MonotonicNow();
  while (interrupted == 0 && (watch != nullptr || !live.over())) {
    live.AdvanceTo(static_cast<TimeNs>(static_cast<double>(clock.MonotonicNow() - begun) * flags.speed));
    if (const auto saved = watch == nullptr ? std::nullopt : watch->Take()) {
      save = Obey(live, *saved);
      if (!terminal) log.Note(save);
    }
    if (terminal) {
      screen.Draw(RenderLive(options, live, save, flags.speed, OtherScreen::Size()));
    } else {
      log.Note(live);
    }
    std::this_thread::sleep_for(kFrame);
  }
}

}  // namespace

int RunLive(const Options& options, const RunFlags& flags) {
  VerifiedPolicy policy;
  if (const int code = LoadVerified(options, flags.paths, driver::EngineKind::kJitO2, &policy); code != kClean) {
    return code;
  }
  const absl::StatusOr<PreparedScenario> prepared = ScenarioNamed(policy, flags.scenario);
  if (!prepared.ok()) return Fail(std::string(prepared.status().message()));
  auto live = LiveRun::Create({.image = policy.image, .prepared = *prepared});
  if (!live.ok()) return Fail(std::string(live.status().message()));
  std::signal(SIGINT, Interrupt);
  std::signal(SIGTERM, Interrupt);
  {
    std::optional<PolicyWatch> watch;
    if (flags.watch) {
      watch.emplace(options, flags.paths, prepared->scenario.name, std::move(policy), (*live)->engine().policy());
    }
    Live(options, flags, **live, watch ? &*watch : nullptr);
  }
  Log::Say(LiveLine(**live));
  return kClean;
}

}  // namespace bylaw::cli

#include "tests/sim/shrink.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <utility>

#include "base/check.h"
#include "tests/sim/life.h"

namespace bylaw::sim {
namespace {

constexpr char kEndOfEvents = '\0';
constexpr unsigned kLifeSecondsMax = 20;

// What `work` writes to the file, and after that what the process said when it died.
std::string InChild(const std::function<void(std::FILE*)>& work) {
  int ends[2];
  BYLAW_CHECK(pipe(ends) == 0, "a pipe to a child");
  std::fflush(nullptr);
  const pid_t child = fork();
  BYLAW_CHECK(child >= 0, "a child process");
  if (child == 0) {
    alarm(kLifeSecondsMax);
    close(ends[0]);
    dup2(ends[1], STDERR_FILENO);
    std::FILE* out = fdopen(ends[1], "w");
    setvbuf(out, nullptr, _IOLBF, 0);
    work(out);
    std::fflush(out);
    _exit(0);
  }
  close(ends[1]);
  std::string said;
  char buffer[4096];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) said.append(buffer, static_cast<size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status) && WTERMSIG(status) != SIGABRT) {
    said += WTERMSIG(status) == SIGALRM ? "time stands still" : "the process died";
  }
  return said;
}

using FailsAlike = std::function<bool(const Script&)>;

void RemoveEvents(Script& script, const FailsAlike& fails_alike) {
  for (size_t chunk = std::max<size_t>(1, script.ops.size() / 2); script.ops.size() > 0;) {
    bool smaller = false;
    for (size_t at = 0; at < script.ops.size();) {
      Script candidate = script;
      const size_t end = std::min(at + chunk, script.ops.size());
      candidate.ops.erase(candidate.ops.begin() + static_cast<ptrdiff_t>(at),
                          candidate.ops.begin() + static_cast<ptrdiff_t>(end));
      if (fails_alike(candidate)) {
        script = std::move(candidate);
        smaller = true;
      } else {
        at = end;
      }
    }
    if (chunk == 1 && !smaller) break;
    if (!smaller || chunk > script.ops.size()) chunk = std::max<size_t>(1, std::min(chunk, script.ops.size()) / 2);
  }
}

// Time that passes in several events passes in one, and in round numbers.
void JoinTimes(Script& script, const FailsAlike& fails_alike) {
  for (size_t i = 0; i + 1 < script.ops.size();) {
    Script joined = script;
    const Op& next = joined.ops[i + 1];
    const bool times = next.event == Event::kAdvance || next.event == Event::kJump;
    if (times && joined.ops[i].event == next.event) {
      joined.ops[i].arguments[0] += next.arguments[0];
      joined.ops.erase(joined.ops.begin() + static_cast<ptrdiff_t>(i) + 1);
      if (fails_alike(joined)) {
        script = std::move(joined);
        continue;
      }
    }
    ++i;
  }
  for (size_t i = 0; i < script.ops.size(); ++i) {
    if (script.ops[i].event != Event::kAdvance && script.ops[i].event != Event::kJump) continue;
    for (const DurationNs unit : {kDayNs, kHourNs, kMinuteNs, kSecondNs}) {
      Script rounder = script;
      int64_t& ns = rounder.ops[i].arguments[0];
      ns = (ns + (ns > 0 ? unit - 1 : 1 - unit)) / unit * unit;
      if (!fails_alike(rounder)) continue;
      script = std::move(rounder);
      break;
    }
  }
}

// Deaths at once, and no time until there is another process, where that does as well.
void SoftenCrashes(Script& script, const FailsAlike& fails_alike) {
  for (size_t i = 0; i < script.ops.size(); ++i) {
    if (script.ops[i].event != Event::kCrash) continue;
    for (size_t argument = 0; argument < 2; ++argument) {
      Script softer = script;
      softer.ops[i].arguments[argument] = 0;
      if (fails_alike(softer)) script = std::move(softer);
    }
  }
}

}  // namespace

std::string WrongIn(const Script& script) {
  return InChild([&](std::FILE* out) {
    Life life(script.seed);
    life.Replay(script.ops);
    std::fputs(life.wrong().c_str(), out);
  });
}

std::string WrongIn(uint64_t seed, int events, Script* script) {
  const std::string told = InChild([&](std::FILE* out) {
    Life life(seed);
    life.WriteEvents(out);
    life.Live(events);
    std::fputc(kEndOfEvents, out);
    std::fputs(life.wrong().c_str(), out);
  });
  // Events are lines; whatever follows the last whole one is what went wrong.
  size_t end = told.find(kEndOfEvents);
  std::string wrong;
  if (end == std::string::npos) {
    const size_t last = told.rfind('\n', told.size() - 2);
    end = last == std::string::npos ? 0 : last + 1;
    wrong = told.substr(end);
  } else {
    wrong = told.substr(end + 1);
  }
  const auto parsed = ParseScript(told.substr(0, end));
  BYLAW_CHECK(parsed.ok(), "what a life writes is a script");
  *script = *parsed;
  return wrong;
}

std::string KindOf(const std::string& wrong) {
  std::string kind = wrong;
  std::erase_if(kind, [](char c) { return c >= '0' && c <= '9'; });
  return kind;
}

Script Shrink(Script script) {
  const std::string kind = KindOf(WrongIn(script));
  if (kind.empty()) return script;
  const FailsAlike fails_alike = [&](const Script& candidate) { return KindOf(WrongIn(candidate)) == kind; };
  RemoveEvents(script, fails_alike);
  JoinTimes(script, fails_alike);
  SoftenCrashes(script, fails_alike);
  RemoveEvents(script, fails_alike);
  return script;
}

}  // namespace bylaw::sim

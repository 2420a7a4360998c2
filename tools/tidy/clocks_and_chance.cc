#include <fmt/format.h>
#include <re2/re2.h>

#include <string>

#include "tools/tidy/checks.h"

namespace bylaw::tidy {
namespace {

bool MayReadTheMachine(const std::string& path) { return path == "base/clock.cc" || path.starts_with("bench/"); }

}  // namespace

Findings CheckClocksAndChance(const std::vector<SourceFile>& files) {
  static const RE2 kClock(
      R"(\b(system_clock|steady_clock|high_resolution_clock|absl::Now|absl::GetCurrentTimeNanos|clock_gettime|gettimeofday|time\((?:nullptr|NULL|0|&\w+)\)))");
  static const RE2 kChance(
      R"((?:^|[^\w.>])(random_device|std::random_device|absl::BitGen|absl::InsecureBitGen|std::rand|std::srand|s?rand)\b(?:\s*[({;>]|\s+\w))");
  Findings findings;
  for (const SourceFile& file : files) {
    if (MayReadTheMachine(file.path)) continue;
    for (size_t i = 0; i < file.code.size(); ++i) {
      const int line = static_cast<int>(i) + 1;
      std::string word;
      if (RE2::PartialMatch(file.code[i], kClock, &word)) {
        findings.push_back({"clock-or-chance", file.path, line,
                            fmt::format("{} reads the machine's clock: take a bylaw::Clock (base/clock.h)", word)});
      }
      if (RE2::PartialMatch(file.code[i], kChance, &word)) {
        findings.push_back({"clock-or-chance", file.path, line,
                            fmt::format("{} cannot be repeated: take a seeded generator (base/prng.h)", word)});
      }
    }
  }
  return findings;
}

}  // namespace bylaw::tidy

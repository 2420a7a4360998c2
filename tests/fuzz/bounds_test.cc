// Hostile policies of a megabyte through every command that reads a policy: each within the time and the memory that
// the language promises (2 s, 256 MiB), with a diagnostic or without a mistake. Each runs in a process of its own,
// which is measured and, should it run away, ended; a sanitizer takes both several times over.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/time.h"

namespace bylaw {
namespace {

constexpr size_t kMegabyte = size_t{1} << 20;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double kSecondsMax = 40;
constexpr long kKilobytesMax = 16 << 20;
#else
constexpr double kSecondsMax = 2;
constexpr long kKilobytesMax = 256 << 10;
#endif

constexpr char kWorld[] = R"(edition 2026
use std.places
endpoint m-eu {
  serves model m
  in eu-west-1
  costs at most $0.02 per call
}
endpoint mini-eu {
  serves model mini
  in eu-west-1
  costs at most $0.01 per call
}
reviewers desk {
  based in DE
}
pool p in eu-west-1 has 10 slots
)";
constexpr char kTenant[] = "tier t {\n  budget $1_000_000 per workflow\n}\ntenant a on tier t\n";

// piece(0), piece(1), … up to `bytes`.
std::string Fill(const std::function<std::string(int)>& piece, size_t bytes = kMegabyte - 4'096) {
  std::string text;
  for (int i = 0; text.size() < bytes; ++i) text += piece(i);
  return text;
}

std::string Times(int count, const std::function<std::string(int)>& piece) {
  std::string text;
  for (int i = 0; i < count; ++i) text += piece(i);
  return text;
}

std::string Step(int i, std::string_view more = "") {
  return fmt::format("  step s{} {{\n    calls model m\n{}  }}\n", i, more);
}

std::string DayAfter(int days) { return FormatDate(CivilFromDays(DaysFromCivil(Date{2027, 1, 1}) + days)); }

struct Hostile {
  std::string name;
  std::string policy;
  std::string table = "";  // institutions.csv
};

std::vector<Hostile> WorkAndRules() {
  const std::string steps = Times(50, [](int i) { return Step(i); });
  return {
      {"many steps", std::string(kTenant) + "workflow w {\n" + Fill([](int i) { return Step(i); }) + "}\n"},
      {
          "a chain of steps",
          std::string(kTenant) + "workflow w {\n" + Step(0) +
              Fill([](int i) { return Step(i + 1, fmt::format("    after s{}\n", i)); }) + "}\n",
      },
      {"many workflows", kTenant + Fill([](int i) { return fmt::format("workflow w{} {{\n{}}}\n", i, Step(0)); }), ""},
      {"many rules", kTenant + ("workflow w {\n  input amount is money\n" + steps + "}\n") + Fill([](int i) {
                       return fmt::format("rule r{} {{\n  when (request.amount > ${})\n  deny\n}}\n", i, i);
                     })},
      {"many rules for many steps",
       std::string(kTenant) + "workflow w {\n" + Fill([](int i) { return Step(i); }, kMegabyte / 2) + "}\n" +
           Fill([](int i) { return fmt::format("rule r{} {{\n  deny\n}}\n", i); }, kMegabyte / 2 - 4'096)},
      {"retries and replans", std::string(kTenant) + "workflow w {\n" +
                                  Times(60,
                                        [](int i) {
                                          return Step(
                                              i,
                                              "    retries at most 1_000 times\n    on failure replans from s0 at most "
                                              "60_000 times\n");
                                        }) +
                                  "}\n"},
      {"retries that nobody can pay", "tier t {\n  budget $1 per workflow\n}\ntenant a on tier t\nworkflow w {\n" +
                                          Fill([](int i) { return Step(i, "    retries at most 1_000 times\n"); }) +
                                          "}\n"},
      {"replans that nobody can pay",
       "tier t {\n  budget $1 per workflow\n}\ntenant a on tier t\nworkflow w {\n" + Fill([](int i) {
         return Step(i, fmt::format("    on failure replans from s{} at most 2 times\n", i));
       }) + "}\n"},
      {"a long ladder",
       "tier t {\n  budget $1_000_000 per workflow\n  follow ladder l\n}\ntenant a on tier t\nladder l {\n" +
           Fill([](int i) { return fmt::format("  when budget below ${}: use model mini\n", 100'000 - i); },
                kMegabyte / 4) +
           "  when budget below $0.01: send to reviewers desk\n}\nworkflow w {\n" + steps + "}\n"},
      {"a ladder with retries",
       "tier t {\n  budget $1_000 per workflow\n  follow ladder l\n}\ntenant a on tier t\nladder l {\n  when budget "
       "below 50%: use model mini\n  when budget below 1%: send to reviewers desk\n}\nworkflow w {\n" +
           Times(30,
                 [](int i) {
                   return Step(i, "    retries at most 400 times\n    on failure replans from s0 at most 600 times\n");
                 }) +
           "}\n"},
      {"many reviewers asked", std::string(kTenant) + "workflow w {\n  step s {\n    calls model m\n" +
                                   Fill([](int) { return std::string("    asks 1 of reviewers\n"); }) + "  }\n}\n"},
  };
}

std::vector<Hostile> ContractsAndPlaces() {
  const std::string work = "workflow w {\n" + Times(20, [](int i) { return Step(i); }) + "}\n";
  return {
      {"a shape a tenant",
       work + kTenant + Times(100, [](int i) { return fmt::format("region r{} in DE\n", i); }) + Fill([](int i) {
         return fmt::format("tenant x{} on tier t {{\n  state stays in r{}, r{}\n}}\n", i, i % 100, i / 100 % 100);
       })},
      {"places in a circle",
       Fill([](int i) { return fmt::format("place p{} is p{}\n", i, i + 1); }) + "place q is q\n"},
      {"a chain of places", Fill([](int i) { return fmt::format("place p{} is p{}, DE\n", i + 1, i); })},
      {"adequacy that changes daily",
       work + "tier t\ntenant a on tier t {\n  calls go only to EU, places adequate for EU\n}\n" + Fill([](int i) {
         return fmt::format("adequacy from EU to US {{\n  since {}\n  until {}\n}}\n", DayAfter(2 * i % 365),
                            DayAfter(2 * i % 365));
       })},
      {
          "many endpoints",
          kTenant + work + Fill([](int i) {
            return fmt::format(
                "endpoint e{} {{\n  serves model m\n  in eu-west-1\n  costs at most $0.01 per call\n}}\n", i);
          }),
      },
      {"many rates",
       work +
           Fill([](int i) { return fmt::format("endpoint x{} {{\n  serves tool x{}\n  in eu-west-1\n}}\n", i, i); },
                kMegabyte / 2) +
           "tier t {\n" + Times(6'000, [](int i) { return fmt::format("  at most 5 calls per hour to x{}\n", i); }) +
           "}\ntenant a on tier t\n"},
      {"exceptions on one day", work + kTenant + Fill([](int i) {
                                  return fmt::format(
                                      "exception x{} for tenant a {{\n  replace budget $1_000_000 per workflow\n  with "
                                      "budget ${} per workflow\n  from 2027-01-01 until 2027-02-01\n  approved by "
                                      "\"x\" on 2026-01-01\n}}\n",
                                      i, i + 1);
                                })},
      {"exceptions day by day", work + kTenant + Fill([](int i) {
                                  return fmt::format(
                                      "exception x{} for tenant a {{\n  replace budget $1_000_000 per workflow\n  with "
                                      "budget ${} per workflow\n  from {} until {}\n  approved by \"x\" on "
                                      "2026-01-01\n}}\n",
                                      i, i + 1, DayAfter(i), DayAfter(i));
                                })},
      {"a large table", work + kTenant + "tenants from \"institutions.csv\" on tier t\n",
       "tenant,state,calls\n" + Fill([](int i) {
         constexpr const char* kPlaces[] = {"EU", "DE", "FR", "IE", "EEA"};
         return fmt::format("institution-{},{},{}\n", i, kPlaces[i % 5], kPlaces[i / 5 % 5]);
       })},
      {"a table of one line", work + kTenant + "tenants from \"institutions.csv\" on tier t\n",
       "tenant" + Fill([](int) { return std::string(",,"); })},
      {"a table of quotes", work + kTenant + "tenants from \"institutions.csv\" on tier t\n",
       "tenant\n" + std::string(kMegabyte - 100, '"')},
  };
}

std::vector<Hostile> Mistakes() {
  return {
      {"unknown names like known ones",
       Fill([](int i) { return fmt::format("tenant x{} on tier tierwithlongname{}\n", i, i); }, kMegabyte / 2) +
           Fill([](int i) { return fmt::format("tier tierwithlongnane{}\n", i); }, kMegabyte / 2)},
      {"unknown steps", std::string(kTenant) + "workflow w {\n" + Fill([](int i) {
                          return fmt::format("  step stepname{} {{\n    after stepnome{}\n    calls model n{}\n  }}\n",
                                             i, i, i);
                        }) + "}\n"},
      {"unknown models",
       kTenant +
           Fill([](int i) { return fmt::format("endpoint e{} {{\n  serves model model{}\n  in DE\n}}\n", i, i); },
                kMegabyte / 2) +
           "class c {\n  may use models modul0" +
           Fill([](int i) { return fmt::format(", modul{}", i + 1); }, kMegabyte / 2) + "\n}\n"},
      {"one name many times", Fill([](int) { return std::string("tier same\n"); })},
      {"one term many times",
       "tier t {\n" + Fill([](int) { return std::string("  budget $1 per workflow\n"); }) + "}\n"},
      {"tests without end",
       std::string(kTenant) + "workflow w {\n" + Step(0) + "}\n" + Fill([](int i) {
         return fmt::format("test \"{}\" {{\n  given tenant a\n  when step s0 of w runs\n  then it waits\n}}\n", i);
       })},
      {"guarantees without end", std::string(kTenant) + "workflow w {\n" + Step(0) + "}\n" + Fill([](int i) {
                                   return fmt::format("guarantee g{} {{\n  for every tenant\n  never use model m\n}}\n",
                                                      i);
                                 })},
  };
}

// What bylaw is asked, with the policy's folder for DIR.
struct Asked {
  const char* name;
  std::vector<std::string> arguments;
  int policies = 1;  // a megabyte each, and the bounds for each
};
const std::vector<Asked>& Commands() {
  static const auto* const kCommands = new std::vector<Asked>{
      {"verify", {"verify", "DIR"}},
      {"fmt", {"fmt", "--check", "DIR"}},
      {"test", {"test", "DIR"}},
      {"plan", {"plan", "DIR", "DIR"}, 2},
      {"simulate", {"simulate", "DIR"}},
      {"show", {"show", "tenant", "a", "DIR"}},
      {"graph", {"graph", "workflow", "w", "DIR"}},
      {"dump", {"dump", "--phase=plan", "DIR"}},
  };
  return *kCommands;
}

// Runs away from here: without output, and ended by the system above the bounds.
[[noreturn]] void Become(const std::vector<std::string>& arguments) {
  const rlimit seconds{static_cast<rlim_t>(4 * kSecondsMax), static_cast<rlim_t>(4 * kSecondsMax) + 1};
  setrlimit(RLIMIT_CPU, &seconds);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  if (std::freopen("/dev/null", "w", stdout) == nullptr || std::freopen("/dev/null", "w", stderr) == nullptr)
    _exit(126);
  execv(BYLAW_BINARY, argv.data());
  _exit(127);
}

class BoundsTest : public testing::TestWithParam<std::tuple<Hostile, Asked>> {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/bylaw-bounds-XXXXXX";
    ASSERT_NE(mkdtemp(pattern), nullptr);
    folder_ = pattern;
    const Hostile& hostile = std::get<0>(GetParam());
    std::ofstream(folder_ / "hostile.bylaw") << kWorld << hostile.policy;
    if (!hostile.table.empty()) std::ofstream(folder_ / "institutions.csv") << hostile.table;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_P(BoundsTest, EndsSoonAndSmall) {
  std::vector<std::string> arguments = {"bylaw"};
  for (const std::string& argument : std::get<1>(GetParam()).arguments) {
    arguments.push_back(argument == "DIR" ? folder_.string() : argument);
  }
  arguments.insert(arguments.end(), {"--as-of", "2026-11-27"});
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) Become(arguments);
  int status = 0;
  rusage used{};
  ASSERT_EQ(wait4(child, &status, 0, &used), child);
  ASSERT_TRUE(WIFEXITED(status)) << "it crashed, or was ended by signal " << WTERMSIG(status);
  EXPECT_LE(WEXITSTATUS(status), 4);  // every way out that docs know
  const double seconds = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  EXPECT_LT(seconds, std::get<1>(GetParam()).policies * kSecondsMax);
  EXPECT_LT(used.ru_maxrss, std::get<1>(GetParam()).policies * kKilobytesMax);
}

std::vector<Hostile> All() {
  std::vector<Hostile> all;
  for (const auto& some : {WorkAndRules(), ContractsAndPlaces(), Mistakes()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Hostile, BoundsTest, testing::Combine(testing::ValuesIn(All()), testing::ValuesIn(Commands())),
                         [](const auto& info) {
                           std::string name;
                           for (const char c : std::get<0>(info.param).name) name += c == ' ' ? '_' : c;
                           return name + "_" + std::get<1>(info.param).name;
                         });

}  // namespace
}  // namespace bylaw

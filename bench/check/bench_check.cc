// P10: `bylaw check` of a 100-line file, the whole process: fork, exec, read, check, exit; beside `bylaw --version`,
// which is what starting the process costs.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

extern char** environ;

namespace {

std::string HundredLines() {
  std::string text = "edition 2026\nuse std.places\n";
  text +=
      "endpoint gpt4 {\n  serves model gpt-4\n  in eu-west-1\n  costs at most $0.03 per call\n}\n"
      "tier standard {\n  at most 20 workflows at once\n  budget $1 per workflow\n}\n"
      "workflow answer {\n  step reply {\n    calls model gpt-4\n  }\n}\n";
  int lines = 16;
  for (int i = 0; lines < 100; ++i, lines += 3) {
    text +=
        fmt::format("tenant institution-{} on tier standard {{\n  at most {} workflows at once\n}}\n", i, 1 + i % 20);
  }
  return text;
}

std::string Beside(const char* name) {
  return (std::filesystem::canonical("/proc/self/exe").parent_path() / name).string();
}

// Runs the program to its end; its exit code.
int Run(std::vector<std::string> words) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawn(&child, argv[0], nullptr, nullptr, argv.data(), environ) != 0) return -1;
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void BM_CheckProcess(benchmark::State& state) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / fmt::format("bench_check_{}.bylaw", getpid());
  std::ofstream(file) << HundredLines();
  const std::string bylaw = Beside("bylaw");
  for (auto _ : state) {
    if (Run({bylaw, "check", "--quiet", file.string()}) != 0) {
      state.SkipWithError("bylaw check did not pass");
      break;
    }
  }
  std::filesystem::remove(file);
}

void BM_VersionProcess(benchmark::State& state) {
  const std::string bylaw = Beside("bylaw");
  const std::string null = "/dev/null";
  for (auto _ : state) {
    if (Run({"/bin/sh", "-c", fmt::format("exec {} --version > /dev/null", bylaw)}) != 0) {
      state.SkipWithError("bylaw --version did not pass");
      break;
    }
  }
}

BENCHMARK(BM_CheckProcess)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_VersionProcess)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();

// PROGRAM EXTENSION MUTANTS FOLDER…: what a fuzz target must survive without a fuzzer: every file below the folders
// that ends in EXTENSION, and so many seeded mutants of each.
//
// The same files give the same mutants. A target reports a fault by aborting; one that hangs is stopped by ctest.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/prng.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace bylaw {
namespace {

constexpr char kBytes[] = "{}()\",:$%#-\n \t\\\x00\xff";

void Run(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

// One edit: a byte replaced, a range deleted, doubled or moved, or the end cut off.
void Mutate(Prng& prng, std::string& text) {
  if (text.empty()) return;
  const size_t at = prng.Below(text.size());
  const size_t length = 1 + prng.Below(std::min<size_t>(text.size() - at, 200));
  switch (prng.Below(5)) {
    case 0:
      text[at] = kBytes[prng.Below(sizeof(kBytes) - 1)];
      break;
    case 1:
      text.erase(at, length);
      break;
    case 2:
      text.insert(at, text.substr(at, length));
      break;
    case 3: {
      const std::string moved = text.substr(at, length);
      text.erase(at, length);
      text.insert(prng.Below(text.size() + 1), moved);
      break;
    }
    case 4:
      text.resize(at);
      break;
  }
}

std::vector<std::string> FilesIn(const std::string& folder, const std::string& extension) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == extension) paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

int Main(int argc, char** argv) {
  Prng prng(20'260'710);
  int inputs = 0;
  if (argc < 4) return 2;
  const std::string extension = argv[1];
  const int mutants = std::stoi(argv[2]);
  for (int i = 3; i < argc; ++i) {
    for (const std::string& path : FilesIn(argv[i], extension)) {
      std::ifstream in(path, std::ios::binary);
      const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      Run(text);
      for (int m = 0; m < mutants; ++m) {
        std::string mutant = text;
        for (uint64_t edits = 1 + prng.Below(4); edits > 0; --edits) Mutate(prng, mutant);
        Run(mutant);
      }
      inputs += 1 + mutants;
    }
  }
  fmt::print("{} inputs\n", inputs);
  return inputs > 0 ? 0 : 1;
}

}  // namespace
}  // namespace bylaw

int main(int argc, char** argv) { return bylaw::Main(argc, argv); }

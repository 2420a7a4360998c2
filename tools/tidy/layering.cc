#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tools/tidy/checks.h"
#include "tools/tidy/includes.h"

namespace bylaw::tidy {
namespace {

// A folder and the folders it may include besides itself, base/ and runtime/abi/; "x/" means everything below x.
struct Layer {
  std::string_view folder;
  std::vector<std::string_view> may_include;
};

// Each phase of the compiler may include the ones before it.
constexpr std::string_view kPhases[] = {"compiler/source/", "compiler/diag/",   "compiler/syntax/",  "compiler/value/",
                                        "compiler/cel/",    "compiler/smt/",    "compiler/sema/",    "compiler/verify/",
                                        "compiler/plan/",   "compiler/change/", "compiler/codegen/", "compiler/jit/"};

std::vector<Layer> MakeLayers() {
  std::vector<Layer> layers;
  std::vector<std::string_view> earlier;
  for (const std::string_view phase : kPhases) {
    layers.push_back({phase, earlier});
    earlier.push_back(phase);
  }
  layers.push_back({"compiler/format/", {"compiler/source/", "compiler/diag/", "compiler/syntax/"}});
  layers.push_back({"compiler/driver/", {"compiler/", "runtime/", "simulator/"}});
  layers.push_back({"runtime/engine/", {"runtime/"}});
  layers.push_back({"runtime/", {}});
  layers.push_back({"simulator/", {"runtime/"}});
  return layers;
}

// Third-party headers that stay behind one wall.
struct Walled {
  std::vector<std::string_view> prefixes;
  std::vector<std::string_view> may_include;
  const char* message;
};

const std::vector<Walled>& Walls() {
  static const auto* const kWalls = new std::vector<Walled>{
      {{"antlr4-runtime", "BylawLexer.h", "BylawParser.h"},
       {"compiler/syntax/"},
       "ANTLR stays inside compiler/syntax: use the tree (compiler/syntax/ast.h)"},
      {{"llvm/", "llvm-c/"},
       {"compiler/codegen/", "compiler/jit/"},
       "LLVM stays inside compiler/codegen and compiler/jit: use compiler/jit's interface"},
      {{"z3"}, {"compiler/smt/"}, "Z3 stays inside compiler/smt: use compiler/smt/smt.h"},
      {{"openssl/"}, {"runtime/audit/"}, "OpenSSL stays inside runtime/audit: use runtime/audit/signing.h"},
      {{"rocksdb/"}, {"runtime/durable/"}, "RocksDB stays inside runtime/durable: use runtime/durable/store.h"},
  };
  return *kWalls;
}

bool StartsWithAny(std::string_view path, const std::vector<std::string_view>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return path.starts_with(prefix); });
}

// Our folder of `path`: two levels below compiler/ and runtime/, one elsewhere. Empty for what is not ours.
std::string_view FolderOf(std::string_view path) {
  for (const std::string_view top : {"base/", "simulator/", "tools/", "tests/", "bench/", "examples/"}) {
    if (path.starts_with(top)) return top;
  }
  if (!path.starts_with("compiler/") && !path.starts_with("runtime/")) return {};
  return path.substr(0, path.find('/', path.find('/') + 1) + 1);
}

// What every folder but base/ may include.
bool IsShared(std::string_view folder) { return folder == "base/" || folder == "runtime/abi/"; }

// A compiler phase's tests may run what later phases make of its result.
bool IsCompilerTest(std::string_view path) {
  return path.starts_with("compiler/") &&
         (path.ends_with("_test.cc") || path.ends_with("_for_test.h") || path.ends_with("/testing.h"));
}

void CheckInclude(const std::vector<Layer>& layers, const SourceFile& file, const Include& include,
                  Findings& findings) {
  for (const Walled& wall : Walls()) {
    if (StartsWithAny(include.target, wall.prefixes) && !StartsWithAny(file.path, wall.may_include)) {
      findings.push_back({"layering", file.path, include.line, wall.message});
    }
  }
  const std::string_view from = FolderOf(file.path);
  const std::string_view to = FolderOf(include.target);
  if (to.empty() || to == from || (IsShared(to) && from != "base/")) return;
  if (IsCompilerTest(file.path) && to.starts_with("compiler/")) return;
  if (from == "base/") {
    findings.push_back(
        {"layering", file.path, include.line, fmt::format("base/ is a leaf and may not include {}", to)});
    return;
  }
  const auto layer =
      std::find_if(layers.begin(), layers.end(), [&](const Layer& l) { return file.path.starts_with(l.folder); });
  if (layer == layers.end() || StartsWithAny(to, layer->may_include)) return;
  findings.push_back(
      {"layering", file.path, include.line,
       fmt::format("{} may not include {}: turn the dependency round, or move what both need down to one of "
                   "base/, runtime/abi/, {}",
                   from, to, fmt::join(layer->may_include, ", "))});
}

}  // namespace

Findings CheckLayering(const std::vector<SourceFile>& files) {
  const std::vector<Layer> layers = MakeLayers();
  Findings findings;
  for (const SourceFile& file : files) {
    for (const Include& include : FindIncludes(file)) CheckInclude(layers, file, include, findings);
  }
  return findings;
}

}  // namespace bylaw::tidy

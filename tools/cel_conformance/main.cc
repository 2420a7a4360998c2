// cel_conformance FILE.jsonl [--engine evaluator|jit]
//
// Exit code 0 if no case failed, 1 if one did, 2 if the cases could not be run.
#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <string>

#include "tools/cel_conformance/run.h"

int main(int argc, char** argv) {
  using bylaw::conformance::Engine;
  CLI::App app("Runs conformance cases of the Common Expression Language.", "cel_conformance");
  std::string file;
  Engine engine = Engine::kEvaluator;
  const std::map<std::string, Engine> engines = {{"evaluator", Engine::kEvaluator}, {"jit", Engine::kJit}};
  app.add_option("FILE", file, "cases, one in JSON a line")->required();
  app.add_option("--engine", engine, "evaluator or jit")->transform(CLI::CheckedTransformer(engines));
  CLI11_PARSE(app, argc, argv);
  const auto totals = bylaw::conformance::RunFile(file, engine, std::cout);
  if (!totals.ok()) {
    std::cerr << "cel_conformance: " << totals.status().message() << "\n";
    return 2;
  }
  std::cout << totals->passed << " passed, " << totals->failed << " failed, " << totals->skipped << " skipped\n";
  return totals->failed == 0 ? 0 : 1;
}

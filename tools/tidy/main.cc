// tidy ROOT: reads the tree, prints `file:line: [check] what, and what to do instead`, and exits 1 if there was
// anything to print.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "tools/tidy/checks.h"
#include "tools/tidy/exceptions.h"
#include "tools/tidy/source_file.h"

namespace {

constexpr char kExceptions[] = "tools/tidy/exceptions.txt";

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: tidy ROOT\n");
    return 2;
  }
  const std::vector<bylaw::tidy::SourceFile> files = bylaw::tidy::ReadTree(argv[1]);
  bylaw::tidy::SourceFile exceptions;
  for (const bylaw::tidy::SourceFile& file : files) {
    if (file.path == kExceptions) exceptions = file;
  }
  const bylaw::tidy::Findings findings = bylaw::tidy::ApplyExceptions(exceptions, bylaw::tidy::CheckAll(files));
  for (const bylaw::tidy::Finding& finding : findings) {
    fmt::print("{}:{}: [{}] {}\n", finding.path, finding.line, finding.check, finding.message);
  }
  fmt::print("tidy: {} files, {} findings\n", files.size(), findings.size());
  return findings.empty() ? 0 : 1;
}

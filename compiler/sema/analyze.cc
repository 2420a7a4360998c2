#include "compiler/sema/analyze.h"

#include <algorithm>
#include <utility>

#include "compiler/sema/complete.h"
#include "compiler/sema/context.h"
#include "compiler/sema/contracts.h"
#include "compiler/sema/endpoints.h"
#include "compiler/sema/import.h"
#include "compiler/sema/names.h"
#include "compiler/sema/phases.h"
#include "compiler/sema/rules.h"
#include "compiler/sema/shapes.h"
#include "compiler/sema/tenants.h"
#include "compiler/sema/work.h"
#include "compiler/sema/world.h"

namespace bylaw::sema {
namespace {

// The policy's own files by path, then the standard library's, so that ids do not depend on who listed the files.
std::vector<InputFile> SortFiles(const source::SourceSet& sources,
                                 const std::vector<std::shared_ptr<const syntax::File>>& files) {
  std::vector<std::pair<std::string, InputFile>> keyed;
  for (const auto& file : files) {
    const std::string path = file->file.valid() ? sources.path(file->file) : "";
    keyed.push_back({path, {file.get(), path.starts_with("std.") && !path.ends_with(".bylaw")}});
  }
  std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second.standard, a.first) < std::tie(b.second.standard, b.first);
  });
  std::vector<InputFile> sorted;
  for (const auto& [path, file] : keyed) sorted.push_back(file);
  return sorted;
}

void ReadResources(Context& context, const Inventory& inventory) {
  Program& program = context.program;
  for (size_t i = 0; i < inventory.endpoints.size(); ++i) {
    ReadEndpoint(context, program.endpoints[i], *inventory.endpoints[i]);
  }
  for (size_t i = 0; i < inventory.stores.size(); ++i) ReadStore(context, program.stores[i], *inventory.stores[i]);
  for (size_t i = 0; i < inventory.reviewers.size(); ++i) {
    ReadReviewers(context, program.reviewers[i], *inventory.reviewers[i]);
  }
  for (size_t i = 0; i < inventory.pools.size(); ++i) ReadPool(context, program.pools[i], *inventory.pools[i]);
}

}  // namespace

Program Analyze(std::shared_ptr<source::SourceSet> sources, std::vector<std::shared_ptr<const syntax::File>> files,
                const LoadFile& load, const AnalyzeOptions& options, diag::Sink& sink) {
  Program program;
  program.sources = sources;
  program.files = std::move(files);
  const std::vector<InputFile> inputs = SortFiles(*sources, program.files);
  Context context(program, *sources, load, options, sink);
  for (const auto& file : program.files) {
    for (const syntax::Decl& decl : file->decls) {
      if (decl.incomplete) context.incomplete[{file->file, decl.span.begin}] = decl.span.end;
    }
  }
  ReadWorld(context, inputs);
  const Inventory inventory = CollectNames(context, inputs);
  ReadAdequacies(context, inputs);
  ReadResources(context, inventory);
  ReadSettings(context, inventory);
  ReadLadders(context, inventory);
  ReadWorkflows(context, inventory);
  ReadContracts(context, inventory);
  Tenancy tenancy(context);
  ReadTenants(context, inventory, tenancy);
  ReadImports(context, inventory, tenancy);
  ReadStepConditions(context, inventory);
  ReadWindows(context, inventory);
  ReadRules(context, inventory);
  ReadExceptions(context, inventory);
  ReadGuarantees(context, inventory);
  ReadTests(context, inventory);
  ReadScenarios(context, inventory);
  AddPhases(program);
  AssignShapes(program);
  CheckComplete(context);
  return program;
}

}  // namespace bylaw::sema

// What all parts of Analyze share: the program being built, the tables of names, and one way to report.
//
// Internal to sema/. Names are views into trees and CSV texts, which outlive the analysis. While a CSV cell is read,
// every report becomes `import-row` at that cell, so that a cell is checked by the very code that checks its sentence.
// Not thread-safe.
#ifndef BYLAW_COMPILER_SEMA_CONTEXT_H_
#define BYLAW_COMPILER_SEMA_CONTEXT_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/sema/analyze.h"
#include "compiler/sema/program.h"
#include "compiler/syntax/ast.h"

namespace bylaw::sema {

using diag::Kind;
using source::Span;
using ViewHash = std::hash<std::string_view>;

// The names of one kind of thing, in the order of declaration.
template <typename IdType>
class NameTable {
 public:
  // The id of `name`, or none.
  IdType Find(std::string_view name) const {
    const auto found = ids_.find(name);
    return found == ids_.end() ? IdType::None() : found->second;
  }
  // False if the name is taken.
  bool Add(std::string_view name, IdType id) {
    if (!ids_.emplace(name, id).second) return false;
    names_.push_back(name);
    return true;
  }
  const std::vector<std::string_view>& names() const { return names_; }

 private:
  absl::flat_hash_map<std::string_view, IdType, ViewHash> ids_;
  std::vector<std::string_view> names_;
};

using RegulationId = Id<struct RegulationTag>;
using WindowId = Id<struct WindowTag>;

// The CSV cell being read.
struct ImportCell {
  std::string_view file;
  size_t row = 0;
  std::string_view column;
  Span span;
};

struct Context {
  Context(Program& p, source::SourceSet& s, const LoadFile& l, const AnalyzeOptions& o, diag::Sink& to)
      : program(p), sources(s), load(l), options(o), sink(to) {}

  Program& program;
  source::SourceSet& sources;
  const LoadFile& load;
  const AnalyzeOptions& options;
  diag::Sink& sink;
  absl::TimeZone zone = absl::UTCTimeZone();
  bool currency_known = false;
  Span currency_span;  // the first amount, which fixed the policy's currency
  const ImportCell* import = nullptr;

  NameTable<PlaceId> places;
  NameTable<RegionId> regions;
  NameTable<CertificateId> certificates;
  NameTable<ResourceId> resources;
  NameTable<EndpointId> endpoints;
  NameTable<StoreId> stores;
  NameTable<ReviewersId> reviewers;
  NameTable<PoolId> pools;
  NameTable<TierId> tiers;
  NameTable<ClassId> classes;
  NameTable<RegulationId> regulations;
  NameTable<OrgId> orgs;
  NameTable<TenantId> tenants;
  NameTable<SettingId> settings;
  NameTable<WorkflowId> workflows;
  NameTable<LadderId> ladders;
  NameTable<WindowId> windows;
  NameTable<Id<struct RuleNameTag>> rules;
  NameTable<Id<struct ExceptionTag>> exceptions;
  NameTable<Id<struct GuaranteeTag>> guarantees;
  NameTable<Id<struct TestTag>> tests;
  NameTable<Id<struct ScenarioTag>> scenarios;
  NameTable<Id<struct StepNameTag>> step_names;  // of all workflows
  std::vector<NameTable<StepId>> steps;          // by WorkflowId
  // Resources that an endpoint serves; the others are only named in lists of what may or must not be used.
  std::vector<bool> served;

  // Adds a diagnostic, or `import-row` for the cell being read.
  diag::Diagnostic& Report(Kind kind, Span span, std::string message);
  ClauseId AddClause(Span span, Level level, std::string owner);
  // The first instant of `date` in the declared time zone.
  TimeNs Midnight(Date date) const;
  // What stands at `span`, or `otherwise` where there is no text.
  std::string Said(Span span, std::string_view otherwise) const;

  // `name` is not declared: "no tier is named x", with "did you mean".
  diag::Diagnostic& Unknown(std::string_view noun, const syntax::Name& name,
                            const std::vector<std::string_view>& candidates, Kind kind = Kind::kUnknownName);
  // The id of `name`, or a report.
  template <typename IdType>
  IdType Resolve(std::string_view noun, const syntax::Name& name, const NameTable<IdType>& table) {
    const IdType id = table.Find(name.text);
    if (!id.valid()) Unknown(noun, name, table.names());
    return id;
  }
  void Duplicate(std::string_view noun, const syntax::Name& name, Span first);
  // A declaration of the policy's own with the name of one that the standard library brings: the policy's is the one to
  // change.
  void DuplicateOfLibrary(std::string_view noun, const syntax::Name& own, Span library);
  void Repeated(std::string_view term, std::string_view owner, Span span, Span first);
  // Notes in `first` that a sentence was said; true, with a report, if it had been said before.
  bool Again(std::string_view term, std::string_view owner, Span span, std::optional<Span>& first);
};

// "a, b and c".
std::string JoinNames(const std::vector<std::string>& names);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_CONTEXT_H_

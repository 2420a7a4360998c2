#include "compiler/sema/names.h"

#include <fmt/format.h>

#include "compiler/sema/values.h"

namespace bylaw::sema {
namespace {

class Collector {
 public:
  Collector(Context& context, Inventory& inventory)
      : context_(context), program_(context.program), inventory_(inventory) {}

  // `standard`: the declaration is the standard library's; those come after all of the policy's own.
  void Collect(const syntax::Decl& whole, bool standard) {
    whole_ = &whole;
    standard_ = standard;
    std::visit(*this, whole.decl);
  }

  // The world is read elsewhere, before names.
  void operator()(const syntax::UseDecl&) {}
  void operator()(const syntax::TimeZoneDecl&) {}
  void operator()(const syntax::CountryDecl&) {}
  void operator()(const syntax::RegionDecl&) {}
  void operator()(const syntax::PlaceDecl&) {}
  void operator()(const syntax::AdequacyDecl&) {}

  void operator()(const syntax::EditionDecl& decl) {
    const std::optional<int64_t> year = CountOf(context_, decl.year, {"edition {}", "2026"});
    if (year && *year != 2026) {
      context_.Report(Kind::kOutOfRange, decl.year.span, fmt::format("there is no edition {}", *year))
          .help.emplace_back("edition 2026");
    }
  }

  void operator()(const syntax::EndpointDecl& decl) {
    for (const syntax::EndpointTerm& term : decl.terms) {
      if (const auto* serves = std::get_if<syntax::EndpointTerm::Serves>(&term.term)) {
        AddResource(serves->resource, serves->model, true);
      }
    }
    if (Endpoint* row = Add("endpoint", decl.name, context_.endpoints, program_.endpoints)) {
      row->clause = Clause("endpoint", decl.name);
      inventory_.endpoints.push_back(&decl);
    }
  }
  void operator()(const syntax::StoreDecl& decl) {
    if (Store* row = Add("store", decl.name, context_.stores, program_.stores)) {
      row->clause = Clause("store", decl.name);
      inventory_.stores.push_back(&decl);
    }
  }
  void operator()(const syntax::ReviewersDecl& decl) {
    if (Reviewers* row = Add("reviewers", decl.name, context_.reviewers, program_.reviewers)) {
      row->clause = Clause("reviewers", decl.name);
      inventory_.reviewers.push_back(&decl);
    }
  }
  void operator()(const syntax::PoolDecl& decl) {
    if (Pool* row = Add("pool", decl.name, context_.pools, program_.pools)) {
      row->clause = Clause("pool", decl.name);
      inventory_.pools.push_back(&decl);
    }
  }
  void operator()(const syntax::TierDecl& decl) {
    if (Add("tier", decl.name, context_.tiers, program_.tiers)) inventory_.tiers.push_back(&decl);
    CollectListed(decl.clauses);
  }
  void operator()(const syntax::ClassDecl& decl) {
    if (Add("class", decl.name, context_.classes, program_.classes)) inventory_.classes.push_back(&decl);
    CollectListed(decl.clauses);
  }
  void operator()(const syntax::RegulationDecl& decl) {
    if (Add("regulation", decl.name, context_.regulations, program_.regulations)) {
      inventory_.regulations.push_back(&decl);
    }
    CollectListed(decl.clauses);
  }
  void operator()(const syntax::OrgDecl& decl) {
    if (Add("org", decl.name, context_.orgs, program_.orgs)) inventory_.orgs.push_back(&decl);
    CollectListed(decl.clauses);
  }
  void operator()(const syntax::TenantDecl& decl) {
    const TenantId id(static_cast<uint32_t>(program_.tenants.size()));
    if (!context_.tenants.Add(decl.name.text, id)) {
      context_.Duplicate("tenant", decl.name,
                         program_.SpanOf(program_.tenants[context_.tenants.Find(decl.name.text).index()].clause));
      return;
    }
    Tenant tenant;
    tenant.name = decl.name.text;
    tenant.clause = context_.AddClause(HeaderOf(*whole_), Level::kTenant, "tenant " + decl.name.text);
    program_.tenants.push_back(std::move(tenant));
    inventory_.tenants.push_back(&decl);
    CollectListed(decl.clauses);
  }
  void operator()(const syntax::TenantsFromDecl& decl) { inventory_.imports.push_back(&decl); }
  void operator()(const syntax::SettingDecl& decl) {
    if (Add("setting", decl.name, context_.settings, program_.settings)) inventory_.settings.push_back(&decl);
  }
  void operator()(const syntax::WorkflowDecl& decl) {
    Workflow* row = Add("workflow", decl.name, context_.workflows, program_.workflows);
    if (row == nullptr) return;
    row->clause = Clause("workflow", decl.name);
    inventory_.workflows.push_back(&decl);
    CollectSteps(decl, *row);
  }
  void operator()(const syntax::LadderDecl& decl) {
    if (Add("ladder", decl.name, context_.ladders, program_.ladders)) inventory_.ladders.push_back(&decl);
  }
  void operator()(const syntax::WindowDecl& decl) {
    const WindowId id(static_cast<uint32_t>(inventory_.windows.size()));
    if (!context_.windows.Add(decl.name.text, id)) {
      context_.Duplicate("window", decl.name,
                         inventory_.windows[context_.windows.Find(decl.name.text).index()]->name.span);
      return;
    }
    program_.windows.push_back(Window{decl.name.text, 0, 6, 0, 0});
    inventory_.windows.push_back(&decl);
  }
  void operator()(const syntax::RuleDecl& decl) { AddNamed("rule", decl.name, context_.rules, inventory_.rules); }
  void operator()(const syntax::ExceptionDecl& decl) {
    AddNamed("exception", decl.name, context_.exceptions, inventory_.exceptions);
  }
  void operator()(const syntax::GuaranteeDecl& decl) {
    AddNamed("guarantee", decl.name, context_.guarantees, inventory_.guarantees);
  }
  void operator()(const syntax::TestDecl& decl) {
    AddNamed("test", {decl.title.text, decl.title.span}, context_.tests, inventory_.tests, decl.title.text);
  }
  void operator()(const syntax::ScenarioDecl& decl) {
    AddNamed("scenario", decl.name, context_.scenarios, inventory_.scenarios);
  }

  // Names that only lists of what may or must not be used mention, after all that endpoints serve.
  void Finish() {
    for (const syntax::Clause* clause : listed_) {
      const auto add = [&](bool models, const std::vector<syntax::Name>& names) {
        for (const syntax::Name& name : names) AddResource(name, models, false);
      };
      if (const auto* may = std::get_if<syntax::MayUseTerm>(&clause->term)) add(may->models, may->names);
      if (const auto* not_ = std::get_if<syntax::MustNotUseTerm>(&clause->term)) add(not_->models, not_->names);
    }
  }

 private:
  ClauseId Clause(std::string_view noun, const syntax::Name& name) {
    return context_.AddClause(HeaderOf(*whole_), Level::kPlatform, fmt::format("{} {}", noun, name.text));
  }

  // A new row with its name, or null when the name is taken.
  template <typename IdType, typename Row>
  Row* Add(std::string_view noun, const syntax::Name& name, NameTable<IdType>& table, std::vector<Row>& rows) {
    if (!table.Add(name.text, IdType(static_cast<uint32_t>(rows.size())))) {
      const Span first = rows[table.Find(name.text).index()].span;
      if (standard_) {
        context_.DuplicateOfLibrary(noun, {name.text, first}, name.span);
      } else {
        context_.Duplicate(noun, name, first);
      }
      return nullptr;
    }
    Row& row = rows.emplace_back();
    row.name = name.text;
    row.span = name.span;
    return &row;
  }

  template <typename IdType>
  void AddNamed(std::string_view noun, const syntax::Name& name, NameTable<IdType>& table,
                std::vector<const syntax::Decl*>& decls, std::string_view key = {}) {
    const std::string_view kept = key.empty() ? std::string_view(name.text) : key;
    if (!table.Add(kept, IdType(static_cast<uint32_t>(decls.size())))) {
      context_.Duplicate(noun, name, HeaderOf(*decls[table.Find(kept).index()]));
      return;
    }
    decls.push_back(whole_);
  }

  void AddResource(const syntax::Name& name, bool is_model, bool served) {
    if (context_.resources.Find(name.text).valid()) return;
    context_.resources.Add(name.text, ResourceId(static_cast<uint32_t>(program_.resources.size())));
    program_.resources.push_back(Resource{name.text, is_model, name.span});
    context_.served.push_back(served);
  }

  void CollectSteps(const syntax::WorkflowDecl& decl, Workflow& workflow) {
    NameTable<StepId>& table = context_.steps.emplace_back();
    std::vector<const syntax::StepDecl*>& steps = inventory_.steps.emplace_back();
    for (const syntax::WorkflowItem& item : decl.items) {
      const auto* step = std::get_if<syntax::StepDecl>(&item.item);
      if (step == nullptr) continue;
      if (Step* row = Add("step", step->name, table, workflow.steps)) {
        row->optional = step->optional;
        row->clause = context_.AddClause(step->name.span, Level::kPlatform,
                                         fmt::format("step {} of {}", step->name.text, decl.name.text));
        steps.push_back(step);
        context_.step_names.Add(step->name.text, Id<struct StepNameTag>(0));
      }
    }
  }

  void CollectListed(const std::vector<syntax::Clause>& clauses) {
    for (const syntax::Clause& clause : clauses) {
      const bool listing = std::holds_alternative<syntax::MayUseTerm>(clause.term) ||
                           std::holds_alternative<syntax::MustNotUseTerm>(clause.term);
      if (listing) listed_.push_back(&clause);
    }
  }

  Context& context_;
  Program& program_;
  Inventory& inventory_;
  const syntax::Decl* whole_ = nullptr;
  bool standard_ = false;
  std::vector<const syntax::Clause*> listed_;
};

}  // namespace

Inventory CollectNames(Context& context, const std::vector<InputFile>& files) {
  Inventory inventory;
  Collector collector(context, inventory);
  for (const InputFile& file : files) {
    for (const syntax::Decl& decl : file.tree->decls) collector.Collect(decl, file.standard);
  }
  collector.Finish();
  return inventory;
}

}  // namespace bylaw::sema

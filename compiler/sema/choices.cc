// The terms of contracts without numbers: places, lists, routes and other choices.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/contracts.h"
#include "compiler/sema/endpoints.h"
#include "compiler/sema/library.h"
#include "compiler/sema/values.h"
#include "compiler/sema/world.h"

namespace bylaw::sema {
namespace {

std::string_view DataText(syntax::DataClass data) {
  constexpr std::string_view kNames[] = {"state", "checkpoints", "audit", "queues"};
  return kNames[static_cast<size_t>(data)];
}

std::string Digits(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') digits.push_back(c);
  }
  return digits;
}

// A name that only a list mentions is taken at its word (what is not connected today may be denied or allowed already),
// unless it is almost the name of something served: then it is a slip of the pen, and a denial would deny nothing.
bool LooksMisspelt(std::string_view name, std::string_view nearest) {
  return !nearest.empty() && name.size() >= 8 && Digits(name) == Digits(nearest);
}

}  // namespace

std::vector<std::string_view> ServedNames(const Context& context, bool models, bool tools) {
  std::vector<std::string_view> names;
  for (size_t i = 0; i < context.program.resources.size(); ++i) {
    const Resource& resource = context.program.resources[i];
    if (context.served[i] && (resource.is_model ? models : tools)) names.push_back(resource.name);
  }
  return names;
}

ResourceId ResolveResource(Context& context, const syntax::Name& name, bool model) {
  const ResourceId id = context.resources.Find(name.text);
  const std::string_view noun = model ? "model" : "tool";
  if (!id.valid()) {
    diag::Diagnostic& diagnostic = context.Unknown(noun, name, ServedNames(context, model, !model));
    if (diagnostic.help.empty() || !diagnostic.help[0].starts_with("did you mean")) {
      diagnostic.help.push_back(fmt::format("declare an endpoint that `serves {} {}`", noun, name.text));
    }
    return id;
  }
  if (context.program.resources[id.index()].is_model != model) {
    diag::Diagnostic& diagnostic = context.Report(
        Kind::kUnknownName, name.span, fmt::format("{} is a {}, not a {}", name.text, model ? "tool" : "model", noun));
    diagnostic.notes.push_back({"note", "it is named here", context.program.resources[id.index()].span});
    diagnostic.help.push_back(fmt::format("write `{} {}`", model ? "tool" : "model", name.text));
    return ResourceId::None();
  }
  return id;
}

ResourceId ClauseReader::ResourceOf(const syntax::Name& name, bool model) {
  return ResolveResource(context_, name, model);
}

ResourceId ClauseReader::AnyResourceOf(const syntax::Name& name) {
  const ResourceId id = context_.resources.Find(name.text);
  if (!id.valid()) context_.Unknown("model or tool", name, ServedNames(context_, true, true));
  return id;
}

std::vector<ResourceId> ClauseReader::ResourceList(const std::vector<syntax::Name>& names, bool models) {
  std::vector<ResourceId> list;
  for (const syntax::Name& name : names) {
    const ResourceId id = ResourceOf(name, models);
    if (!id.valid()) continue;
    if (!context_.served[id.index()]) {
      const std::vector<std::string_view> served = ServedNames(context_, models, !models);
      if (LooksMisspelt(name.text, diag::NearestName(name.text, served))) {
        context_.Unknown(models ? "model" : "tool", name, served);
        continue;
      }
    }
    list.push_back(id);
  }
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

void ClauseReader::operator()(const syntax::UseModelTerm& term) {
  const ResourceId model = ResourceOf(term.model, true);
  if (term.step && !context_.step_names.Find(term.step->text).valid()) {
    context_.Unknown("step of any workflow", *term.step, context_.step_names.names(), Kind::kUnknownStep);
    return;
  }
  if (!model.valid()) return;
  const std::string step = term.step ? term.step->text : "";
  for (const ModelChoice& other : terms_.models) {
    if (other.step == step) {
      return Repeated(step.empty() ? "use model" : fmt::format("use model … for step {}", step), other.clause);
    }
  }
  terms_.models.push_back(ModelChoice{step, model, Clause()});
}

void ClauseReader::operator()(const syntax::MayUseTerm& term) {
  std::vector<ResourceId> list = ResourceList(term.names, term.models);
  State(term.models ? "may use models" : "may use tools", term.models ? terms_.may_use_models : terms_.may_use_tools,
        std::move(list));
}

void ClauseReader::operator()(const syntax::MustNotUseTerm& term) {
  for (const ResourceId id : ResourceList(term.names, term.models)) {
    const auto found = std::find_if(terms_.must_not_use.begin(), terms_.must_not_use.end(),
                                    [&](const auto& other) { return other.first == id; });
    if (found != terms_.must_not_use.end()) {
      Repeated(fmt::format("must not use {}", context_.program.resources[id.index()].name), found->second);
      continue;
    }
    terms_.must_not_use.emplace_back(id, Clause());
  }
}

void ClauseReader::operator()(const syntax::FollowLadderTerm& term) {
  const LadderId ladder = context_.Resolve("ladder", term.ladder, context_.ladders);
  if (ladder.valid()) State("follow ladder", terms_.ladder, ladder);
}

void ClauseReader::operator()(const syntax::PlacesTerm& term) {
  using Subject = syntax::PlacesTerm::Subject;
  std::optional<PlaceSet> places = PlaceSetOf(context_, term.places);
  if (!places) return;
  const auto add = [&](PlaceSubject subject) { terms_.places.push_back(PlaceConstraint{subject, *places, Clause()}); };
  // `data stays in` says three things at once; each sentence is one form, which may stand once at a level.
  for (const PlaceConstraint& other : terms_.places) {
    const bool other_is_data = std::count_if(terms_.places.begin(), terms_.places.end(), [&](const auto& constraint) {
                                 return constraint.clause == other.clause;
                               }) > 1;
    const bool data = term.subject == Subject::kData;
    const bool same = data
                          ? other_is_data
                          : !other_is_data && static_cast<uint8_t>(other.subject) == static_cast<uint8_t>(term.subject);
    if (same) return Repeated(context_.Said(span_, "… stays in"), other.clause);
  }
  switch (term.subject) {
    case Subject::kState:
      return add(PlaceSubject::kState);
    case Subject::kCalls:
      return add(PlaceSubject::kCalls);
    case Subject::kReviewers:
      return add(PlaceSubject::kReviewers);
    case Subject::kData:
      add(PlaceSubject::kState);
      add(PlaceSubject::kCalls);
      add(PlaceSubject::kReviewers);
      return;
  }
}

void ClauseReader::operator()(const syntax::RouteTerm& term) {
  Route route;
  route.resource = AnyResourceOf(term.resource);
  for (const syntax::Name& name : term.endpoints) {
    const EndpointId id = context_.Resolve("endpoint", name, context_.endpoints);
    if (!id.valid()) continue;
    const Endpoint& endpoint = context_.program.endpoints[id.index()];
    if (route.resource.valid() && endpoint.resource.valid() && endpoint.resource != route.resource) {
      diag::Diagnostic& diagnostic =
          context_.Report(Kind::kUnknownName, name.span,
                          fmt::format("endpoint {} serves {}, not {}", name.text,
                                      context_.program.resources[endpoint.resource.index()].name, term.resource.text));
      diagnostic.notes.push_back({"note", "it is declared here", endpoint.span});
      std::vector<std::string> serving;
      for (const Endpoint& other : context_.program.endpoints) {
        if (other.resource == route.resource) serving.push_back(other.name);
      }
      if (!serving.empty()) {
        diagnostic.help.push_back(fmt::format("{} is served by {}", term.resource.text, JoinNames(serving)));
      }
      continue;
    }
    if (std::find(route.endpoints.begin(), route.endpoints.end(), id) != route.endpoints.end()) {
      context_.Report(Kind::kRepeatedTerm, name.span, fmt::format("the route names {} twice", name.text))
          .help.emplace_back("name each endpoint once, in the order in which it is tried");
      continue;
    }
    route.endpoints.push_back(id);
    route.endpoint_spans.push_back(name.span);
  }
  if (!route.resource.valid() || route.endpoints.empty()) return;
  for (const Route& other : terms_.routes) {
    if (other.resource == route.resource) return Repeated(fmt::format("route {}", term.resource.text), other.clause);
  }
  route.else_suspend = term.else_suspend;
  route.clause = Clause();
  terms_.routes.push_back(std::move(route));
}

void ClauseReader::operator()(const syntax::UseStoreTerm& term) {
  const StoreId store = context_.Resolve("store", term.store, context_.stores);
  if (!store.valid()) return;
  for (const syntax::DataClass data : term.data) {
    if (!context_.program.stores[store.index()].keeps[static_cast<size_t>(data)]) {
      diag::Diagnostic& diagnostic =
          context_.Report(Kind::kMissingTerm, span_,
                          fmt::format("store {} does not say that it keeps {}", term.store.text, DataText(data)));
      diagnostic.notes.push_back({"note", "it is declared here", context_.program.stores[store.index()].span});
      diagnostic.help.push_back(fmt::format("keeps {}", DataText(data)));
      continue;
    }
    const auto found = std::find_if(terms_.stores.begin(), terms_.stores.end(),
                                    [&](const StoreChoice& other) { return other.data == data; });
    if (found != terms_.stores.end()) {
      Repeated(fmt::format("use store … for {}", DataText(data)), found->clause);
      continue;
    }
    terms_.stores.push_back(StoreChoice{data, store, Clause()});
  }
}

void ClauseReader::operator()(const syntax::UsePoolTerm& term) {
  const PoolId pool = context_.Resolve("pool", term.pool, context_.pools);
  if (pool.valid()) State("use pool", terms_.pool, pool);
}

void ClauseReader::operator()(const syntax::PreferTerm& term) { State("prefer", terms_.prefer_fastest, term.fastest); }

void ClauseReader::operator()(const syntax::SubjectToTerm& term) {
  if (level_ == Level::kRegulation) return Misplaced("subject to", "a tier, class, org or tenant");
  for (const syntax::Name& name : term.regulations) {
    const RegulationId id = context_.regulations.Find(name.text);
    if (!id.valid()) {
      diag::Diagnostic& diagnostic = context_.Unknown("regulation", name, context_.regulations.names());
      if (LibraryHasWord("regulations", "regulation " + name.text)) diagnostic.help = {"use std.regulations"};
      continue;
    }
    const auto found = std::find_if(terms_.regulations.begin(), terms_.regulations.end(),
                                    [&](const auto& other) { return other.value == id.value(); });
    if (found != terms_.regulations.end()) {
      Repeated(fmt::format("subject to {}", name.text), found->clause);
      continue;
    }
    terms_.regulations.push_back(Stated<uint32_t>{id.value(), Clause()});
  }
}

void ClauseReader::operator()(const syntax::ReviewersTerm& term) {
  std::vector<ReviewersId> reviewers;
  for (const syntax::Name& name : term.reviewers) {
    const ReviewersId id = context_.Resolve("reviewers", name, context_.reviewers);
    if (id.valid() && std::find(reviewers.begin(), reviewers.end(), id) == reviewers.end()) reviewers.push_back(id);
  }
  if (!reviewers.empty()) State("reviewers", terms_.reviewers, std::move(reviewers));
}

void ClauseReader::operator()(const syntax::MayRunTerm& term) {
  std::vector<WorkflowId> workflows;
  for (const syntax::Name& name : term.workflows) {
    const WorkflowId id = context_.Resolve("workflow", name, context_.workflows);
    if (id.valid()) workflows.push_back(id);
  }
  std::sort(workflows.begin(), workflows.end());
  workflows.erase(std::unique(workflows.begin(), workflows.end()), workflows.end());
  State("may run", terms_.may_run, std::move(workflows));
}

void ClauseReader::operator()(const syntax::MayBeWaivedTerm&) {
  if (regulation_ == nullptr) return Misplaced("may be waived", "a regulation");
  if (regulation_->may_be_waived) {
    context_.Report(Kind::kRepeatedTerm, span_, fmt::format("`may be waived` is stated twice in {}", owner_))
        .help.emplace_back("keep one of the two sentences");
  }
  regulation_->may_be_waived = true;
}

}  // namespace bylaw::sema

// The tables of the image: names, endpoints, workflows, sentences, and one packed record a tenant.

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "compiler/plan/build_internal.h"

namespace bylaw::plan {
namespace {

template <typename T, typename U>
U Or(const sema::Maybe<T>& term, U otherwise) {
  return term.has_value() ? static_cast<U>(term->value) : otherwise;
}

template <typename Rows>
std::vector<std::string> NamesOf(const Rows& rows) {
  std::vector<std::string> names;
  names.reserve(rows.size());
  for (const auto& row : rows) names.push_back(row.name);
  return names;
}

abi::RateSpec ToSpec(const sema::Rate& rate) {
  abi::RateSpec spec = rate.spec;
  spec.clause = Direct(rate.clause);
  return spec;
}

int64_t MicrosOf(const sema::Maybe<Money>& money) { return money.has_value() ? money->value.micros : 0; }

void AddEndpoints(const sema::Program& program, abi::PolicyImage& out) {
  for (const sema::Endpoint& endpoint : program.endpoints) {
    abi::EndpointInfo& info = out.endpoints.emplace_back();
    info.name = endpoint.name;
    info.resource = endpoint.resource;
    info.region = endpoint.location.region;
    info.provider = endpoint.provider;
    info.takes_about_ns = Or(endpoint.takes_about, DurationNs{0});
    info.takes_at_most_ns = Or(endpoint.takes_at_most, DurationNs{0});
    for (const sema::Rate& quota : endpoint.quotas) info.quotas.push_back(ToSpec(quota));
    info.cost_per_call_micros = MicrosOf(endpoint.cost_per_call);
    // Micros per million tokens are pico-units per token.
    info.pico_per_input_token = MicrosOf(endpoint.input_per_million);
    info.pico_per_output_token = MicrosOf(endpoint.output_per_million);
    info.clause = endpoint.clause;
  }
}

void AddPlaces(const sema::Program& program, abi::PolicyImage& out) {
  out.regions = NamesOf(program.regions);
  for (const sema::Pool& pool : program.pools) {
    out.pools.push_back(
        {pool.name, pool.location.region, pool.slots, pool.room.value_or(abi::kUnlimited), pool.clause});
  }
  for (const sema::Store& store : program.stores) {
    out.stores.push_back({store.name, store.location.region, store.clause});
  }
  for (const sema::Reviewers& reviewers : program.reviewers) {
    out.reviewers.push_back({reviewers.name, Or(reviewers.staff, 0u), Or(reviewers.review_takes, DurationNs{0}),
                             reviewers.serves, reviewers.clause});
  }
}

void AddOrgs(const sema::Program& program, abi::PolicyImage& out) {
  for (const sema::Org& org : program.orgs) {
    abi::OrgInfo& info = out.orgs.emplace_back();
    info.name = org.name;
    info.weight = Or(org.weight, 0u);
    info.cap = Or(org.together_at_once, abi::kUnlimited);
    info.budget_month_micros = Or(org.together_budget_month, abi::kUnlimitedMicros);
    if (org.together_at_once.has_value()) info.cap_clause = org.together_at_once->clause;
    if (org.together_budget_month.has_value()) info.budget_clause = org.together_budget_month->clause;
  }
}

void AddWorkflows(const sema::Program& program, abi::PolicyImage& out) {
  for (const sema::Workflow& workflow : program.workflows) {
    abi::WorkflowInfo& info = out.workflows.emplace_back();
    info.name = workflow.name;
    info.lane = workflow.lane;
    info.order = workflow.order;
    info.slots = workflow.slots;
    info.input_count = workflow.input_count;
    info.clause = workflow.clause;
    for (const sema::Step& step : workflow.steps) {
      abi::StepInfo& row = info.steps.emplace_back();
      row.name = step.name;
      row.optional = step.optional;
      row.resource = step.resource;
      row.retries_max = Or(step.retries, 0u);
      row.replan_target = step.replan_target;
      row.replans_max = Or(step.replans, 0u);
      row.takes_about_ns = Or(step.takes_about, DurationNs{0});
      row.takes_at_most_ns = Or(step.takes_at_most, DurationNs{0});
      row.input_tokens = step.input_tokens;
      row.output_tokens = step.output_tokens;
      row.clause = step.clause;
    }
  }
}

// Rows of rates and settings, one for each distinct set of effective terms.
struct TermRows {
  uint32_t rates_begin = 0, rates_end = 0, settings_begin = 0;
};

// Where these limits stand in the table; most tenants of a tier have the same as one of the last few.
uint32_t KeepRates(const std::vector<abi::RateSpec>& rates, abi::PolicyImage& out) {
  constexpr size_t kLook = 8;
  std::vector<abi::RateSpec>& kept = out.rates.Edit();
  const size_t from = kept.size() - std::min(kept.size(), kLook * rates.size());
  const auto found = std::search(kept.begin() + static_cast<ptrdiff_t>(from), kept.end(), rates.begin(), rates.end());
  const auto begin = static_cast<uint32_t>(found - kept.begin());
  if (found == kept.end()) kept.insert(kept.end(), rates.begin(), rates.end());
  return begin;
}

TermRows AddTermRows(const sema::Program& program, const sema::Terms& terms, abi::PolicyImage& out) {
  std::vector<abi::RateSpec> rates;
  for (const sema::Rate& rate : terms.rates) rates.push_back(ToSpec(rate));
  TermRows rows;
  rows.rates_begin = KeepRates(rates, out);
  rows.rates_end = rows.rates_begin + static_cast<uint32_t>(rates.size());
  rows.settings_begin = static_cast<uint32_t>(out.settings.size());
  const size_t count = program.settings.size();
  out.settings.Edit().resize(rows.settings_begin + count + (count + 63) / 64, abi::SlotValue{.integer = 0});
  abi::SlotValue* row = out.settings.Edit().data() + rows.settings_begin;
  const auto set = [&](size_t setting, const abi::SlotValue& value) {
    row[setting] = value;
    row[count + setting / 64].integer |= static_cast<int64_t>(uint64_t{1} << (setting % 64));
  };
  for (size_t i = 0; i < count; ++i) {
    if (program.settings[i].default_value.has_value()) set(i, *program.settings[i].default_value);
  }
  for (const auto& [setting, stated] : terms.settings) set(setting.index(), stated.value);
  return rows;
}

abi::TenantRecord MakeRecord(const sema::Tenant& tenant, const sema::Terms& terms, const TermRows& rows) {
  abi::TenantRecord record;
  record.budget_workflow_micros = Or(terms.budget_workflow, abi::kUnlimitedMicros);
  record.budget_month_micros = Or(terms.budget_month, abi::kUnlimitedMicros);
  record.shape = tenant.shape;
  record.org = tenant.org;
  record.tier = tenant.tier;
  record.klass = tenant.klass;
  record.weight = Or(terms.weight, 1u);
  record.cap = Or(terms.at_once, abi::kUnlimited);
  if (terms.burst.has_value()) {
    record.burst_to = terms.burst->value.to;
    record.burst_for_ns = terms.burst->value.within_ns;
  }
  record.waiting_max = Or(terms.waiting, abi::kUnlimited);
  record.rates_begin = rows.rates_begin;
  record.rates_end = rows.rates_end;
  record.settings_begin = rows.settings_begin;
  record.slots_min = Or(terms.min_slots, 0u);
  record.suspended_max_ns = Or(terms.suspended_max_ns, DurationNs{0});
  for (size_t lane = 0; lane < record.lane_share_ppm.size(); ++lane) {
    record.lane_share_ppm[lane] = Or(terms.lane_share_ppm[lane], 1'000'000u);
  }
  for (const syntax::DataClass data : {syntax::DataClass::kState, syntax::DataClass::kCheckpoints}) {
    const sema::Maybe<CalendarDuration>& keep = terms.keep_at_least[static_cast<size_t>(data)];
    if (!keep.has_value()) continue;
    record.keep_data_days = std::max(record.keep_data_days, static_cast<uint32_t>(keep->value.days_max()));
  }
  if (terms.delete_within.has_value()) {
    record.erase_data_days = static_cast<uint32_t>(terms.delete_within->value.days_min());
  }
  return record;
}

// The exceptions of a phase, as an auditor asks for them: which, by what ticket, until when.
std::string ExceptionsOf(const sema::Program& program, const sema::Tenant& phase) {
  std::string text;
  for (const sema::Exception& exception : program.exceptions) {
    const bool holds = exception.from_ns <= phase.from_ns && phase.from_ns < exception.until_ns;
    if (exception.tenant != phase.phase_of || !holds) continue;
    const abi::ClauseInfo info = MakeClauseInfo(program.sources.get(), program.clauses[exception.clause.index()].span);
    if (!text.empty()) text += "; ";
    text += fmt::format("{}:{}: exception {}", info.file, info.line, exception.name);
    if (!exception.ticket.empty()) text += fmt::format(" ({})", exception.ticket);
    text += fmt::format(" until {}", FormatDate(exception.until));
  }
  return text;
}

void AddTenants(const sema::Program& program, const ProvenanceLayout& layout, abi::PolicyImage& out) {
  std::vector<TermRows> rows;
  rows.reserve(program.effective.size());
  for (const sema::Terms& terms : program.effective) rows.push_back(AddTermRows(program, terms, out));
  out.tenants.Edit().reserve(program.tenant_count());
  out.provenance.Edit().reserve(program.tenants.size() * layout.width());
  for (uint32_t i = 0; i < program.tenants.size(); ++i) {
    const sema::Tenant& tenant = program.tenants[i];
    abi::TenantRecord record = MakeRecord(tenant, program.effective[tenant.effective], rows[tenant.effective]);
    record.tenant = program.TenantOf(TenantId(i));
    record.provenance_begin = static_cast<uint32_t>(out.provenance.size());
    const std::vector<ClauseId> row = layout.Row(program, tenant);
    out.provenance.Edit().insert(out.provenance.end(), row.begin(), row.end());
    if (tenant.phase_of.valid()) {
      out.phases.push_back({tenant.phase_of, tenant.from_ns, tenant.until_ns, record, ExceptionsOf(program, tenant)});
    } else {
      out.tenants.Edit().push_back(record);
      out.tenant_names.Edit().push_back(tenant.name);
    }
  }
}

}  // namespace

abi::ClauseInfo MakeClauseInfo(const source::SourceSet* sources, source::Span span) {
  if (sources == nullptr || !span.valid()) return {};
  const source::Position at = sources->begin(span);
  // The whole first line: a span may be a part of its sentence, or a block of many lines.
  std::string_view line = sources->line_text(span.file, at.line);
  const size_t first = line.find_first_not_of(" \t");
  line.remove_prefix(first == std::string_view::npos ? line.size() : first);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '{' || line.back() == '\r')) {
    line.remove_suffix(1);
  }
  return {sources->path(span.file), at.line, line};
}

void BuildTables(const sema::Program& program, const ProvenanceLayout& layout, Plan& plan) {
  abi::PolicyImage& out = plan.tables;
  out.time_zone = program.time_zone;
  out.currency = program.currency;
  out.tiers = NamesOf(program.tiers);
  out.classes = NamesOf(program.classes);
  out.resources = NamesOf(program.resources);
  for (const sema::Resource& resource : program.resources) out.resource_is_model.push_back(resource.is_model);
  AddEndpoints(program, out);
  AddPlaces(program, out);
  AddOrgs(program, out);
  AddWorkflows(program, out);
  AddTenants(program, layout, out);
  for (const sema::ClauseRecord& clause : program.clauses) {
    out.clauses.Add(MakeClauseInfo(program.sources.get(), clause.span));
  }
  for (const sema::Window& window : program.windows) {
    plan.windows.push_back({window.first_day, window.last_day, window.from_minute, window.to_minute});
  }
  plan.setting_count = static_cast<uint32_t>(program.settings.size());
}

}  // namespace bylaw::plan

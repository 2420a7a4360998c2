#include "runtime/engine/hand_policy.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "runtime/abi/decision.h"

namespace bylaw::engine {
namespace {

struct Candidate {
  EndpointId endpoint;
  RegionId region;
  int64_t hi_micros = 0;
  bool legal_ever = false;
};

struct Program {
  const abi::PolicyImage* image = nullptr;
  ResourceId resource;
  std::vector<Candidate> candidates;  // cheapest first
  bool optional = false;
  uint32_t asks = 0;
  bool send_to_reviewers = false;
};

bool Legal(const Program& program, const abi::TenantRecord& record, const abi::StepRequest& request, EndpointId id) {
  const abi::ShapeInfo& shape = program.image->shapes[record.shape.index()];
  const auto next = std::upper_bound(shape.legal_from.begin(), shape.legal_from.end(), request.wall_now_ns);
  const size_t row = static_cast<size_t>(next - shape.legal_from.begin()) - 1;
  const uint64_t words = shape.legal[row][id.index() / 64] & request.permitted[id.index() / 64];
  return (words >> (id.index() % 64) & 1) != 0;
}

bool Up(const abi::StepRequest& request, EndpointId id) {
  return (request.up[id.index() / 64] >> (id.index() % 64) & 1) != 0;
}

void Stop(abi::Decision* out, abi::Verdict verdict, abi::Reason reason, abi::ClauseRef clause) {
  out->verdict = static_cast<uint8_t>(verdict);
  out->reason = static_cast<uint8_t>(reason);
  out->clause = clause;
}

void Review(const Program& program, const abi::TenantRecord& record, abi::Decision* out) {
  Stop(out, abi::Verdict::kReview, abi::Reason::kApproval, kClauseAsk);
  out->ask_count = static_cast<uint8_t>(program.asks);
  out->reviewers = program.image->shapes[record.shape.index()].reviewers.value();
}

void HandDecide(const abi::StepEntry* entry, const abi::TenantRecord* record, const abi::StepRequest* request,
                abi::Decision* out) {
  const Program& program = *static_cast<const Program*>(entry->program);
  *out = abi::ProceedDecision();
  out->floor_micros = entry->floor_after_micros;
  if (program.send_to_reviewers) return Review(program, *record, out);
  if (program.asks > 0 && request->approved == 0) return Review(program, *record, out);
  if (!program.resource.valid()) return;
  bool illegal_up = false;
  for (size_t i = 0; i < program.candidates.size(); ++i) {
    const Candidate& candidate = program.candidates[i];
    if (!Legal(program, *record, *request, candidate.endpoint)) {
      illegal_up |= Up(*request, candidate.endpoint);
      continue;
    }
    if (!Up(*request, candidate.endpoint)) continue;
    if (candidate.hi_micros > 0 && request->remaining_micros - candidate.hi_micros < entry->floor_after_micros) {
      if (program.optional) return Stop(out, abi::Verdict::kSkip, abi::Reason::kBudget, kClauseBudget);
      out->offers = abi::kOfferPerson;
      return Stop(out, abi::Verdict::kSuspend, abi::Reason::kBudget, kClauseBudget);
    }
    out->candidate = static_cast<uint16_t>(i);
    out->resource = program.resource.value();
    out->endpoint = candidate.endpoint.value();
    out->region = candidate.region.value();
    out->reserved_micros = candidate.hi_micros;
    return;
  }
  illegal_up ? Stop(out, abi::Verdict::kSuspend, abi::Reason::kResidency, kClausePlaces)
             : Stop(out, abi::Verdict::kSuspend, abi::Reason::kAvailability, kClauseEndpoints);
}

std::vector<uint64_t> BitsOf(const std::vector<EndpointId>& endpoints) {
  std::vector<uint64_t> words;
  for (const EndpointId id : endpoints) {
    if (words.size() <= id.index() / 64) words.resize(id.index() / 64 + 1);
    words[id.index() / 64] |= uint64_t{1} << (id.index() % 64);
  }
  return words;
}

}  // namespace

abi::RateSpec CallsPer(DurationNs window_ns, int64_t amount, ResourceId resource) {
  abi::RateSpec spec;
  spec.resource = resource;
  spec.window_ns = window_ns;
  spec.amount = amount;
  return spec;
}

abi::RateSpec CallsEvenly(DurationNs window_ns, int64_t amount, int64_t burst, ResourceId resource) {
  abi::RateSpec spec = CallsPer(window_ns, amount, resource);
  spec.window = abi::RateWindow::kEvenly;
  spec.burst = burst;
  return spec;
}

struct HandPolicy::Made {
  std::shared_ptr<abi::PolicyImage> image = std::make_shared<abi::PolicyImage>();
  std::vector<std::vector<HandStep>> workflows;
  bool all_legal_in_shape_0 = true;
};

HandPolicy::HandPolicy() : made_(std::make_unique<Made>()) {
  abi::PolicyImage& image = *made_->image;
  image.regions = {"here"};
  image.tiers = {"tier"};
  for (const char* sentence : {"budget", "places", "endpoints", "asks"}) {
    image.clauses.Add(
        {.file = "hand.bylaw", .line = static_cast<uint32_t>(image.clauses.size() + 1), .sentence = sentence});
  }
  AddShape(PoolId(0), {});
}

HandPolicy::~HandPolicy() = default;

PoolId HandPolicy::AddPool(const std::string& name, uint32_t slots, uint32_t room) {
  auto& pools = made_->image->pools;
  pools.push_back({.name = name, .region = RegionId(0), .slots = slots, .room = room, .clause = ClauseId::None()});
  return PoolId(static_cast<uint32_t>(pools.size() - 1));
}

ReviewersId HandPolicy::AddReviewers(const std::string& name, uint32_t staff) {
  abi::ReviewersInfo info;
  info.name = name;
  info.staff = staff;
  made_->image->reviewers.push_back(info);
  const ReviewersId id(static_cast<uint32_t>(made_->image->reviewers.size() - 1));
  made_->image->shapes[0].reviewers = id;
  return id;
}

ResourceId HandPolicy::Resource(const std::string& name) {
  auto& names = made_->image->resources;
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return ResourceId(static_cast<uint32_t>(found - names.begin()));
  names.push_back(name);
  made_->image->resource_is_model.push_back(false);
  return ResourceId(static_cast<uint32_t>(names.size() - 1));
}

EndpointId HandPolicy::AddEndpoint(const std::string& name, const std::string& resource, int64_t cost_micros,
                                   std::vector<abi::RateSpec> quotas) {
  abi::EndpointInfo endpoint;
  endpoint.name = name;
  endpoint.resource = Resource(resource);
  endpoint.region = RegionId(0);
  endpoint.cost_per_call_micros = cost_micros;
  endpoint.quotas = std::move(quotas);
  made_->image->endpoints.push_back(endpoint);
  return EndpointId(static_cast<uint32_t>(made_->image->endpoints.size() - 1));
}

OrgId HandPolicy::AddOrg(const std::string& name, uint32_t cap, int64_t budget_month_micros) {
  abi::OrgInfo org;
  org.name = name;
  org.cap = cap;
  org.budget_month_micros = budget_month_micros;
  made_->image->orgs.push_back(org);
  return OrgId(static_cast<uint32_t>(made_->image->orgs.size() - 1));
}

WorkflowId HandPolicy::AddWorkflow(const std::string& name, const std::vector<HandStep>& steps, abi::Lane lane) {
  abi::WorkflowInfo info;
  info.name = name;
  info.lane = lane;
  for (uint32_t i = 0; i < steps.size(); ++i) {
    abi::StepInfo step;
    step.name = steps[i].name;
    step.optional = steps[i].optional;
    if (!steps[i].resource.empty()) step.resource = Resource(steps[i].resource);
    step.retries_max = steps[i].retries_max;
    for (uint32_t j = 0; j < steps.size(); ++j) {
      if (steps[j].name == steps[i].replan_target) step.replan_target = StepId(j);
    }
    step.replans_max = steps[i].replans_max;
    step.takes_about_ns = steps[i].takes_about_ns;
    step.input_tokens = steps[i].input_tokens;
    step.output_tokens = steps[i].output_tokens;
    for (const std::string& output : steps[i].outputs) {
      info.slots.push_back({.name = steps[i].name + "." + output, .type = abi::SlotType::kNumber, .choices = {}});
    }
    info.steps.push_back(step);
    info.order.push_back(StepId(i));
  }
  made_->image->workflows.push_back(info);
  made_->workflows.push_back(steps);
  return WorkflowId(static_cast<uint32_t>(made_->workflows.size() - 1));
}

ShapeId HandPolicy::AddShape(PoolId pool, const std::vector<EndpointId>& legal) {
  abi::ShapeInfo shape;
  shape.pool = pool;
  shape.legal_from = {kBeginningOfTimeNs};
  shape.legal = {BitsOf(legal)};
  made_->image->shapes.push_back(shape);
  return ShapeId(static_cast<uint32_t>(made_->image->shapes.size() - 1));
}

void HandPolicy::ChangeLegal(ShapeId shape, TimeNs from, const std::vector<EndpointId>& legal) {
  abi::ShapeInfo& info = made_->image->shapes[shape.index()];
  info.legal_from.push_back(from);
  info.legal.push_back(BitsOf(legal));
}

namespace {

// The terms as a record, whose rates and provenance are appended to the image.
abi::TenantRecord MakeRecord(abi::PolicyImage& image, TenantId id, const HandTenant& terms) {
  abi::TenantRecord record;
  record.budget_workflow_micros = terms.budget_workflow_micros;
  record.budget_month_micros = terms.budget_month_micros;
  record.shape = terms.shape;
  record.org = terms.org;
  record.tier = TierId(0);
  record.weight = terms.weight;
  record.cap = terms.cap;
  record.burst_to = terms.burst_to;
  record.burst_for_ns = terms.burst_for_ns;
  record.waiting_max = terms.waiting_max;
  record.suspended_max_ns = terms.suspended_max_ns;
  record.keep_data_days = terms.keep_data_days;
  record.erase_data_days = terms.erase_data_days;
  record.rates_begin = static_cast<uint32_t>(image.rates.size());
  record.provenance_begin = static_cast<uint32_t>(image.provenance.size());
  record.slots_min = terms.slots_min;
  record.lane_share_ppm[0] = terms.urgent_share_ppm;
  record.tenant = id;
  for (uint32_t i = 0; i < terms.rates.size(); ++i) {
    image.rates.Edit().push_back(terms.rates[i]);
    image.rates.Edit().back().clause = abi::kTenantTerm | (abi::kFirstRate + i);
  }
  record.rates_end = static_cast<uint32_t>(image.rates.size());
  image.provenance.Edit().insert(image.provenance.end(), abi::kFirstRate + terms.rates.size(), ClauseId(kClauseBudget));
  return record;
}

}  // namespace

TenantId HandPolicy::AddTenant(const HandTenant& terms) {
  abi::PolicyImage& image = *made_->image;
  const TenantId id(static_cast<uint32_t>(image.tenants.size()));
  image.tenants.Edit().push_back(MakeRecord(image, id, terms));
  image.tenant_names.Edit().push_back(terms.name);
  return id;
}

void HandPolicy::AddPhase(TenantId tenant, TimeNs from, TimeNs until, const HandTenant& terms) {
  abi::PolicyImage& image = *made_->image;
  image.phases.push_back({tenant, from, until, MakeRecord(image, tenant, terms)});
}

std::shared_ptr<const abi::PolicyImage> HandPolicy::Build() {
  abi::PolicyImage& image = *made_->image;
  const size_t words = std::max<size_t>(1, image.endpoint_words());
  std::vector<EndpointId> all;
  for (uint32_t i = 0; i < image.endpoints.size(); ++i) all.push_back(EndpointId(i));
  if (image.shapes[0].legal.size() == 1) image.shapes[0].legal[0] = BitsOf(all);
  auto programs = std::make_shared<std::vector<std::unique_ptr<Program>>>();
  for (abi::ShapeInfo& shape : image.shapes) {
    for (auto& row : shape.legal) row.resize(words);
    for (size_t w = 0; w < made_->workflows.size(); ++w) {
      abi::ShapeWorkflow table;
      int64_t floor = 0;
      table.steps.resize(made_->workflows[w].size());
      for (size_t i = made_->workflows[w].size(); i-- > 0;) {
        const HandStep& step = made_->workflows[w][i];
        auto program = std::make_unique<Program>();
        program->image = &image;
        program->resource = image.workflows[w].steps[i].resource;
        program->optional = step.optional;
        program->asks = step.asks;
        program->send_to_reviewers = step.send_to_reviewers;
        int64_t dearest_legal = 0;
        for (const EndpointId id : all) {
          const abi::EndpointInfo& endpoint = image.endpoints[id.index()];
          if (!program->resource.valid() || endpoint.resource != program->resource) continue;
          program->candidates.push_back({id, endpoint.region, endpoint.cost_per_call_micros, false});
          const bool legal_ever = std::any_of(shape.legal.begin(), shape.legal.end(), [&](const auto& row) {
            return (row[id.index() / 64] >> (id.index() % 64) & 1) != 0;
          });
          if (legal_ever) dearest_legal = std::max(dearest_legal, endpoint.cost_per_call_micros);
        }
        std::stable_sort(program->candidates.begin(), program->candidates.end(),
                         [](const Candidate& a, const Candidate& b) { return a.hi_micros < b.hi_micros; });
        table.steps[i] = {.decide = HandDecide,
                          .program = program.get(),
                          .floor_after_micros = floor,
                          .hi_max_micros = dearest_legal};
        if (!step.optional && !step.send_to_reviewers) floor += dearest_legal;
        programs->push_back(std::move(program));
      }
      table.floor_entry_micros = floor;
      shape.workflows.push_back(std::move(table));
    }
  }
  image.keep_alive = programs;
  return made_->image;
}

}  // namespace bylaw::engine

#include "tools/bylaw/test_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "tools/bylaw/decision_text.h"

namespace bylaw::cli {
namespace {

using syntax::TestGiven;
using ValueKind = syntax::Value::Kind;

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

ResourceId FindResource(const abi::PolicyImage& image, const std::string& name) {
  const auto at = std::find(image.resources.begin(), image.resources.end(), name);
  return at == image.resources.end() ? ResourceId::None()
                                     : ResourceId(static_cast<uint32_t>(at - image.resources.begin()));
}

std::string NoSuch(std::string_view what, const std::string& name) {
  return fmt::format("there is no {} {}", what, name);
}

}  // namespace

std::string TestWorld::Given(const TestGiven& given) {
  const auto endpoint = [&](const syntax::Name& name, std::vector<EndpointId>& into) -> std::string {
    const EndpointId id = image_->FindEndpoint(name.text);
    if (!id.valid()) return NoSuch("endpoint", name.text);
    into.push_back(id);
    return "";
  };
  return std::visit(Overloaded{
                        [&](const TestGiven::Tenant& g) -> std::string {
                          tenant_ = image_->FindTenant(g.tenant.text);
                          return tenant_.valid() ? "" : NoSuch("tenant", g.tenant.text);
                        },
                        [&](const TestGiven::EndpointDown& g) { return endpoint(g.endpoint, down_); },
                        [&](const TestGiven::EndpointRevoked& g) { return endpoint(g.endpoint, revoked_); },
                        [&](const TestGiven::RequestIs&) -> std::string {
                          values_.push_back(given);
                          return "";
                        },
                        [&](const TestGiven::OutputIs&) -> std::string {
                          values_.push_back(given);
                          return "";
                        },
                        [&](const TestGiven::BudgetLeft& g) -> std::string {
                          left_ = g.amount;
                          return "";
                        },
                        [&](const TestGiven::DateIs& g) -> std::string {
                          date_ = g.date.date;
                          return "";
                        },
                        [&](const TestGiven::TimeIs& g) -> std::string {
                          minutes_ = g.time.integer;
                          return "";
                        },
                        [&](const TestGiven::Running& g) -> std::string {
                          running_ = g.workflows.integer;
                          return "";
                        },
                        [&](const TestGiven::CallsMade& g) -> std::string {
                          const ResourceId resource = FindResource(*image_, g.resource.text);
                          calls_.push_back({resource, g.calls.integer});
                          return resource.valid() ? "" : NoSuch("model or tool", g.resource.text);
                        },
                    },
                    given.given);
}

TimeNs TestWorld::WallStart() const {
  absl::TimeZone zone;
  BYLAW_CHECK(absl::LoadTimeZone(program_.time_zone, &zone), "the checker has read the time zone");
  absl::CivilDay day = absl::ToCivilDay(absl::FromUnixNanos(program_.activation_ns), zone);
  if (date_) day = absl::CivilDay(date_->year, date_->month, date_->day);
  return absl::ToUnixNanos(absl::FromCivil(absl::CivilMinute(day) + minutes_, zone));
}

const abi::TenantRecord& TestWorld::Record() const { return image_->RecordAt(tenant_, WallStart()); }

bool TestWorld::KeepsIn(const std::vector<syntax::DataClass>& data, const std::string& store) const {
  const std::array<StoreId, 4>& stores = image_->shapes[Record().shape.index()].stores;
  return std::all_of(data.begin(), data.end(), [&](syntax::DataClass one) {
    const StoreId id = stores[static_cast<size_t>(one)];
    return id.valid() && image_->stores[id.index()].name == store;
  });
}

PoolId TestWorld::Pool() const { return image_->shapes[Record().shape.index()].pool; }

std::string TestWorld::StartEngine(WorkflowId workflow) {
  workflow_ = workflow;
  clock_ = std::make_unique<SimulatedClock>(WallStart());
  auto made = engine::Engine::Create(image_, clock_.get(), &sink_, engine::Options{});
  if (!made.ok()) return std::string(made.status().message());
  engine_ = *std::move(made);
  for (const EndpointId endpoint : down_) engine_->SetEndpointUp(endpoint, false);
  for (const EndpointId endpoint : revoked_) engine_->Revoke(endpoint);
  for (const Calls& calls : calls_) engine_->CountCalls(tenant_, calls.resource, calls.count);
  if (spent_this_month_ > 0 && !Spend(workflow)) return "nothing can be spent this month";
  for (int64_t i = 0; i < running_; ++i) {
    const engine::SubmitResult result = engine_->Submit(tenant_, workflow, {});
    if (!result.queued || !engine_->Next(Pool()).has_value()) {
      return fmt::format("only {} of {} workflows can be running", i, running_);
    }
  }
  for (int64_t i = 0; i < waiting_; ++i) {
    if (!engine_->Submit(tenant_, workflow, {}).queued) return fmt::format("only {} of {} can wait", i, waiting_);
  }
  return "";
}

// By one step of one run: what an attempt did cost is charged in full.
bool TestWorld::Spend(WorkflowId workflow) {
  if (!engine_->Submit(tenant_, workflow, {}).queued) return false;
  const std::optional<engine::Turn> turn = engine_->Next(Pool());
  if (!turn.has_value() || !turn->step.valid()) return false;
  if (engine_->BeginStep(turn->run, turn->step).verdict != static_cast<uint8_t>(abi::Verdict::kProceed)) return false;
  engine_->EndStep(turn->run, {.cost_micros = spent_this_month_, .tokens = 0}, engine::Outcome::kOk);
  return engine_->Cancel(turn->run).ok();
}

std::vector<engine::Value> TestWorld::Values(WorkflowId workflow, std::string* problem) {
  std::vector<engine::Value> values;
  for (const syntax::TestGiven& given : values_) {
    const std::optional<engine::Value> value = slot_values_.Make(*image_, workflow, given, problem);
    if (!value) return values;
    values.push_back(*value);
  }
  return values;
}

std::optional<int64_t> TestWorld::Spent(std::string* problem) const {
  if (!left_) return 0;
  const int64_t budget = Record().budget_workflow_micros;
  if (budget == abi::kUnlimitedMicros) {
    *problem = fmt::format("{} has no budget per workflow", image_->tenant_names[tenant_.index()]);
    return std::nullopt;
  }
  const int64_t left = left_->kind == ValueKind::kPercent
                           ? static_cast<int64_t>(static_cast<__int128>(budget) * left_->integer / 1'000'000)
                           : left_->integer;
  if (left > budget) {
    *problem = fmt::format("the whole budget is {}", FormatMoney({budget, program_.currency}));
    return std::nullopt;
  }
  return budget - left;
}

// What becomes of a queued run when the pool gives out its next slots.
Happening TestWorld::Fate(engine::RunId run) {
  Happening happening;
  happening.kind = Happening::Kind::kQueued;
  while (const std::optional<engine::Turn> turn = engine_->Next(Pool())) {
    if (turn->run == run) {
      happening.kind = Happening::Kind::kDispatched;
      return happening;
    }
  }
  const abi::TenantRecord& record = Record();
  const engine::RunStatus status = engine_->StatusOf(run);
  if (status.state == engine::RunState::kSuspended) {  // its floor no longer fits a month's budget
    happening.kind = Happening::Kind::kDecision;
    happening.decision = status.last;
    happening.reason = static_cast<abi::Reason>(status.last.reason);
    happening.clause = image_->ClauseText(image_->ResolveClause(record, status.last.clause));
  } else if (const ClauseId cap = CapReached(); cap.valid()) {
    happening.reason = abi::Reason::kCap;
    happening.clause = image_->ClauseText(cap);
  }
  return happening;
}

// The tenant's own cap or its org's, whichever holds it back; none: only slots are missing.
ClauseId TestWorld::CapReached() const {
  const abi::TenantRecord& record = Record();
  const sched::NodeCounters own = engine_->CountersOf(tenant_);
  if (own.at_once >= own.cap) return image_->ResolveClause(record, abi::kTenantTerm | abi::kTermCap);
  if (!record.org.valid()) return ClauseId::None();
  uint64_t together = 0;
  for (const abi::TenantRecord& other : image_->tenants) {
    if (other.org == record.org) together += engine_->CountersOf(other.tenant).at_once;
  }
  const abi::OrgInfo& org = image_->orgs[record.org.index()];
  return together >= org.cap ? org.cap_clause : ClauseId::None();
}

Happening TestWorld::StepRuns(const syntax::TestWhen::StepRuns& when, std::string* problem) {
  const WorkflowId workflow = image_->FindWorkflow(when.workflow.text);
  const StepId step = workflow.valid() ? image_->FindStep(workflow, when.step.text) : StepId::None();
  if (!step.valid())
    return *problem = NoSuch("step", fmt::format("{} of {}", when.step.text, when.workflow.text)), Happening();
  *problem = StartEngine(workflow);
  const std::optional<int64_t> spent = problem->empty() ? Spent(problem) : std::nullopt;
  const std::vector<engine::Value> values = problem->empty() ? Values(workflow, problem) : std::vector<engine::Value>();
  if (!problem->empty()) return Happening();
  const engine::SubmitResult result =
      engine_->Restore(tenant_, workflow, {.step = step, .spent_micros = *spent}, values);
  Happening happening;
  const abi::TenantRecord& record = Record();
  if (!result.queued) {
    happening.kind = Happening::Kind::kRefused;
    happening.reason = result.reason;
    happening.clause = image_->ClauseText(image_->ResolveClause(record, result.clause));
    return happening;
  }
  happening = Fate(result.run);
  if (happening.kind != Happening::Kind::kDispatched) return happening;
  happening.kind = Happening::Kind::kDecision;
  happening.decision = engine_->BeginStep(result.run, step);
  happening.reason = static_cast<abi::Reason>(happening.decision.reason);
  happening.clause = image_->ClauseText(image_->ResolveClause(record, happening.decision.clause));
  return happening;
}

Happening TestWorld::Submitted(const syntax::TestWhen::Submitted& when, std::string* problem) {
  const WorkflowId workflow = image_->FindWorkflow(when.workflow.text);
  if (!workflow.valid()) return *problem = NoSuch("workflow", when.workflow.text), Happening();
  *problem = StartEngine(workflow);
  if (!problem->empty()) return Happening();
  std::vector<engine::Value> values = Values(workflow, problem);
  std::erase_if(values, [&](const engine::Value& value) {
    return value.slot >= image_->workflows[workflow.index()].input_count;  // outputs of steps that have not run
  });
  if (!problem->empty()) return Happening();
  const engine::SubmitResult result = engine_->Submit(tenant_, workflow, values);
  if (result.queued) return Fate(result.run);
  Happening happening;
  happening.kind = Happening::Kind::kRefused;
  happening.reason = result.reason;
  happening.clause = image_->ClauseText(image_->ResolveClause(Record(), result.clause));
  return happening;
}

// What the condition that could not be evaluated reads and the test does not say: ", and the test does not say …".
std::string TestWorld::Unsaid(const Happening& happening) const {
  std::vector<std::string> unsaid;
  for (const sema::Rule& rule : program_.rules) {
    if (!rule.when || image_->ClauseText(rule.clause) != happening.clause || !workflow_.valid()) continue;
    const abi::WorkflowInfo& workflow = image_->workflows[workflow_.index()];
    for (uint32_t slot = 0; slot < workflow.slots.size(); ++slot) {
      const std::string& name = workflow.slots[slot].name;
      const std::string path = (slot < workflow.input_count ? "request." : "steps.") + name;
      const bool given = std::any_of(values_.begin(), values_.end(),
                                     [&](const TestGiven& value) { return SlotValues::NameOf(value) == name; });
      if (!given && rule.when->text.find(path) != std::string::npos) unsaid.push_back(path);
    }
  }
  return unsaid.empty() ? "" : fmt::format(": its condition needs {}", fmt::join(unsaid, " and "));
}

std::string TestWorld::Describe(const Happening& happening) const {
  std::string text;
  switch (happening.kind) {
    case Happening::Kind::kDispatched:
      return "it gets a slot at once";
    case Happening::Kind::kQueued:
      text = "it is queued";
      break;
    case Happening::Kind::kRefused:
      text = "it is refused";
      break;
    case Happening::Kind::kDecision:
      text = "it " + DecisionText(*image_, happening.decision);
      break;
  }
  if (happening.kind != Happening::Kind::kDecision && happening.reason != abi::Reason::kNone) {
    text += fmt::format(" because {}", abi::ReasonName(happening.reason));
  }
  if (!happening.clause.empty()) text += fmt::format(" ({})", happening.clause);
  if (happening.reason == abi::Reason::kConditionError) text += Unsaid(happening);
  return text;
}

}  // namespace bylaw::cli

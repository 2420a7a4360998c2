#include "compiler/change/situation.h"

#include <algorithm>
#include <bit>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "compiler/change/amounts.h"
#include "compiler/plan/cel_eval.h"
#include "compiler/plan/eval.h"

namespace bylaw::change {
namespace {

constexpr size_t kServersMax = 60;
constexpr size_t kMasksMax = 2'048;
constexpr uint64_t kNoEndpoint = uint64_t{1} << 63;

void SetBit(std::vector<uint64_t>& words, size_t bit, bool value) {
  const uint64_t one = uint64_t{1} << (bit % 64);
  words[bit / 64] = value ? words[bit / 64] | one : words[bit / 64] & ~one;
}

template <typename T>
void SortUnique(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

bool Asks(const StepSide& side) {
  const std::vector<plan::Rule>& rules = side.program().rules;
  return std::any_of(rules.begin(), rules.end(),
                     [](const plan::Rule& rule) { return rule.course == plan::Course::kAsk; });
}

}  // namespace

Situations::Situations(const StepSide& before, const StepSide& after, const Grid& grid)
    : before_(before), after_(after), grid_(grid) {
  FindServers(before, true);
  FindServers(after, false);
  FillInstants();
  FillRemaining();
  approvals_ = Asks(before) || Asks(after) ? std::vector<bool>{false, true} : std::vector<bool>{false};
  FillMasks();
  for (const auto& [side, values] : {std::pair(&before_, &old_values_), std::pair(&after_, &new_values_)}) {
    const size_t slots = side->plan->tables.workflows[side->workflow.index()].slots.size();
    values->slots.resize(slots + 1);
    values->present.resize(slots / 64 + 1);
    values->permitted.resize(side->plan->tables.endpoint_words() + 1, ~uint64_t{0});
    values->up = values->permitted;
  }
}

// Candidates that are ever legal; what else is up changes no more than the reason.
void Situations::FindServers(const StepSide& side, bool is_before) {
  for (const plan::Call& call : side.program().calls) {
    for (const plan::Candidate& candidate : call.candidates) {
      const plan::Server& server = call.servers[candidate.server];
      if (std::none_of(server.spans.begin(), server.spans.end(), [](const auto& span) { return span.legal; })) continue;
      const abi::EndpointInfo& info = side.plan->tables.endpoints[server.endpoint.index()];
      auto found = std::find_if(servers_.begin(), servers_.end(), [&](const Server& s) { return s.name == info.name; });
      if (found == servers_.end()) {
        if (servers_.size() == kServersMax) {
          complete_ = false;
          continue;
        }
        servers_.push_back({info.name, side.plan->tables.resources[info.resource.index()], {}, {}});
        found = servers_.end() - 1;
      }
      (is_before ? found->before : found->after) = server.endpoint;
    }
  }
  // An endpoint that one side never uses is up or down there too.
  for (Server& server : servers_) {
    EndpointId& id = is_before ? server.before : server.after;
    if (!id.valid()) id = side.plan->tables.FindEndpoint(server.name);
  }
}

void Situations::FillInstants() {
  const sema::Program& program = after_.plan->program();
  std::vector<TimeNs> turns = grid_.instants();
  for (const StepSide* side : {&before_, &after_}) {
    for (const plan::Call& call : side->program().calls) {
      for (const plan::Server& server : call.servers) {
        for (const plan::LegalSpan& span : server.spans) turns.push_back(span.from);
      }
    }
  }
  std::erase_if(turns, [&](TimeNs at) { return at <= program.activation_ns || at >= program.horizon_ns; });
  SortUnique(turns);
  turns.insert(turns.begin(), program.activation_ns);
  instants_ = turns;
  for (const TimeNs turn : turns) {
    AddWindowEdges(before_, turn);
    AddWindowEdges(after_, turn);
  }
  std::erase_if(instants_, [&](TimeNs at) { return at <= program.activation_ns || at >= program.horizon_ns; });
  SortUnique(instants_);
  instants_.insert(instants_.begin(), program.activation_ns);
}

// The edges of the windows that rules wait for, over the week that follows `from`.
void Situations::AddWindowEdges(const StepSide& side, TimeNs from) {
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(side.plan->tables.time_zone, &zone)) zone = absl::UTCTimeZone();
  const absl::CivilDay first = absl::ToCivilDay(absl::FromUnixNanos(from), zone);
  for (const plan::Rule& rule : side.program().rules) {
    if (rule.course != plan::Course::kWait) continue;
    const plan::Window& window = side.plan->windows[rule.window];
    for (int day = 0; day <= 7; ++day) {
      for (const int minute : {window.from_minute, window.to_minute}) {
        const absl::CivilMinute at = absl::CivilMinute(first + day) + minute;
        instants_.push_back(absl::ToUnixNanos(absl::FromCivil(at, zone)));
        instants_.push_back(absl::ToUnixNanos(absl::FromCivil(at + 1, zone)));
      }
    }
  }
}

// From the whole budget down: one amount of each cell.
void Situations::FillRemaining() {
  const int64_t budget = after_.record->budget_workflow_micros;
  remaining_ = ThresholdsOf(before_, after_, budget);
  remaining_.insert(remaining_.end(), grid_.amounts().begin(), grid_.amounts().end());
  remaining_.push_back(0);
  remaining_.push_back(budget);
  std::erase_if(remaining_, [&](int64_t amount) { return amount < 0 || amount > budget; });
  SortUnique(remaining_);
  std::reverse(remaining_.begin(), remaining_.end());
}

// Which candidate of a call serves first on either side is decided by at most two that are up; calls of different
// models or tools do not share endpoints.
void Situations::FillMasks() {
  std::vector<uint64_t> done;  // servers of each resource
  for (size_t i = 0; i < servers_.size(); ++i) {
    uint64_t group = 0;
    for (size_t j = 0; j < servers_.size(); ++j) {
      if (servers_[j].resource == servers_[i].resource) group |= uint64_t{1} << j;
    }
    if (std::find(done.begin(), done.end(), group) == done.end()) done.push_back(group);
  }
  masks_ = {~uint64_t{0}};
  std::vector<uint64_t> all = {0};
  for (const uint64_t group : done) {
    std::vector<uint64_t> choices = {0};
    for (size_t i = 0; i < servers_.size(); ++i) {
      for (size_t j = i; j < servers_.size(); ++j) {
        const uint64_t pair = (uint64_t{1} << i) | (uint64_t{1} << j);
        if ((pair & ~group) == 0) choices.push_back(pair);
      }
    }
    if (all.size() * choices.size() > kMasksMax) {
      complete_ = false;
      continue;
    }
    std::vector<uint64_t> product;
    for (const uint64_t so_far : all) {
      for (const uint64_t choice : choices) product.push_back(so_far | choice);
    }
    all = std::move(product);
  }
  std::stable_sort(all.begin(), all.end(), [](uint64_t a, uint64_t b) { return std::popcount(a) > std::popcount(b); });
  masks_.insert(masks_.end(), all.begin(), all.end());
}

bool Situations::IsAbsent(const Point& point, size_t variable) const {
  return point[variable] == grid_.variables()[variable].values.size();
}

void Situations::Fill(const Point& point) {
  std::fill(old_values_.present.begin(), old_values_.present.end(), 0);
  std::fill(new_values_.present.begin(), new_values_.present.end(), 0);
  attempt_ = 1;
  spent_ = 0;
  age_ = 0;
  for (size_t v = 0; v < point.size(); ++v) {
    if (IsAbsent(point, v)) continue;
    const Variable& variable = grid_.variables()[v];
    const abi::SlotValue& value = variable.values[point[v]];
    switch (variable.kind) {
      case Variable::Kind::kAttempt:
        attempt_ = static_cast<uint32_t>(value.integer);
        break;
      case Variable::Kind::kSpent:
        spent_ = value.integer;
        break;
      case Variable::Kind::kAge:
        age_ = value.integer;
        break;
      case Variable::Kind::kSlot:
        if (variable.before_slot != UINT32_MAX) {
          old_values_.slots[variable.before_slot] = value;
          SetBit(old_values_.present, variable.before_slot, true);
        }
        if (variable.after_slot != UINT32_MAX) {
          new_values_.slots[variable.after_slot] = value;
          SetBit(new_values_.present, variable.after_slot, true);
        }
        break;
    }
  }
}

std::pair<abi::StepRequest, abi::StepRequest> Situations::Requests(const Situation& situation) {
  for (size_t i = 0; i < servers_.size(); ++i) {
    const bool up = (situation.up >> i & 1) != 0;
    if (servers_[i].before.valid()) SetBit(old_values_.up, servers_[i].before.index(), up);
    if (servers_[i].after.valid()) SetBit(new_values_.up, servers_[i].after.index(), up);
  }
  abi::StepRequest before;
  before.wall_now_ns = situation.at;
  before.remaining_micros = situation.remaining;
  before.budget_micros = after_.record->budget_workflow_micros;
  before.spent_micros = spent_;
  before.age_ns = age_;
  before.attempt = attempt_;
  before.approved = situation.approved ? 1 : 0;
  abi::StepRequest after = before;
  const auto point_to = [](abi::StepRequest& request, const Values& values) {
    request.up = values.up.data();
    request.permitted = values.permitted.data();
    request.slots = values.slots.data();
    request.present = values.present.data();
  };
  point_to(before, old_values_);
  point_to(after, new_values_);
  return {before, after};
}

Answers Situations::Ask(const Situation& situation) {
  if (situation.point != filled_ || filled_ == nullptr) {
    Fill(*situation.point);
    filled_ = situation.point;
  }
  const auto [before, after] = Requests(situation);
  Answers answers;
  plan::EvaluateStep(&before_.entry(), before_.record, &before, &answers.first);
  plan::EvaluateStep(&after_.entry(), after_.record, &after, &answers.second);
  return answers;
}

std::string Situations::ConditionsIn(const Situation& situation) {
  Fill(*situation.point);
  filled_ = situation.point;
  const auto [before, after] = Requests(situation);
  std::string letters;
  const auto add = [&](const StepSide& side, const abi::StepRequest& request) {
    const plan::EvalContext context{&side.program(), side.record, &request};
    for (const cel::TypedExpr* condition : side.Conditions()) {
      letters += static_cast<char>('0' + static_cast<int>(plan::Evaluate(*condition, context)));
    }
  };
  add(before_, before);
  add(after_, after);
  return letters;
}

uint64_t Situations::UseBit(const abi::Decision& decision, bool is_before) const {
  for (size_t i = 0; i < servers_.size(); ++i) {
    const EndpointId id = is_before ? servers_[i].before : servers_[i].after;
    if (id.valid() && id.value() == decision.endpoint) return uint64_t{1} << i;
  }
  return kNoEndpoint;
}

std::vector<std::string> Situations::UseNames(uint64_t bits) const {
  std::vector<std::string> names;
  for (size_t i = 0; i < servers_.size(); ++i) {
    if ((bits >> i & 1) != 0) names.push_back(servers_[i].name);
  }
  if (names.empty()) names.emplace_back("nothing");
  return names;
}

}  // namespace bylaw::change

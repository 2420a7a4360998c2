#include "tests/property/exhaustive.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "compiler/plan/eval.h"

namespace bylaw::property {
namespace {

using abi::Decision;
using abi::Verdict;

constexpr int64_t kCent = 10'000;

// The strictness of verdicts as language.md §7 lists effects, told in words rather than by the compared code's own
// ranks.
int Strictness(const Decision& decision) {
  static const std::vector<std::pair<Verdict, int>> kOrder = {{Verdict::kProceed, 0},  {Verdict::kSkip, 10},
                                                              {Verdict::kWait, 20},    {Verdict::kReview, 30},
                                                              {Verdict::kSuspend, 50}, {Verdict::kDeny, 60}};
  for (const auto& [verdict, strictness] : kOrder) {
    if (decision.verdict != static_cast<uint8_t>(verdict)) continue;
    if (verdict != Verdict::kReview) return strictness;
    return decision.ask_count == 0 ? 40 : 30 + decision.ask_count;
  }
  return -1;
}

template <typename Rows>
std::string_view NameAt(const Rows& rows, uint32_t id) {
  return id < rows.size() ? std::string_view(rows[id].name) : std::string_view();
}

// Every request to one step, in both policies.
class Exhaustion {
 public:
  Exhaustion(const plan::Plan& before, const plan::Plan& after, const std::string& tenant)
      : before_(before), after_(after) {
    old_record_ = &before.tables.tenant(before.tables.FindTenant(tenant));
    new_record_ = &after.tables.tenant(after.tables.FindTenant(tenant));
    std::set<std::string> endpoints;
    for (const plan::Plan* plan : {&before, &after}) {
      for (const abi::EndpointInfo& endpoint : plan->tables.endpoints) endpoints.insert(endpoint.name);
    }
    for (uint32_t mask = 0; mask < (1u << endpoints.size()); ++mask) {
      uint64_t old_up = 0, new_up = 0;
      uint32_t bit = 0;
      for (const std::string& name : endpoints) {
        const EndpointId was = before.tables.FindEndpoint(name), is = after.tables.FindEndpoint(name);
        if ((mask >> bit++ & 1) == 0) continue;
        if (was.valid()) old_up |= uint64_t{1} << was.index();
        if (is.valid()) new_up |= uint64_t{1} << is.index();
      }
      healths_.push_back({old_up, new_up});
    }
    // A Monday. Windows open at six to eight and close at eighteen, Monday to Friday.
    const TimeNs start = after.program().activation_ns;
    times_ = {start};
    const bool windows = !before.windows.empty() || !after.windows.empty();
    for (const int day : {4, 5}) {
      for (const int hour : {5, 6, 7, 8, 18}) {
        if (windows) times_.push_back(start + day * kDayNs + hour * (kDayNs / 24));
      }
    }
    // Decisions lapse after the tenth of a month.
    for (int8_t month = 1; month <= 8; ++month) times_.push_back(DaysFromCivil({2027, month, 12}) * kDayNs);
  }

  void Run(StepId old_step, StepId new_step, StepRelations& out) {
    step_ = after_.tables.workflows[0].steps[new_step.index()].name;
    old_entry_ = &before_.tables.shape_workflow(*old_record_, WorkflowId(0)).steps[old_step.index()];
    new_entry_ = &after_.tables.shape_workflow(*new_record_, WorkflowId(0)).steps[new_step.index()];
    out_ = &out;
    const std::set<uint32_t> reads = Reads();
    const auto amounts = Choices(reads.contains(0), {0, 1, 2, 3, 4, 5, 6});
    const auto channels = Choices(reads.contains(1), {0, 1, 2});
    const auto scores = Choices(reads.contains(2), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    for (const TimeNs at : times_) {
      request_.wall_now_ns = at;
      if (at != times_.front() && SameAsStart()) continue;
      for (int64_t left = new_record_->budget_workflow_micros; left >= 0; left -= kCent) {
        request_.remaining_micros = left;
        for (const int amount : amounts) {
          for (const int channel : channels) {
            for (const int score : scores) {
              SetInputs(amount, channel, score);
              for (const uint32_t approved : {0u, 1u}) {
                request_.approved = approved;
                AskAllHealth();
              }
            }
          }
        }
      }
    }
  }

 private:
  // -1: absent.
  static std::vector<int> Choices(bool reads, std::vector<int> all) {
    if (!reads) return {-1};
    all.push_back(-1);
    return all;
  }
  static void Collect(const cel::TypedExpr* expr, std::set<uint32_t>& slots) {
    if (expr == nullptr) return;
    if (expr->op == cel::Op::kSlot) slots.insert(expr->slot);
    for (const cel::TypedExprPtr& arg : expr->args) Collect(arg.get(), slots);
  }
  std::set<uint32_t> Reads() const {
    std::set<uint32_t> slots;
    for (const abi::StepEntry* entry : {old_entry_, new_entry_}) {
      const auto& program = *static_cast<const plan::StepProgram*>(entry->program);
      Collect(program.when, slots);
      for (const plan::Rule& rule : program.rules) Collect(rule.when, slots);
    }
    return slots;
  }

  // The date decides nothing otherwise than at the first instant.
  bool SameAsStart() const {
    const auto& old_program = *static_cast<const plan::StepProgram*>(old_entry_->program);
    const auto& new_program = *static_cast<const plan::StepProgram*>(new_entry_->program);
    for (const plan::StepProgram* program : {&old_program, &new_program}) {
      for (const plan::Rule& rule : program->rules) {
        if (rule.course == plan::Course::kWait) return false;
      }
      for (const plan::Call& call : program->calls) {
        for (const plan::Server& server : call.servers) {
          if (LegalAt(server, request_.wall_now_ns) != LegalAt(server, times_.front())) return false;
        }
      }
    }
    return true;
  }
  static bool LegalAt(const plan::Server& server, TimeNs at) {
    bool legal = false;
    for (const plan::LegalSpan& span : server.spans) {
      if (span.from <= at) legal = span.legal;
    }
    return legal;
  }

  void SetInputs(int amount, int channel, int score) {
    static const std::vector<std::string_view> kChannels = {"web", "branch", "partner"};
    present_ = 0;
    if (amount >= 0) slots_[0].integer = amount * int64_t{1'000'000};
    if (channel >= 0)
      text_ = {kChannels[static_cast<size_t>(channel)].data(), kChannels[static_cast<size_t>(channel)].size()};
    slots_[1].text = &text_;
    if (score >= 0) slots_[2].number = score / 10.0;
    present_ = (amount >= 0 ? 1 : 0) | (channel >= 0 ? 2 : 0) | (score >= 0 ? 4 : 0);
  }

  Decision AskOne(const abi::StepEntry& entry, const abi::TenantRecord& record, const uint64_t& up) {
    static const uint64_t kAll = ~uint64_t{0};
    request_.budget_micros = new_record_->budget_workflow_micros;
    request_.up = &up;
    request_.permitted = &kAll;
    request_.slots = slots_.data();
    request_.present = &present_;
    Decision decision;
    plan::EvaluateStep(&entry, &record, &request_, &decision);
    return decision;
  }

  void AskAllHealth() {
    std::set<std::string_view> old_uses, new_uses;
    bool otherwise = false;
    for (const auto& [old_up, new_up] : healths_) {
      const Decision before = AskOne(*old_entry_, *old_record_, old_up);
      const Decision after = AskOne(*new_entry_, *new_record_, new_up);
      Verdicts(before, after);
      const bool was = Strictness(before) == 0, is = Strictness(after) == 0;
      const std::string_view old_name = NameAt(before_.tables.endpoints, before.endpoint);
      const std::string_view new_name = NameAt(after_.tables.endpoints, after.endpoint);
      if (was) old_uses.insert(old_name);
      if (is) new_uses.insert(new_name);
      if (!was || !is) continue;
      otherwise = otherwise || old_name != new_name;
      if (old_name == new_name && before.reserved_micros != after.reserved_micros) {
        Note("step-cost", before.reserved_micros > after.reserved_micros,
             before.reserved_micros < after.reserved_micros);
      }
      if (before.lane != after.lane) Different("step-manner");
    }
    if (old_uses.empty() || new_uses.empty()) return;
    const bool fewer = std::includes(old_uses.begin(), old_uses.end(), new_uses.begin(), new_uses.end());
    const bool more = std::includes(new_uses.begin(), new_uses.end(), old_uses.begin(), old_uses.end());
    if (fewer != more) Note("endpoints", fewer, more);
    if (fewer == more && (!fewer || otherwise)) Different("endpoints");
  }

  void Verdicts(const Decision& before, const Decision& after) {
    const int was = Strictness(before), is = Strictness(after);
    if (was != is) return Note("step", is > was, is < was);
    if (was == 20 && before.retry_at_ns != after.retry_at_ns) {
      Note("step", after.retry_at_ns > before.retry_at_ns, after.retry_at_ns < before.retry_at_ns);
    }
    const bool reviews = was > 30 && was <= 40;
    const std::string_view old_desk = NameAt(before_.tables.reviewers, before.reviewers);
    if (reviews && old_desk != NameAt(after_.tables.reviewers, after.reviewers)) Different("step-manner");
  }

  void Note(const char* kind, bool stricter, bool looser) {
    (*out_)[{kind, step_}] |= change::Seen{.stricter = stricter, .looser = looser};
  }
  void Different(const char* kind) { (*out_)[{kind, step_}] |= change::Seen{.different = true}; }

  const plan::Plan& before_;
  const plan::Plan& after_;
  const abi::TenantRecord* old_record_ = nullptr;
  const abi::TenantRecord* new_record_ = nullptr;
  std::vector<std::pair<uint64_t, uint64_t>> healths_;  // what is up, in either policy's bits
  std::vector<TimeNs> times_;
  std::string step_;
  const abi::StepEntry* old_entry_ = nullptr;
  const abi::StepEntry* new_entry_ = nullptr;
  StepRelations* out_ = nullptr;
  abi::StepRequest request_;
  std::array<abi::SlotValue, 3> slots_{};
  abi::Text text_{};
  uint64_t present_ = 0;
};

}  // namespace

StepRelations CompareExhaustively(const plan::Plan& before, const plan::Plan& after, const std::string& tenant) {
  StepRelations relations;
  Exhaustion exhaustion(before, after, tenant);
  for (uint32_t s = 0; s < after.tables.workflows[0].steps.size(); ++s) {
    const StepId old_step = before.tables.FindStep(WorkflowId(0), after.tables.workflows[0].steps[s].name);
    if (old_step.valid()) exhaustion.Run(old_step, StepId(s), relations);
  }
  return relations;
}

}  // namespace bylaw::property

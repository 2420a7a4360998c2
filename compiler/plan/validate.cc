#include <fmt/format.h>

#include <string>

#include "compiler/plan/plan.h"

namespace bylaw::plan {
namespace {

// Collects the first breach.
class Validator {
 public:
  explicit Validator(const Plan& plan) : plan_(plan) {}

  absl::Status Run() {
    CheckTables();
    for (const auto& program : plan_.programs) CheckProgram(*program);
    return status_;
  }

 private:
  void Expect(bool holds, std::string_view what) {
    if (holds || !status_.ok()) return;
    status_ = absl::InternalError(where_.empty() ? std::string(what) : fmt::format("{}: {}", where_, what));
  }

  template <typename IdType>
  void ExpectId(IdType id, size_t size, std::string_view what) {
    Expect(!id.valid() || id.index() < size, what);
  }

  void ExpectClause(abi::ClauseRef clause) {
    if (clause == abi::kNoClause) return;
    const size_t rows = plan_.tables.tenants.size() + plan_.tables.phases.size();
    const size_t width = rows == 0 ? 0 : plan_.tables.provenance.size() / rows;
    const size_t at = clause & ~abi::kTenantTerm;
    Expect(at < ((clause & abi::kTenantTerm) != 0 ? width : plan_.tables.clauses.size()), "clause out of range");
  }

  void ExpectCost(int64_t micros) { Expect(micros >= 0 && micros <= kCostMicrosMax, "cost out of range"); }

  void CheckRecord(const abi::TenantRecord& tenant) {
    const abi::PolicyImage& t = plan_.tables;
    Expect(tenant.shape.valid() && tenant.shape.index() < t.shapes.size(), "a tenant has a shape");
    ExpectId(tenant.tier, t.tiers.size(), "tier out of range");
    ExpectId(tenant.klass, t.classes.size(), "class out of range");
    ExpectId(tenant.org, t.orgs.size(), "org out of range");
    Expect(tenant.rates_begin <= tenant.rates_end && tenant.rates_end <= t.rates.size(), "rates out of range");
    Expect(tenant.settings_begin + plan_.setting_count <= t.settings.size(), "settings out of range");
  }

  void CheckPhase(const abi::TenantPhase& phase) {
    const abi::PolicyImage& t = plan_.tables;
    Expect(phase.tenant.valid() && phase.tenant.index() < t.tenants.size(), "a phase is a tenant's");
    Expect(phase.from_ns < phase.until_ns, "a phase lasts");
    CheckRecord(phase.record);
    if (!status_.ok()) return;
    const abi::TenantRecord& own = t.tenant(phase.tenant);
    Expect(phase.record.rates_end - phase.record.rates_begin == own.rates_end - own.rates_begin,
           "a phase has its tenant's rates");
  }

  void CheckTables() {
    const abi::PolicyImage& t = plan_.tables;
    for (const abi::TenantRecord& tenant : t.tenants) CheckRecord(tenant);
    for (const abi::TenantPhase& phase : t.phases) CheckPhase(phase);
    for (const abi::ShapeInfo& shape : t.shapes) {
      if (t.replay_only && shape.workflows.empty()) continue;  // nothing is asked about it
      Expect(shape.workflows.size() == t.workflows.size(), "a shape has a step table for every workflow");
      for (size_t w = 0; w < shape.workflows.size(); ++w) {
        Expect(shape.workflows[w].steps.size() == t.workflows[w].steps.size(), "an entry for every step");
        ExpectCost(shape.workflows[w].floor_entry_micros);
        for (const abi::StepEntry& entry : shape.workflows[w].steps) {
          Expect(t.replay_only || entry.program != nullptr, "every entry has a program");
          ExpectCost(entry.floor_after_micros);
          ExpectCost(entry.hi_max_micros);
        }
      }
    }
  }

  void CheckCall(const Call& call) {
    const abi::PolicyImage& t = plan_.tables;
    Expect(call.resource.valid() && call.resource.index() < t.resources.size(), "resource out of range");
    ExpectClause(call.contract_clause);
    ExpectClause(call.refusal_clause);
    for (const Server& server : call.servers) {
      Expect(server.endpoint.valid() && server.endpoint.index() < t.endpoints.size(), "endpoint out of range");
      Expect(!server.spans.empty() && server.spans.front().from == kBeginningOfTimeNs, "spans begin with time");
      for (size_t i = 0; i < server.spans.size(); ++i) {
        Expect(i == 0 || server.spans[i - 1].from < server.spans[i].from, "spans rise");
        ExpectClause(server.spans[i].clause);
      }
    }
    for (const Candidate& candidate : call.candidates) {
      Expect(candidate.server < call.servers.size(), "a candidate is a server");
      ExpectCost(candidate.hi_micros);
      ExpectClause(candidate.clause);
    }
    Expect(call.candidates.size() <= UINT16_MAX, "too many candidates");
  }

  void CheckProgram(const StepProgram& program) {
    where_ = program.workflow_name + "." + program.step_name;
    Expect(program.plan == &plan_, "a program knows its plan");
    for (const Call& call : program.calls) CheckCall(call);
    ExpectCost(program.own_cost_micros);
    ExpectCost(program.estimate_micros);
    for (const Rule& rule : program.rules) {
      Expect(rule.call == kNoCall || rule.call < program.calls.size(), "a rule's model is a call");
      Expect(rule.course != Course::kWait || rule.window < plan_.windows.size(), "a rule's window is declared");
      Expect(rule.course != Course::kSkip || program.optional, "only optional steps are skipped");
      ExpectId(rule.reviewers, plan_.tables.reviewers.size(), "reviewers out of range");
      ExpectClause(rule.clause);
    }
    Expect(program.rungs.size() < UINT8_MAX, "too many rungs");
    for (const Rung& rung : program.rungs) {
      Expect(rung.call == kNoCall || rung.call < program.calls.size(), "a rung's model is a call");
      Expect(rung.below >= 0, "a rung's threshold is not negative");
      ExpectId(rung.reviewers, plan_.tables.reviewers.size(), "reviewers out of range");
      ExpectClause(rung.clause);
    }
    where_.clear();
  }

  const Plan& plan_;
  std::string where_;
  absl::Status status_;
};

}  // namespace

absl::Status ValidatePlan(const Plan& plan) { return Validator(plan).Run(); }

}  // namespace bylaw::plan

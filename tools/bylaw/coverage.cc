#include "tools/bylaw/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "compiler/plan/cel_eval.h"
#include "compiler/plan/eval.h"
#include "compiler/plan/plan.h"

namespace bylaw::cli {
namespace {

using cel::Op;

// Decision functions are plain functions: this is whom they report to.
thread_local CoverageRun* g_noting = nullptr;

const plan::StepProgram& ProgramOf(const abi::StepEntry& entry) {
  return *static_cast<const plan::StepProgram*>(entry.program);
}

bool Joins(Op op) { return op == Op::kAnd || op == Op::kOr || op == Op::kNot; }

// The condition itself and, where it joins others, each of those.
void Parts(const cel::TypedExpr& expr, std::vector<const cel::TypedExpr*>& out) {
  out.push_back(&expr);
  if (!Joins(expr.op)) return;
  for (const auto& arg : expr.args) Parts(*arg, out);
}

bool Concerns(const plan::Rule& rule, const abi::TenantRecord& tenant) {
  return rule.guards.empty() || std::any_of(rule.guards.begin(), rule.guards.end(), [&](const plan::Guard& guard) {
           return (!guard.tier.valid() || guard.tier == tenant.tier) &&
                  (!guard.tenant.valid() || guard.tenant == tenant.tenant);
         });
}

// Every sentence that a decision of this step may name.
std::set<abi::ClauseRef> RefsOf(const plan::StepProgram& step) {
  std::set<abi::ClauseRef> refs = {step.when_clause};
  if (step.calls.empty()) refs.insert(step.step_clause);
  for (const plan::Call& call : step.calls) {
    if (!call.allowed) refs.insert(call.contract_clause);
    for (const plan::Server& server : call.servers) {
      for (const plan::LegalSpan& span : server.spans) {
        if (!span.legal) refs.insert(span.clause);
      }
    }
    for (const plan::Candidate& candidate : call.candidates) refs.insert(candidate.clause);
  }
  for (const plan::Rule& rule : step.rules) refs.insert(rule.clause);
  for (const plan::Rung& rung : step.rungs) refs.insert(rung.clause);
  refs.erase(abi::kNoClause);
  return refs;
}

// A condition may go on over several lines.
std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  return line;
}

}  // namespace

CoverageRun::CoverageRun(const sema::Program& program, std::shared_ptr<const abi::PolicyImage> image)
    : program_(program), image_(std::move(image)) {
  BYLAW_CHECK(g_noting == nullptr, "one coverage run at a time");
  auto noting = std::make_shared<abi::PolicyImage>(*image_);
  for (abi::ShapeInfo& shape : noting->shapes) {
    for (abi::ShapeWorkflow& workflow : shape.workflows) {
      for (abi::StepEntry& entry : workflow.steps) entry.decide = NotingDecide;
    }
  }
  noting_ = std::move(noting);
  g_noting = this;
}

CoverageRun::~CoverageRun() { g_noting = nullptr; }

void CoverageRun::NotingDecide(const abi::StepEntry* entry, const abi::TenantRecord* tenant,
                               const abi::StepRequest* request, abi::Decision* out) {
  plan::EvaluateStep(entry, tenant, request, out);
  BYLAW_CHECK(g_noting != nullptr, "the image is used while its coverage run lives");
  g_noting->Note(*entry, *tenant, *request, *out);
}

void CoverageRun::Note(const abi::StepEntry& entry, const abi::TenantRecord& tenant, const abi::StepRequest& request,
                       const abi::Decision& decision) {
  const plan::StepProgram& step = ProgramOf(entry);
  decided_.insert(image_->ResolveClause(tenant, decision.clause));
  if (decision.rung > 0) rungs_.insert(image_->ResolveClause(tenant, step.rungs[decision.rung - 1].clause));
  if (step.when != nullptr) NoteCondition(*step.when, entry, tenant, request);
  for (const plan::Rule& rule : step.rules) {
    if (rule.when != nullptr && Concerns(rule, tenant)) NoteCondition(*rule.when, entry, tenant, request);
  }
}

void CoverageRun::NoteCondition(const cel::TypedExpr& expr, const abi::StepEntry& entry,
                                const abi::TenantRecord& tenant, const abi::StepRequest& request) {
  std::vector<const cel::TypedExpr*> parts;
  Parts(expr, parts);
  for (const cel::TypedExpr* part : parts) {
    const plan::Truth truth = plan::Evaluate(*part, {&ProgramOf(entry), &tenant, &request});
    Seen& seen = seen_[part];
    seen.was_true = seen.was_true || truth == plan::Truth::kTrue;
    seen.was_false = seen.was_false || truth == plan::Truth::kFalse;
  }
}

bool CoverageRun::IsOwn(ClauseId clause) const {
  return clause.valid() && image_->clauses[clause.index()].file.ends_with(".bylaw");
}

std::set<ClauseId> CoverageRun::SentencesThatDecide() const {
  constexpr uint32_t kAdmission[] = {abi::kTermCap, abi::kTermWaiting, abi::kTermBudgetWorkflow, abi::kTermBudgetMonth,
                                     abi::kTermMayRun};
  std::vector<std::set<abi::ClauseRef>> refs(image_->shapes.size());
  for (size_t i = 0; i < image_->shapes.size(); ++i) {
    for (const abi::ShapeWorkflow& workflow : image_->shapes[i].workflows) {
      if (!workflow.may_run) continue;
      for (const abi::StepEntry& entry : workflow.steps) refs[i].merge(RefsOf(ProgramOf(entry)));
    }
    for (const uint32_t term : kAdmission) refs[i].insert(abi::kTenantTerm | term);
  }
  std::set<ClauseId> sentences;
  for (const abi::TenantRecord& tenant : image_->tenants) {
    for (const abi::ClauseRef ref : refs[tenant.shape.index()]) {
      sentences.insert(image_->ResolveClause(tenant, ref));
    }
    for (uint32_t i = tenant.rates_begin; i < tenant.rates_end; ++i) {
      sentences.insert(image_->ResolveClause(tenant, image_->rates[i].clause));
    }
  }
  std::erase_if(sentences, [&](ClauseId clause) { return !IsOwn(clause); });
  return sentences;
}

void CoverageRun::AddConditions(const sema::TypedCondition& condition, std::vector<Coverage::Condition>& out) const {
  std::vector<const cel::TypedExpr*> parts;
  Parts(*condition.expr, parts);
  for (const cel::TypedExpr* part : parts) {
    const auto seen = seen_.find(part);
    const bool whole = part == condition.expr.get();
    const source::Span span = whole ? condition.span : part->span;
    out.push_back({span, whole ? OneLine(condition.text) : OneLine(program_.sources->text(span)),
                   seen != seen_.end() && seen->second.was_true, seen != seen_.end() && seen->second.was_false});
  }
}

Coverage CoverageRun::Take(const std::vector<TestOutcome>& outcomes) const {
  std::set<std::string> decided;
  for (const ClauseId clause : decided_) decided.insert(image_->ClauseText(clause));
  for (const TestOutcome& outcome : outcomes) decided.insert(outcome.clauses.begin(), outcome.clauses.end());
  Coverage coverage;
  const std::set<ClauseId> deciding = SentencesThatDecide();
  std::set<ClauseId> rungs;
  for (const sema::Ladder& ladder : program_.ladders) {
    for (const sema::Rung& rung : ladder.rungs) {
      if (deciding.contains(rung.clause)) rungs.insert(rung.clause);
    }
  }
  for (const ClauseId clause : deciding) {
    const std::string text = image_->ClauseText(clause);
    if (rungs.contains(clause)) {
      coverage.rungs.push_back({text, rungs_.contains(clause)});
    } else {
      coverage.sentences.push_back({text, decided.contains(text)});
    }
  }
  for (const sema::Workflow& workflow : program_.workflows) {
    for (const sema::Step& step : workflow.steps) {
      if (step.when) AddConditions(*step.when, coverage.conditions);
      for (const sema::Ask& ask : step.asks) {
        if (ask.when) AddConditions(*ask.when, coverage.conditions);
      }
    }
  }
  for (const sema::Rule& rule : program_.rules) {
    if (rule.when) AddConditions(*rule.when, coverage.conditions);
  }
  return coverage;
}

namespace {

size_t Decided(const std::vector<Coverage::Sentence>& sentences) {
  return static_cast<size_t>(
      std::count_if(sentences.begin(), sentences.end(), [](const auto& sentence) { return sentence.decided; }));
}

size_t BothWays(const std::vector<Coverage::Condition>& conditions) {
  return static_cast<size_t>(
      std::count_if(conditions.begin(), conditions.end(), [](const auto& c) { return c.was_true && c.was_false; }));
}

nlohmann::json SentencesJson(const std::vector<Coverage::Sentence>& sentences) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Coverage::Sentence& sentence : sentences) {
    rows.push_back({{"sentence", sentence.text}, {"decided", sentence.decided}});
  }
  return rows;
}

}  // namespace

std::string CoverageText(const Coverage& coverage, const source::SourceSet& sources) {
  std::string text = fmt::format(
      "coverage\n  {} of {} sentences that can decide have decided\n  {} of {} rungs were stood on\n"
      "  {} of {} conditions and their parts were true once and false once\n",
      Decided(coverage.sentences), coverage.sentences.size(), Decided(coverage.rungs), coverage.rungs.size(),
      BothWays(coverage.conditions), coverage.conditions.size());
  for (const auto* list : {&coverage.sentences, &coverage.rungs}) {
    for (const Coverage::Sentence& sentence : *list) {
      if (!sentence.decided) {
        text += fmt::format("  {}  {}\n", list == &coverage.rungs ? "never stood on" : "never decided ", sentence.text);
      }
    }
  }
  for (const Coverage::Condition& condition : coverage.conditions) {
    if (condition.was_true && condition.was_false) continue;
    text += fmt::format("  {}  {}: {}\n",
                        condition.was_true    ? "never false   "
                        : condition.was_false ? "never true    "
                                              : "never asked   ",
                        sources.Where(condition.span), condition.text);
  }
  return text;
}

nlohmann::json CoverageJson(const Coverage& coverage, const source::SourceSet& sources) {
  nlohmann::json conditions = nlohmann::json::array();
  for (const Coverage::Condition& condition : coverage.conditions) {
    conditions.push_back({{"place", sources.Where(condition.span)},
                          {"condition", condition.text},
                          {"was_true", condition.was_true},
                          {"was_false", condition.was_false}});
  }
  return {{"sentences", SentencesJson(coverage.sentences)},
          {"rungs", SentencesJson(coverage.rungs)},
          {"conditions", std::move(conditions)}};
}

}  // namespace bylaw::cli

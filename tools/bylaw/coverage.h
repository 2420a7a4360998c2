// What the tests of a policy exercise: the sentences that decide, the rungs of ladders, the conditions.
//
// Counted by asking the reference evaluator, which the compiled policy equals: each decision tells the sentence that
// decided and the rung that shaped it, and every condition of the step (and each operand of its `&&`, `||` and `!`) is
// evaluated for what it says. One CoverageRun at a time in a thread.
#ifndef BYLAW_TOOLS_BYLAW_COVERAGE_H_
#define BYLAW_TOOLS_BYLAW_COVERAGE_H_

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "compiler/cel/typed.h"
#include "compiler/sema/program.h"
#include "runtime/abi/policy_image.h"
#include "tools/bylaw/policy_tests.h"

namespace bylaw::cli {

struct Coverage {
  // A sentence of the policy's own files: "tiers.bylaw:12: at most 50 workflows at once".
  struct Sentence {
    std::string text;
    bool decided = false;
  };
  // A condition, or a part of one.
  struct Condition {
    source::Span span;
    std::string text;
    bool was_true = false, was_false = false;
  };
  std::vector<Sentence> sentences;  // in order of their text, as the others
  std::vector<Sentence> rungs;
  std::vector<Condition> conditions;
};

class CoverageRun {
 public:
  // `image` is an evaluator's.
  CoverageRun(const sema::Program& program, std::shared_ptr<const abi::PolicyImage> image);
  ~CoverageRun();
  CoverageRun(const CoverageRun&) = delete;
  CoverageRun& operator=(const CoverageRun&) = delete;

  // The same policy, which takes notes of what it is asked for as long as this object lives.
  std::shared_ptr<const abi::PolicyImage> image() const { return noting_; }
  // After the tests have run on `image()`.
  Coverage Take(const std::vector<TestOutcome>& outcomes) const;

 private:
  struct Seen {
    bool was_true = false, was_false = false;
  };
  static void NotingDecide(const abi::StepEntry* entry, const abi::TenantRecord* tenant,
                           const abi::StepRequest* request, abi::Decision* out);
  void Note(const abi::StepEntry& entry, const abi::TenantRecord& tenant, const abi::StepRequest& request,
            const abi::Decision& decision);
  void NoteCondition(const cel::TypedExpr& expr, const abi::StepEntry& entry, const abi::TenantRecord& tenant,
                     const abi::StepRequest& request);
  void AddConditions(const sema::TypedCondition& condition, std::vector<Coverage::Condition>& out) const;
  std::set<ClauseId> SentencesThatDecide() const;
  bool IsOwn(ClauseId clause) const;

  const sema::Program& program_;
  std::shared_ptr<const abi::PolicyImage> image_;
  std::shared_ptr<const abi::PolicyImage> noting_;
  std::set<ClauseId> decided_, rungs_;
  std::map<const cel::TypedExpr*, Seen> seen_;
};

std::string CoverageText(const Coverage& coverage, const source::SourceSet& sources);
nlohmann::json CoverageJson(const Coverage& coverage, const source::SourceSet& sources);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_COVERAGE_H_

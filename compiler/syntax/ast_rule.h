// Rules, windows, exceptions and guarantees.
#ifndef BYLAW_COMPILER_SYNTAX_AST_RULE_H_
#define BYLAW_COMPILER_SYNTAX_AST_RULE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/syntax/ast_contract.h"
#include "compiler/syntax/ast_value.h"
#include "compiler/syntax/cel_ast.h"

namespace bylaw::syntax {

struct RuleEffect {
  enum class Kind : uint8_t {
    kDeny,
    kSuspend,
    kSendToReviewers,
    kAskReviewers,
    kWaitUntil,
    kUseModel,
    kSkip,
    kPutInLane,
    kNote
  };
  Kind kind = Kind::kDeny;
  Span span;
  std::optional<Name> name;    // reviewers, window or model
  std::optional<Value> value;  // how many to ask; the note
  LaneName lane = LaneName::kNormal;
};
struct RuleScope {
  Span span;
  std::optional<Name> step, workflow, tier, tenant;  // `for step S of W` fills two
};
struct RuleDecl {
  Name name;
  std::vector<RuleScope> scopes;
  std::vector<Condition> when;
  std::vector<RuleEffect> effects;
  std::vector<Value> because;
};
struct WindowDecl {  // window W is Monday to Friday 08:00 to 18:00
  Name name;
  uint8_t first_day = 0, last_day = 6;  // Monday is 0
  Value from, to;
};
struct ExceptionDecl {
  Name name;
  std::optional<Name> tenant;
  std::vector<Clause> replace, with;  // exactly one of each, or a diagnostic
  std::vector<Value> from, until, because, ticket;
  struct Approval {
    Value by;
    Value on;
    Span span;
  };
  std::vector<Approval> approvals;
};
struct GuaranteeScope {
  Span span;
  bool every_workflow = false;
  std::optional<Name> regulation, tier, klass, org;
};
struct Requirement {
  enum class Kind : uint8_t {
    kNeverKeepOutside,
    kNeverSendOutside,
    kNeverUse,         // what: "model", "tool" or "endpoint"; name
    kWorstCaseCost,    // value, or per workflow's budget when absent
    kAvailability,     // what: "endpoint", "region" or "provider"
    kSlaAtLeast,       // value within value2
    kReviewersOnStep,  // value reviewers on step name
  };
  Kind kind = Kind::kNeverKeepOutside;
  Span span;
  PlaceList places;
  std::string what;
  std::optional<Name> name;
  std::optional<Value> value, value2;
};
struct GuaranteeDecl {
  Name name;
  std::vector<GuaranteeScope> scopes;
  std::vector<Requirement> requirements;
  std::vector<Value> because;
};

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_AST_RULE_H_

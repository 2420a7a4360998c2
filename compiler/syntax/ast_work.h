// Work: workflows, their steps, and the ladders they walk down when the budget runs low.
#ifndef BYLAW_COMPILER_SYNTAX_AST_WORK_H_
#define BYLAW_COMPILER_SYNTAX_AST_WORK_H_

#include <optional>
#include <variant>
#include <vector>

#include "compiler/syntax/ast_value.h"
#include "compiler/syntax/cel_ast.h"

namespace bylaw::syntax {

struct StepTerm {
  struct After {
    std::vector<Name> steps;
  };
  struct CallsTool {
    Name tool;
    std::optional<TokenEstimate> tokens;
  };
  struct CallsModel {
    std::optional<Name> model;
    std::optional<TokenEstimate> tokens;
  };  // none: `calls a model`
  struct Reads {
    std::vector<Name> inputs;
  };
  struct CostsAtMost {
    Value amount;
  };
  struct TakesAbout {
    Value duration;
  };
  struct TakesAtMost {
    Value duration;
  };
  struct Retries {
    Value at_most;
  };
  struct When {
    Condition condition;
  };
  struct Gives {
    Name output;
    TypeExpr type;
  };
  struct Replans {
    Name target;
    Value at_most;
  };  // on failure replans from STEP at most N times
  struct Asks {
    Value count;
    std::optional<Name> reviewers;
    std::optional<Condition> when;
  };
  Span span;
  std::variant<After, CallsTool, CallsModel, Reads, CostsAtMost, TakesAbout, TakesAtMost, Retries, When, Gives, Replans,
               Asks>
      term;
};
struct StepDecl {
  Name name;
  bool optional = false;
  std::vector<StepTerm> terms;
  Span span;
};
struct InputDecl {
  Name name;
  TypeExpr type;
};
struct WorkflowItem {
  struct InLane {
    LaneName lane = LaneName::kNormal;
  };
  Span span;
  std::variant<InputDecl, InLane, StepDecl> item;
};
struct WorkflowDecl {
  Name name;
  std::vector<WorkflowItem> items;
};

struct LadderRung {  // when budget below 40%|$0.05: EFFECT
  struct UseModel {
    Name model;
  };
  struct SkipOptional {};
  struct SendToReviewers {
    std::optional<Name> reviewers;
  };
  struct Suspend {};
  Span span;
  Value below;
  std::variant<UseModel, SkipOptional, SendToReviewers, Suspend> effect;
};
struct LadderDecl {
  Name name;
  std::vector<LadderRung> rungs;
};

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_AST_WORK_H_

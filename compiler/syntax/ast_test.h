// Tests and scenarios: what a policy says about itself.
#ifndef BYLAW_COMPILER_SYNTAX_AST_TEST_H_
#define BYLAW_COMPILER_SYNTAX_AST_TEST_H_

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "compiler/syntax/ast_value.h"

namespace bylaw::syntax {

struct TestGiven {
  struct Tenant {
    Name tenant;
  };
  struct EndpointDown {
    Name endpoint;
  };
  struct EndpointRevoked {
    Name endpoint;
  };
  struct RequestIs {
    Name input;
    Value value;
  };
  struct OutputIs {
    Name step, output;
    Value value;
  };
  struct BudgetLeft {
    Value amount;
  };  // money or percent
  struct DateIs {
    Value date;
  };
  struct TimeIs {
    Value time;
  };
  struct Running {
    Value workflows;
  };
  struct CallsMade {
    Value calls;
    Name resource;
    PerUnit per = PerUnit::kHour;
  };
  Span span;
  std::variant<Tenant, EndpointDown, EndpointRevoked, RequestIs, OutputIs, BudgetLeft, DateIs, TimeIs, Running,
               CallsMade>
      given;
};
struct TestWhen {
  struct StepRuns {
    Name step, workflow;
  };
  struct Submitted {
    Name workflow;
  };
  struct Arrive {
    Value runs;
    Name workflow;
    Value within;
  };
  Span span;
  std::variant<StepRuns, Submitted, Arrive> when;
};
struct TestThen {
  enum class Kind : uint8_t {
    kProceeds,
    kSkipped,
    kWaits,
    kSuspends,
    kDenied,
    kQueued,
    kRefused,
    kReviewers,
    kUsesModel,
    kUsesEndpoint,
    kKeepsInStore,
    kNoOtherWaits,
  };
  Kind kind = Kind::kProceeds;
  Span span;
  std::optional<Name> name;       // reviewers, model, endpoint or store
  std::vector<DataClass> data;    // `keeps state in store S`
  std::optional<Value> duration;  // no other tenant waits more than …
  std::optional<Name> reason;     // because REASON
};
struct TestDecl {
  Value title;
  std::vector<TestGiven> given;
  std::vector<TestWhen> when;
  std::vector<TestThen> then;
};

struct ScenarioItem {
  struct Sends {  // every tenant | every tenant on tier T | tenant X sends N runs of W per day | within D [from TIME]
    std::optional<Name> tenant, tier;
    Value runs;
    Name workflow;
    std::optional<PerUnit> per;
    std::optional<Value> within, from;
  };
  struct Takes {
    Name workflow;
    Value about;
  };  // each W takes about D
  struct Fails {
    Name step;
    Name workflow;
    Value share;
  };  // step S of W fails P% of the time
  struct FailsFirst {
    Name step;
    Name workflow;
    Value times;
  };  // step S of W fails N times: each run's first N attempts
  struct Costs {
    Name step;
    Name workflow;
    Value cost;
  };  // step S of W costs M: what an attempt really costs
  struct UsualValue {
    TestGiven what;              // RequestIs or OutputIs
    std::optional<Value> share;  // of the runs; absent: of those that no other line speaks of
  };  // request.channel is email in 40% of runs
  struct Run {
    Value from, to;
  };
  struct Down {
    Name endpoint;
    std::optional<Value> from, to;
  };  // endpoint E is down [from T to T]
  Span span;
  std::variant<Sends, Takes, Fails, FailsFirst, Costs, UsualValue, Run, Down> item;
};
struct ScenarioDecl {
  Name name;
  std::vector<ScenarioItem> items;
};

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_AST_TEST_H_

// Policies of many tenants, made up: the same world, tenants written as sentences or as rows of a table.
#ifndef BYLAW_BENCH_COMPILE_GENERATED_POLICY_H_
#define BYLAW_BENCH_COMPILE_GENERATED_POLICY_H_

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/prng.h"
#include "compiler/driver/compile.h"

namespace bylaw::bench {

inline constexpr std::string_view kWorld = R"(edition 2026
use std.places
endpoint gpt4-us {
  serves model gpt-4
  in us-east-1
  costs at most $0.03 per call
}
endpoint gpt4-eu {
  serves model gpt-4
  in eu-west-1
  costs at most $0.034 per call
}
endpoint bureau-us {
  serves tool credit_bureau_v2
  in us-east-1
  costs at most $0.05 per call
}
endpoint bureau-eu {
  serves tool credit_bureau_v2
  in eu-central-1
  costs at most $0.06 per call
}
store eu-data {
  keeps state, checkpoints, audit
  in eu-west-1
}
reviewers eu-desk {
  based in DE, FR
}
pool eu-workers in eu-west-1 has 100 slots with room for 20_000 waiting
regulation GDPR {
  state stays in EU
  calls go only to EU
  reviewers based in EU
}
workflow loan-approval {
  input amount is money
  step credit {
    calls tool credit_bureau_v2
    retries at most 2 times
  }
  step decide {
    after credit
    calls model gpt-4
    on failure replans from credit at most 2 times
  }
}
tier enterprise {
  at most 50 workflows at once
  at most 500 calls per hour to credit_bureau_v2
  budget $2 per workflow
}
tier standard {
  at most 20 workflows at once
  at most 100 calls per hour to credit_bureau_v2
  budget $1 per workflow
}
)";

inline std::string AsSentences(int tenants) {
  Prng prng(7);
  std::string text(kWorld);
  for (int i = 0; i < tenants; ++i) {
    const bool european = prng.Chance(0.3);
    text += fmt::format("tenant institution-{:05} on tier {} {{\n", i, prng.Chance(0.5) ? "enterprise" : "standard");
    if (european) text += "  subject to GDPR\n  reviewers eu-desk\n";
    if (european && prng.Chance(0.5)) text += "  route gpt-4 to gpt4-eu else suspend\n";
    text += fmt::format("  at most {} workflows at once\n", prng.Between(1, 20));
    text += fmt::format("  at most {} calls per hour to credit_bureau_v2\n", prng.Between(10, 100));
    text += fmt::format("  budget $0.{:02} per workflow\n}}\n", prng.Between(70, 99));
  }
  return text;
}

// `edited`: the row of that tenant has another cap than otherwise; or, with a route of its own, another shape.
struct Edited {
  int tenant = -1;
  bool new_shape = false;
};
inline std::string AsRows(int tenants, Edited edited = {}) {
  Prng prng(7);
  std::string text = "tenant,regulations,reviewers,route.gpt-4,workflows_at_once,budget_per_workflow\n";
  for (int i = 0; i < tenants; ++i) {
    const bool european = prng.Chance(0.3);
    const bool routed = european && prng.Chance(0.5);
    const int64_t cap = prng.Between(1, 19), cents = prng.Between(70, 99);
    const bool here = i == edited.tenant;
    const std::string_view route = here && edited.new_shape ? "gpt4-eu;gpt4-us else suspend"
                                   : routed                 ? "gpt4-eu else suspend"
                                                            : "";
    text += fmt::format("institution-{:06},{},{},{},{},$0.{:02}\n", i,
                        european && !(here && edited.new_shape) ? "GDPR" : "", european ? "eu-desk" : "", route,
                        here ? 20 : cap, cents);
  }
  return text;
}

inline driver::CompileOptions SentenceOptions(int tenants) {
  driver::CompileOptions options;
  options.texts.push_back({"tenants.bylaw", AsSentences(tenants)});
  options.as_of = Date{2026, 11, 1};
  return options;
}
inline driver::CompileOptions RowOptions(int tenants, Edited edited = {}) {
  driver::CompileOptions options;
  options.texts.push_back({"world.bylaw", std::string(kWorld) + "tenants from \"rows.csv\" on tier standard\n"});
  options.texts.push_back({"rows.csv", AsRows(tenants, edited)});
  options.as_of = Date{2026, 11, 1};
  return options;
}

}  // namespace bylaw::bench

#endif  // BYLAW_BENCH_COMPILE_GENERATED_POLICY_H_

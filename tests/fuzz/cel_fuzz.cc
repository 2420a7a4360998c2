// Any text as a condition: it is read, typed and, without a mistake, evaluated to yes, no or an error.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/image.h"

namespace bylaw {
namespace {

constexpr char kBefore[] = R"(edition 2026
use std.places
endpoint m-eu {
  serves model m
  in eu-west-1
  costs at most $0.04 per call
}
setting threshold is a number by default 0.5
setting mode is one of fast, slow by default fast
tier t
tenant a on tier t
workflow w {
  input amount is money
  input count is a count
  input share is a number
  input note is text
  input ok is yes or no
  input day is a date
  input lasts is a duration
  step s {
    calls model m
    gives confidence as a number
  }
}
rule r {
  for step s of w
  when ()";

abi::Verdict Decide(const abi::PolicyImage& image) {
  const std::vector<uint64_t> all(image.endpoint_words() + 1, ~uint64_t{0});
  const std::vector<abi::SlotValue> slots(image.workflows[0].slots.size() + 1);
  const std::vector<uint64_t> none(2, 0);
  abi::StepRequest request;
  request.up = request.permitted = all.data();
  request.slots = slots.data();
  request.present = none.data();
  request.remaining_micros = request.budget_micros = abi::kUnlimitedMicros;
  abi::Decision decision;
  const abi::TenantRecord& tenant = image.tenant(TenantId(0));
  const abi::StepEntry& entry = image.shape_workflow(tenant, WorkflowId(0)).steps[0];
  entry.decide(&entry, &tenant, &request, &decision);
  return static_cast<abi::Verdict>(decision.verdict);
}

}  // namespace
}  // namespace bylaw

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > size_t{1} << 20) return 0;
  bylaw::driver::CompileOptions options;
  options.texts = {
      {"fuzz.bylaw", bylaw::kBefore + std::string(reinterpret_cast<const char*>(data), size) + ")\n  deny\n}\n"}};
  options.as_of = bylaw::Date{2026, 11, 23};
  auto compilation = bylaw::driver::Check(options);
  BYLAW_CHECK(compilation.ok(), "texts need no environment");
  if (compilation->sink.has_errors()) return 0;
  bylaw::driver::Verify(*compilation);
  if (!compilation->verified.has_value()) return 0;
  const auto image = bylaw::driver::BuildImage(*compilation->verified, bylaw::driver::EngineKind::kEvaluator);
  BYLAW_CHECK(image.ok(), "what is proved can be compiled");
  BYLAW_CHECK(bylaw::Decide(**image) <= bylaw::abi::Verdict::kDeny,
              "there is a decision");  // the text may add sentences of its own
  return 0;
}

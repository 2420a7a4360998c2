// Ours on the work of the peers beside this file: the same requests (workload.mjs), answered and timed.
//   peers_ours anchored COUNT KEYS QUOTA          windows of an hour, anchored at a key's first call
//   peers_ours paced COUNT KEYS STEP_US INTERVAL_US BURST
//   peers_ours condition COUNT TENANTS            one `when`, by compiled code; the requests go round the tenants
// Prints {"answers": hash, "yes": how many, "ns": each}: the answers of the first pass; the time of the best of
// several.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/image.h"
#include "runtime/limit/limiter_table.h"

namespace bylaw::bench {
namespace {

// Marsaglia's xorshift32, as in workload.mjs.
class Draws {
 public:
  uint32_t Below(uint32_t bound) {
    x_ ^= x_ << 13;
    x_ ^= x_ >> 17;
    x_ ^= x_ << 5;
    return x_ % bound;
  }

 private:
  uint32_t x_ = 20261127;
};

// `prepare` and then `pass` (which fills in the answers), several times.
int Measure(size_t count, const std::function<void()>& prepare,
            const std::function<void(std::vector<uint8_t>&)>& pass) {
  constexpr int kPasses = 7;
  std::vector<uint8_t> first, answers(count);
  double best = 1e300;
  for (int i = 0; i < kPasses; ++i) {
    prepare();
    const auto before = std::chrono::steady_clock::now();
    pass(answers);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - before;
    best = std::min(best, took.count() / static_cast<double>(count));
    if (i == 0) first = answers;
    BYLAW_CHECK(first == answers, "each pass gives the same answers");
  }
  uint32_t hash = 0x811C'9DC5, yes = 0;
  for (const uint8_t answer : first) {
    yes += answer;
    hash = (hash ^ answer) * 0x0100'0193;
  }
  fmt::print("{{\"answers\": \"{:08x}\", \"yes\": {}, \"ns\": {:.2f}}}\n", hash, yes, best);
  return 0;
}

int Limits(size_t count, uint32_t keys, const limit::LimitSpec& spec, DurationNs step) {
  std::vector<uint32_t> requests(count);
  Draws draws;
  for (uint32_t& key : requests) key = draws.Below(keys);
  limit::LimiterTable table;
  return Measure(
      count,
      [&] {
        table = limit::LimiterTable();
        for (uint32_t i = 0; i < keys; ++i) BYLAW_CHECK(table.Add(spec).ok(), "the limit is sound");
      },
      [&](std::vector<uint8_t>& answers) {
        for (size_t i = 0; i < count; ++i) {
          const limit::LimiterId limiter(requests[i]);
          const TimeNs now = static_cast<TimeNs>(i + 1) * step;
          const bool admitted = table.Check(limiter, now, 1).admitted;
          if (admitted) table.Commit(limiter, now, 1);
          answers[i] = admitted;
        }
      });
}

std::string PolicyOf(uint32_t tenants) {
  std::string text = R"(
edition 2026
use std.places
endpoint gpt4 {
  serves model gpt-4
  in us-east-1
  costs at most $0.01 per call
}
workflow work {
  input amount is money
  input channel is text
  input country is text
  step begin {
    costs at most $0.01
  }
  optional step call {
    when (request.amount > $50_000 && request.channel == "web" && request.country in ["DE", "FR", "IT", "ES"])
    costs at most $0.01
  }
}
tier standard {
  budget $10 per workflow
}
)";
  for (uint32_t i = 0; i < tenants; ++i) text += fmt::format("tenant tenant-{} on tier standard\n", i);
  return text;
}

int Condition(size_t count, uint32_t tenants) {
  driver::CompileOptions options;
  options.texts = {{"policy.bylaw", PolicyOf(tenants)}};
  options.as_of = Date{2026, 11, 27};
  absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
  BYLAW_CHECK(compilation.ok(), "the policy is read");
  driver::Verify(*compilation);
  BYLAW_CHECK(compilation->verified.has_value(), "the policy verifies");
  const auto image = driver::BuildImage(*compilation->verified, driver::EngineKind::kJitO2);
  BYLAW_CHECK(image.ok(), "the policy is compiled");
  const WorkflowId work = (*image)->FindWorkflow("work");
  const StepId step = (*image)->FindStep(work, "call");

  static constexpr std::string_view kChannels[] = {"web", "branch", "partner", "app"};
  static constexpr std::string_view kCountries[] = {"DE", "FR", "IT", "ES", "US", "GB", "JP", "BR"};
  static constexpr uint64_t kAll = ~uint64_t{0}, kPresent = 7;
  std::vector<abi::Text> channels, countries;
  for (const std::string_view text : kChannels) channels.push_back({text.data(), text.size()});
  for (const std::string_view text : kCountries) countries.push_back({text.data(), text.size()});
  struct Question {
    abi::StepRequest request;
    abi::SlotValue slots[3];
  };
  std::vector<Question> questions(count);
  Draws draws;
  for (Question& question : questions) {
    question.slots[0].integer = int64_t{draws.Below(100'001)} * 1'000'000;
    question.slots[1].text = &channels[draws.Below(4)];
    question.slots[2].text = &countries[draws.Below(8)];
    question.request.remaining_micros = question.request.budget_micros = 10'000'000;
    question.request.up = question.request.permitted = &kAll;
    question.request.slots = question.slots;
    question.request.present = &kPresent;
  }
  return Measure(
      count, [] {},
      [&](std::vector<uint8_t>& answers) {
        for (size_t i = 0; i < count; ++i) {
          const abi::TenantRecord& tenant = (*image)->tenant(TenantId(static_cast<uint32_t>(i % tenants)));
          const abi::StepEntry& entry = (*image)->shape_workflow(tenant, work).steps[step.index()];
          abi::Decision decision;
          entry.decide(&entry, &tenant, &questions[i].request, &decision);
          answers[i] = decision.verdict == static_cast<uint8_t>(abi::Verdict::kProceed);
        }
      });
}

int Main(int argc, char** argv) {
  std::vector<int64_t> numbers;
  for (int i = 2; i < argc; ++i) numbers.push_back(std::atoll(argv[i]));
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "anchored" && numbers.size() == 3) {
    return Limits(static_cast<size_t>(numbers[0]), static_cast<uint32_t>(numbers[1]),
                  {.window = abi::RateWindow::kAnchored, .period_ns = kHourNs, .quota = numbers[2]}, 1'000);
  }
  if (what == "paced" && numbers.size() == 5) {
    return Limits(
        static_cast<size_t>(numbers[0]), static_cast<uint32_t>(numbers[1]),
        {.window = abi::RateWindow::kEvenly, .period_ns = numbers[3] * 1'000, .quota = 1, .burst = numbers[4]},
        numbers[2] * 1'000);
  }
  if (what == "condition" && numbers.size() == 2) {
    return Condition(static_cast<size_t>(numbers[0]), static_cast<uint32_t>(numbers[1]));
  }
  std::fputs("peers_ours anchored|paced|condition NUMBERS…; see bench/peers/ours.cc\n", stderr);
  return 2;
}

}  // namespace
}  // namespace bylaw::bench

int main(int argc, char** argv) { return bylaw::bench::Main(argc, argv); }

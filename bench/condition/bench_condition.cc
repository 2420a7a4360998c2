// P8: what a condition costs, on random inputs, by compiled code and by the evaluator.
//
// The conditions are the `when` of optional steps of one policy; a call of `decide` answers one of them, so that the
// row `nothing` (a step without a condition) is what every other row pays besides its condition. `matches` stands
// beside RE2 itself on the same texts. Before anything is measured, both engines answer every question and must agree.
#include <benchmark/benchmark.h>
#include <re2/re2.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/prng.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/image.h"

namespace {
std::atomic<uint64_t> allocations{0};
}  // namespace

[[gnu::noinline]] void* operator new(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace bylaw::bench {
namespace {

constexpr char kPattern[] = "(refund|chargeback)-[0-9]+";

constexpr char kPolicy[] = R"(
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
  input comment is text
  input tags is a list of text
  step nothing {
    costs at most $0.01
  }
  optional step scalars {
    when (request.amount > $50_000 && request.channel == "web" && request.country in ["DE", "FR", "IT", "ES"])
    costs at most $0.01
  }
  optional step pattern {
    when (request.comment.matches("(refund|chargeback)-[0-9]+"))
    costs at most $0.01
  }
  optional step list {
    when (request.tags.exists(tag, tag == "manual" || tag.startsWith("fraud-")))
    costs at most $0.01
  }
}
tier standard {
  budget $10 per workflow
}
tenant bank on tier standard
)";

enum Slot : uint32_t { kAmount, kChannel, kCountry, kComment, kTags, kSlots };
constexpr size_t kQuestions = 4'096;

struct Question {
  abi::StepRequest request;
  abi::SlotValue slots[kSlots];
  abi::TextList tags;
  uint64_t present = (1 << kSlots) - 1;
};

class World {
 public:
  World() {
    driver::CompileOptions options;
    options.texts = {{"policy.bylaw", kPolicy}};
    options.as_of = Date{2026, 11, 23};
    absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
    BYLAW_CHECK(compilation.ok(), "the policy is read");
    driver::Verify(*compilation);
    for (const diag::Diagnostic& d : compilation->sink.diagnostics()) {
      BYLAW_CHECK(d.severity != diag::Severity::kError, d.message.c_str());
    }
    compilation_ = *std::move(compilation);
    for (const auto& [kind, image] :
         {std::pair(driver::EngineKind::kEvaluator, &evaluator_), std::pair(driver::EngineKind::kJitO2, &jit_)}) {
      auto built = driver::BuildImage(*compilation_.verified, kind);
      BYLAW_CHECK(built.ok(), std::string(built.status().message()).c_str());
      *image = *std::move(built);
    }
    Draw();
    CheckAgreement();
  }

  const abi::PolicyImage& image(bool jit) const { return jit ? *jit_ : *evaluator_; }
  const abi::StepEntry& entry(bool jit, const char* step) const {
    const abi::PolicyImage& of = image(jit);
    const WorkflowId work = of.FindWorkflow("work");
    return of.shape_workflow(of.tenant(TenantId(0)), work).steps[of.FindStep(work, step).index()];
  }
  const std::vector<Question>& questions() const { return questions_; }

 private:
  const abi::Text* OneOf(const std::vector<std::string>& strings, Prng& prng) {
    const std::string& kept = strings[prng.Below(strings.size())];
    texts_.push_back({kept.data(), kept.size()});
    return &texts_.back();
  }

  void Draw() {
    static const std::vector<std::string> kChannels = {"web", "branch", "partner", "app"};
    static const std::vector<std::string> kCountries = {"DE", "FR", "IT", "ES", "US", "GB", "JP", "BR"};
    static const std::vector<std::string> kTagTexts = {"new", "vip", "retail", "fraud-ring", "manual", "eu"};
    static auto* const kComments = new std::vector<std::string>();
    Prng prng(7);
    for (int i = 0; i < 256; ++i) {
      std::string comment = "the customer asks about the order of last week ";
      if (prng.Chance(0.5)) comment += "refund-" + std::to_string(prng.Below(10'000));
      kComments->push_back(comment + " and waits for an answer");
    }
    texts_.reserve(kQuestions * 16);
    questions_.resize(kQuestions);
    for (Question& question : questions_) {
      question.slots[kAmount].integer = prng.Between(0, 100'000) * 1'000'000;
      question.slots[kChannel].text = OneOf(kChannels, prng);
      question.slots[kCountry].text = OneOf(kCountries, prng);
      question.slots[kComment].text = OneOf(*kComments, prng);
      const uint64_t size = prng.Below(6);
      const abi::Text* first = texts_.data() + texts_.size();
      for (uint64_t i = 0; i < size; ++i) OneOf(kTagTexts, prng);
      question.tags = {first, size};
      question.slots[kTags].list = &question.tags;
      question.request.remaining_micros = question.request.budget_micros = 10'000'000;
      question.request.up = question.request.permitted = &kAll;
      question.request.slots = question.slots;
      question.request.present = &question.present;
    }
  }

  void CheckAgreement() const {
    for (const char* step : {"nothing", "scalars", "pattern", "list"}) {
      for (const Question& question : questions_) {
        abi::Decision decisions[2];
        for (const bool jit : {false, true}) {
          const abi::StepEntry& of = entry(jit, step);
          of.decide(&of, &image(jit).tenant(TenantId(0)), &question.request, &decisions[jit]);
        }
        BYLAW_CHECK(decisions[0] == decisions[1], "both engines decide alike");
      }
    }
  }

  static constexpr uint64_t kAll = ~uint64_t{0};
  driver::Compilation compilation_;
  std::shared_ptr<const abi::PolicyImage> evaluator_, jit_;
  std::vector<abi::Text> texts_;
  std::vector<Question> questions_;
};

const World& TheWorld() {
  static const auto* const kWorld = new World();
  return *kWorld;
}

void BM_Condition(benchmark::State& state, const char* step, bool jit) {
  const World& world = TheWorld();
  const abi::StepEntry& entry = world.entry(jit, step);
  const abi::TenantRecord& tenant = world.image(jit).tenant(TenantId(0));
  abi::Decision decision;
  size_t next = 0;
  const uint64_t before = allocations.load();
  for (auto _ : state) {
    entry.decide(&entry, &tenant, &world.questions()[next++ % kQuestions].request, &decision);
    benchmark::DoNotOptimize(decision);
  }
  state.counters["allocations"] = static_cast<double>(allocations.load() - before);
}

void BM_Re2(benchmark::State& state) {
  const World& world = TheWorld();
  const re2::RE2 pattern(kPattern);
  size_t next = 0;
  for (auto _ : state) {
    const abi::Text& text = *world.questions()[next++ % kQuestions].slots[kComment].text;
    benchmark::DoNotOptimize(re2::RE2::PartialMatch(re2::StringPiece(text.data, text.size), pattern));
  }
}

BENCHMARK_CAPTURE(BM_Condition, jit_nothing, "nothing", true);
BENCHMARK_CAPTURE(BM_Condition, jit_scalars, "scalars", true);
BENCHMARK_CAPTURE(BM_Condition, jit_pattern, "pattern", true);
BENCHMARK(BM_Re2);
BENCHMARK_CAPTURE(BM_Condition, jit_list, "list", true);
BENCHMARK_CAPTURE(BM_Condition, evaluator_nothing, "nothing", false);
BENCHMARK_CAPTURE(BM_Condition, evaluator_scalars, "scalars", false);
BENCHMARK_CAPTURE(BM_Condition, evaluator_pattern, "pattern", false);
BENCHMARK_CAPTURE(BM_Condition, evaluator_list, "list", false);

}  // namespace
}  // namespace bylaw::bench

BENCHMARK_MAIN();

#include "bench/decision/policy.h"

#include <string>
#include <utility>

#include "base/prng.h"
#include "compiler/plan/verified_for_test.h"
#include "compiler/sema/program_builder.h"

namespace bylaw::bench {
namespace {

using cel::Op;
using cel::Type;
using cel::TypedExprPtr;

constexpr int kModels = 6, kTools = 6, kRegions = 8, kEndpointsEach = 4;

TypedExprPtr Node(Op op, Type type, uint32_t slot = 0) {
  auto node = std::make_unique<cel::TypedExpr>();
  node->op = op;
  node->type = type;
  node->slot = slot;
  return node;
}
TypedExprPtr Integer(Type type, int64_t value) {
  TypedExprPtr node = Node(Op::kConst, type);
  node->int_value = value;
  return node;
}
TypedExprPtr Text(const char* value) {
  TypedExprPtr node = Node(Op::kConst, Type::kString);
  node->text_value = value;
  return node;
}
template <typename... Args>
TypedExprPtr Apply(Op op, Args... args) {
  TypedExprPtr node = Node(op, Type::kBool);
  (node->args.push_back(std::move(args)), ...);
  return node;
}
TypedExprPtr Above(int64_t micros) {
  return Apply(Op::kGreater, Node(Op::kSlot, Type::kMoney, kAmount), Integer(Type::kMoney, micros));
}

class PolicyMaker {
 public:
  std::shared_ptr<const plan::Plan> Run(uint32_t tenants) {
    MakeWorld();
    MakeWorkflow();
    MakeLadders();
    MakeRules();
    MakeTenants(tenants);
    std::vector<int64_t> floors;
    for (uint32_t i = 0; i < kSteps; ++i) floors.push_back(int64_t{kSteps - i} * 5'000);
    auto program = builder_.Build();
    std::vector<std::vector<verify::Floors>> by_shape(program->shapes.size(), {{floors[0], floors}});
    return plan::BuildPlan(verify::VerifiedProgramForTest::Make(std::move(program), std::move(by_shape)));
  }

 private:
  sema::Program& program() { return builder_.program(); }

  void MakeWorld() {
    for (int i = 0; i < kRegions; ++i) {
      builder_.Region("region-" + std::to_string(i), builder_.Country("C" + std::to_string(i)));
    }
    // Whoever relies on what is adequate for C0 may use C6 and C7 until the decision lapses.
    for (uint32_t to : {6u, 7u}) builder_.Adequate(sema::PlaceId(0), sema::PlaceId(to)).until = kLapse;
    for (int i = 0; i < kModels; ++i) resources_.push_back(builder_.Model("model-" + std::to_string(i)));
    for (int i = 0; i < kTools; ++i) resources_.push_back(builder_.Tool("tool-" + std::to_string(i)));
    for (size_t i = 0; i < resources_.size(); ++i) {
      for (int k = 0; k < kEndpointsEach; ++k) {
        const RegionId region(static_cast<uint32_t>((i * 3 + static_cast<size_t>(k) * 2) % kRegions));
        const int64_t cents = i < kModels ? 12 - 2 * static_cast<int64_t>(i) + k % 2 : 1 + k;
        builder_.Serve("endpoint-" + std::to_string(i) + "-" + std::to_string(k), resources_[i], builder_.In(region),
                       cents);
      }
    }
    sema::Reviewers desk;
    desk.name = "desk";
    desk.based_in = {builder_.In(RegionId(0))};
    desk.clause = builder_.Say("reviewers desk");
    program().reviewers.push_back(std::move(desk));
    sema::Setting setting;
    setting.name = "confidence_threshold";
    setting.info = {setting.name, abi::SlotType::kNumber, {}};
    setting.default_value = abi::SlotValue{.number = 0.8};
    program().settings.push_back(std::move(setting));
  }

  sema::TypedCondition When(TypedExprPtr expr) { return {"", builder_.Line("when (…)"), std::move(expr)}; }

  void MakeWorkflow() {
    const WorkflowId id = builder_.AddWorkflow("work");
    program().workflows[0].slots = {{"amount", abi::SlotType::kMoney, {}},
                                    {"channel", abi::SlotType::kText, {"web", "branch", "partner"}},
                                    {"priority", abi::SlotType::kCount, {}},
                                    {"score.confidence", abi::SlotType::kNumber, {}}};
    program().workflows[0].input_count = 3;
    for (uint32_t i = 0; i < kSteps; ++i) {
      sema::Step& step = builder_.AddStep(id, "step-" + std::to_string(i));
      const bool model = i % 5 == 1 || i % 5 == 3;
      if (i % 5 != 4) builder_.Call(step, resources_[model ? i / 2 % 4 : kModels + i % kTools]);
      if (i % 5 == 2) {
        step.optional = true;
        step.when = When(Above(kEnrichAbove));
      }
      if (i % 5 == 3) {
        TypedExprPtr unsure =
            Apply(Op::kLess, Node(Op::kSlot, Type::kDouble, kConfidence), Node(Op::kSetting, Type::kDouble, 0));
        step.asks.push_back({1, {}, When(Apply(Op::kOr, Above(kAskAbove), std::move(unsure))), builder_.Say("asks")});
      }
    }
  }

  void MakeLadders() {
    using Effect = sema::Rung::Effect;
    for (uint32_t i = 0; i < 4; ++i) {
      const LadderId ladder = builder_.AddLadder("ladder-" + std::to_string(i));
      const auto percent = [&](Effect effect, int64_t ppm, ResourceId model = {}) {
        sema::Rung& rung = builder_.AddRung(ladder, effect, model);
        rung.is_percent = true;
        rung.below_ppm = ppm;
      };
      percent(Effect::kUseModel, 400'000, resources_[4]);
      if (i % 2 == 0) percent(Effect::kUseModel, 300'000, resources_[5]);
      percent(Effect::kSkipOptional, 200'000);
      builder_.AddRung(ladder, i < 2 ? Effect::kSendToReviewers : Effect::kSuspend).below_micros = 50'000;
    }
  }

  void MakeRules() {
    sema::Rule deny;
    deny.clause = builder_.Say("rule large-partner");
    deny.when = When(Apply(Op::kAnd, Apply(Op::kEqual, Node(Op::kSlot, Type::kString, kChannel), Text("partner")),
                           Above(kDenyAbove)));
    deny.effects.emplace_back();
    program().rules.push_back(std::move(deny));
    sema::Rule lane;
    lane.clause = builder_.Say("rule patient");
    lane.when =
        When(Apply(Op::kAnd, Apply(Op::kIn, Node(Op::kSlot, Type::kString, kChannel), Text("branch"), Text("web")),
                   Apply(Op::kLess, Node(Op::kSlot, Type::kInt, kPriority), Integer(Type::kInt, kPriorityBelow))));
    lane.effects.emplace_back().kind = syntax::RuleEffect::Kind::kPutInLane;
    lane.effects.back().lane = abi::Lane::kBackground;
    program().rules.push_back(std::move(lane));
  }

  sema::Terms TermsOf(uint32_t shape) {
    Prng prng(shape + 1);
    sema::Terms terms;
    std::vector<sema::PlaceId> places = {sema::PlaceId(0)};
    for (uint32_t i = 1; i < 6; ++i) {
      if (prng.Chance(0.8)) places.push_back(sema::PlaceId(i));
    }
    std::vector<sema::PlaceId> adequate;
    if (shape % 2 == 0) {
      adequate.push_back(sema::PlaceId(0));
    } else {
      for (uint32_t i : {6u, 7u}) places.push_back(sema::PlaceId(i));
    }
    terms.places.push_back(builder_.Stays(sema::PlaceSubject::kCalls, places, adequate));
    terms.ladder = sema::Stated<LadderId>{LadderId(shape % 4), builder_.Say("follow ladder")};
    const uint32_t routed = shape / 4 % kModels;
    terms.routes.push_back({resources_[routed],
                            {EndpointId(routed * kEndpointsEach), EndpointId(routed * kEndpointsEach + 2),
                             EndpointId(routed * kEndpointsEach + 3)},
                            {},
                            true,
                            builder_.Say("route")});
    terms.models.push_back(
        {"step-" + std::to_string(1 + 5 * (shape % 4)), resources_[shape / 16], builder_.Say("use")});
    terms.budget_workflow = builder_.Budget(200);
    return terms;
  }

  void MakeTenants(uint32_t tenants) {
    const TierId tier = builder_.AddTier("standard");
    std::vector<sema::Terms> terms;
    for (uint32_t i = 0; i < kShapes; ++i) terms.push_back(TermsOf(i));
    const ClauseId set = builder_.Say("set confidence_threshold");
    for (uint32_t i = 0; i < tenants; ++i) {
      const uint32_t shape = i < kShapes ? i : static_cast<uint32_t>(prng_.Below(kShapes));
      sema::Terms own = terms[shape];
      own.settings.emplace_back(SettingId(0), sema::Stated<abi::SlotValue>{{.number = 0.5 + prng_.Unit() / 2}, set});
      builder_.AddTenant("t" + std::to_string(i), tier, std::move(own), i < kShapes ? ShapeId() : ShapeId(shape));
    }
  }

  sema::ProgramBuilder builder_;
  std::vector<ResourceId> resources_;
  Prng prng_{20261123};
};

constexpr uint32_t kCallers = 1'024;
constexpr size_t kDraws = size_t{1} << 20;

}  // namespace

std::shared_ptr<const plan::Plan> MakePlan(uint32_t tenants) { return PolicyMaker().Run(tenants); }

std::unique_ptr<const Questions> MakeQuestions(uint32_t tenants) {
  static constexpr abi::Text kChannels[] = {{"web", 3}, {"branch", 6}, {"partner", 7}};
  Prng prng(42);
  auto questions = std::make_unique<Questions>();
  questions->callers.resize(kCallers);
  for (Caller& caller : questions->callers) {
    caller.slots[kAmount].integer = prng.Between(0, 1'000'000) * 1'000'000;
    caller.slots[kChannel].text = &kChannels[prng.Below(3)];
    caller.slots[kPriority].integer = prng.Between(0, 3);
    caller.slots[kConfidence].number = 0.5 + prng.Unit() / 2;
    caller.present = prng.Chance(0.98) ? 0b1111 : 0b0111;
    // One endpoint in twenty is down, one in two hundred revoked.
    for (int bit = 0; bit < 64; ++bit) {
      caller.up |= uint64_t{prng.Chance(0.95)} << bit;
      caller.permitted |= uint64_t{prng.Chance(0.995)} << bit;
    }
    abi::StepRequest& request = caller.request;
    request.wall_now_ns = prng.Between(0, 2 * kLapse);
    request.budget_micros = 2'000'000;
    request.remaining_micros = prng.Chance(0.8) ? prng.Between(1'000'000, 2'000'000) : prng.Between(0, 1'000'000);
    request.up = &caller.up;
    request.permitted = &caller.permitted;
    request.slots = caller.slots.data();
    request.present = &caller.present;
    request.approved = prng.Chance(0.5) ? 1 : 0;
  }
  for (size_t i = 0; i < kDraws; ++i) {
    questions->draws.push_back({static_cast<uint32_t>(prng.Below(tenants)), static_cast<uint16_t>(prng.Below(kSteps)),
                                static_cast<uint16_t>(prng.Below(kCallers))});
  }
  return questions;
}

}  // namespace bylaw::bench

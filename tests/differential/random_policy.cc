#include "tests/differential/random_policy.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/prng.h"
#include "compiler/plan/verified_for_test.h"
#include "compiler/sema/program_builder.h"
#include "tests/differential/random_condition.h"

namespace bylaw::differential {
namespace {

using sema::Step;

class PolicyGenerator {
 public:
  explicit PolicyGenerator(uint64_t seed) : prng_(seed) {}

  std::shared_ptr<const plan::Plan> Run() {
    MakeWorld();
    MakeEndpoints();
    MakePeople();
    MakeSettings();
    for (int i = Some(1, 3); i-- > 0;) MakeWorkflow(i);
    for (int i = 0; i < 2; ++i) MakeLadder(i);
    MakeTenants();
    for (int i = Some(0, 6); i-- > 0;) MakeRule(i);
    std::shared_ptr<const sema::Program> program = builder_.Build();
    std::vector<std::vector<verify::Floors>> floors;
    for (size_t shape = 0; shape < program->shapes.size(); ++shape) {
      std::vector<verify::Floors>& row = floors.emplace_back();
      for (const sema::Workflow& workflow : program->workflows) {
        verify::Floors& made = row.emplace_back();
        made.entry = prng_.Between(0, 30) * 10'000;
        for (size_t i = 0; i < workflow.steps.size(); ++i) made.after.push_back(prng_.Between(0, 30) * 10'000);
      }
    }
    return plan::BuildPlan(verify::VerifiedProgramForTest::Make(std::move(program), std::move(floors)));
  }

 private:
  int Some(int low, int high) { return static_cast<int>(prng_.Between(low, high)); }
  sema::Program& program() { return builder_.program(); }
  template <typename IdType, typename Rows>
  IdType One(const Rows& rows) {
    return rows.empty() ? IdType::None() : IdType(static_cast<uint32_t>(prng_.Below(rows.size())));
  }
  template <typename IdType, typename Rows>
  std::vector<IdType> Subset(const Rows& rows, double share) {
    std::vector<IdType> ids;
    for (uint32_t i = 0; i < rows.size(); ++i) {
      if (prng_.Chance(share)) ids.push_back(IdType(i));
    }
    return ids;
  }

  void MakeWorld() {
    const int countries = Some(2, 4);
    for (int i = 0; i < countries; ++i) builder_.Country("C" + std::to_string(i));
    for (int i = Some(2, 6); i-- > 0;) {
      builder_.Region("region-" + std::to_string(i), sema::PlaceId(static_cast<uint32_t>(prng_.Below(countries))));
    }
    builder_.CertificateNamed("dpf");
    for (int i = Some(0, 3); i-- > 0;) {
      sema::Adequacy& adequacy =
          builder_.Adequate(One<sema::PlaceId>(program().places), One<sema::PlaceId>(program().places));
      if (prng_.Chance(0.5)) adequacy.certified_by = {sema::CertificateId(0)};
      adequacy.since = prng_.Chance(0.5) ? kBeginningOfTimeNs : prng_.Between(0, 5) * 1'000;
      adequacy.until = prng_.Chance(0.3) ? kForeverNs : prng_.Between(5, 10) * 1'000;
    }
  }

  sema::Location Somewhere() {
    sema::Location location = builder_.In(One<RegionId>(program().regions));
    if (prng_.Chance(0.4)) location.certificates.push_back({sema::CertificateId(0), false, {}, location.clause});
    return location;
  }

  void MakeEndpoints() {
    for (int i = Some(1, 3); i-- > 0;) models_.push_back(builder_.Model("model-" + std::to_string(i)));
    for (int i = Some(1, 2); i-- > 0;) tools_.push_back(builder_.Tool("tool-" + std::to_string(i)));
    const int count = prng_.Chance(0.2) ? Some(65, 140) : Some(2, 14);
    for (int i = 0; i < count; ++i) {
      const int cents = prng_.Chance(0.2) ? 0 : Some(-1, 20);
      builder_.Serve("endpoint-" + std::to_string(i), One<ResourceId>(program().resources), Somewhere(), cents);
    }
  }

  void MakePeople() {
    for (int i = Some(0, 3); i-- > 0;) {
      sema::Reviewers reviewers;
      reviewers.name = "desk-" + std::to_string(i);
      reviewers.based_in = {Somewhere()};
      reviewers.clause = builder_.Say("reviewers");
      program().reviewers.push_back(std::move(reviewers));
    }
    sema::Store store;
    store.name = "store";
    store.keeps = {true, true, true, true};
    store.location = Somewhere();
    program().stores.push_back(std::move(store));
    for (int i = 0; i < 2; ++i) {
      program().windows.push_back({"window", static_cast<uint8_t>(Some(0, 6)), static_cast<uint8_t>(Some(0, 6)),
                                   static_cast<uint16_t>(Some(0, 1439)), static_cast<uint16_t>(Some(0, 1439))});
    }
  }

  // Of any type; a setting is never a list.
  abi::SlotInfo RandomSlot(const std::string& name, uint64_t types = 8) {
    return {name, static_cast<abi::SlotType>(prng_.Below(types)), {}};
  }

  abi::SlotValue RandomValue(abi::SlotType type) {
    abi::SlotValue value{.integer = prng_.Between(-2, 9)};
    if (type == abi::SlotType::kYesNo) value.integer = prng_.Between(0, 1);
    if (type == abi::SlotType::kNumber) value.number = static_cast<double>(prng_.Between(0, 10)) / 10;
    if (type == abi::SlotType::kText) value.text = program().texts->Intern(kTexts[prng_.Below(kTexts.size())]);
    return value;
  }

  void MakeSettings() {
    const int count = prng_.Chance(0.1) ? 70 : Some(0, 5);
    for (int i = 0; i < count; ++i) {
      sema::Setting setting;
      setting.name = "setting_" + std::to_string(i);
      setting.info = RandomSlot(setting.name, 7);
      if (prng_.Chance(0.7)) setting.default_value = RandomValue(setting.info.type);
      setting_infos_.push_back(setting.info);
      program().settings.push_back(std::move(setting));
    }
  }

  std::optional<sema::TypedCondition> Condition(const std::vector<abi::SlotInfo>* slots) {
    const Names names = {slots, &setting_infos_};
    return sema::TypedCondition{"", builder_.Line("when (…)"), RandomCondition(prng_, names, Some(0, 5))};
  }

  void MakeWorkflow(int index) {
    const WorkflowId id = builder_.AddWorkflow("workflow-" + std::to_string(index));
    std::vector<abi::SlotInfo> slots;
    for (int i = Some(0, 9); i-- > 0;) slots.push_back(RandomSlot("input_" + std::to_string(i)));
    if (prng_.Chance(0.1)) slots.resize(70, RandomSlot("input"));
    program().workflows[id.index()].slots = slots;
    program().workflows[id.index()].input_count = static_cast<uint32_t>(slots.size());
    for (int i = Some(1, 5); i-- > 0;) {
      Step& step = builder_.AddStep(id, "step-" + std::to_string(i));
      step.optional = prng_.Chance(0.3);
      const uint64_t calls = prng_.Below(10);
      if (calls < 6) builder_.Call(step, models_[prng_.Below(models_.size())]);
      if (calls == 6) step.calls = Step::Calls::kAnyModel;
      if (calls > 6 && calls < 9) builder_.Call(step, tools_[prng_.Below(tools_.size())]);
      if (prng_.Chance(0.3)) step.cost_at_most = builder_.CostsAtMost(Some(0, 20));
      if (prng_.Chance(0.3)) step.when = Condition(&program().workflows[id.index()].slots);
      for (int ask = Some(-2, 2); ask-- > 0;) {
        step.asks.push_back({static_cast<uint32_t>(Some(1, 3)), One<ReviewersId>(program().reviewers),
                             prng_.Chance(0.8) ? Condition(&program().workflows[id.index()].slots) : std::nullopt,
                             builder_.Say("asks")});
      }
    }
  }

  void MakeLadder(int index) {
    const LadderId ladder = builder_.AddLadder("ladder-" + std::to_string(index));
    for (int i = Some(0, 5); i-- > 0;) {
      const auto effect = static_cast<sema::Rung::Effect>(prng_.Chance(0.6) ? 0 : prng_.Below(4));
      sema::Rung& rung = builder_.AddRung(ladder, effect, models_[prng_.Below(models_.size())]);
      rung.is_percent = prng_.Chance(0.6);
      rung.below_ppm = prng_.Between(0, 10) * 100'000;
      rung.below_micros = prng_.Between(0, 50) * 10'000;
      if (prng_.Chance(0.5)) rung.reviewers = One<ReviewersId>(program().reviewers);
    }
  }

  sema::Terms ShapeTerms() {
    sema::Terms terms;
    for (int i = Some(0, 2); i-- > 0;) {
      std::vector<sema::PlaceId> adequate;
      if (prng_.Chance(0.8)) {
        // Mostly a place from which a decision leads somewhere, so that legality changes with the date.
        adequate.push_back(program().adequacies.empty() || prng_.Chance(0.2)
                               ? One<sema::PlaceId>(program().places)
                               : program().adequacies[prng_.Below(program().adequacies.size())].from);
      }
      const auto subject = static_cast<sema::PlaceSubject>(prng_.Chance(0.7) ? 1 : prng_.Below(3));
      terms.places.push_back(builder_.Stays(subject, Subset<sema::PlaceId>(program().places, 0.3), adequate));
    }
    if (prng_.Chance(0.2)) {
      terms.may_use_models = sema::Stated<std::vector<ResourceId>>{Subset<ResourceId>(program().resources, 0.7),
                                                                   builder_.Say("may use models")};
    }
    if (prng_.Chance(0.2)) {
      terms.must_not_use.emplace_back(One<ResourceId>(program().resources), builder_.Say("must not use"));
    }
    if (prng_.Chance(0.1)) {
      terms.may_run =
          sema::Stated<std::vector<WorkflowId>>{Subset<WorkflowId>(program().workflows, 0.5), builder_.Say("may run")};
    }
    for (const ResourceId resource : Subset<ResourceId>(program().resources, 0.3)) AddRoute(terms, resource);
    if (prng_.Chance(0.4))
      terms.models.push_back({"", models_[prng_.Below(models_.size())], builder_.Say("use model")});
    if (prng_.Chance(0.7)) {
      terms.ladder = sema::Stated<LadderId>{One<LadderId>(program().ladders), builder_.Say("follow ladder")};
    }
    if (prng_.Chance(0.3)) terms.prefer_fastest = sema::Stated<bool>{true, builder_.Say("prefer fastest")};
    return terms;
  }

  void AddRoute(sema::Terms& terms, ResourceId resource) {
    std::vector<EndpointId> serving;
    for (uint32_t i = 0; i < program().endpoints.size(); ++i) {
      if (program().endpoints[i].resource == resource && prng_.Chance(0.6)) serving.push_back(EndpointId(i));
    }
    for (size_t i = serving.size(); i > 1; --i) std::swap(serving[i - 1], serving[prng_.Below(i)]);
    terms.routes.push_back({resource, std::move(serving), {}, true, builder_.Say("route")});
  }

  void MakeTenants() {
    for (int i = 0; i < 2; ++i) builder_.AddTier(i == 0 ? "standard" : "enterprise");
    program().classes.push_back({"high-volume", {}, {}});
    program().orgs.emplace_back().name = "org";
    for (int shape = Some(1, 4); shape-- > 0;) {
      const sema::Terms terms = ShapeTerms();
      ShapeId id;
      for (int i = Some(1, 3); i-- > 0;) {
        sema::Terms own = terms;
        for (uint32_t setting = 0; setting < program().settings.size(); ++setting) {
          if (!prng_.Chance(0.5)) continue;
          const abi::SlotValue value = RandomValue(program().settings[setting].info.type);
          own.settings.emplace_back(SettingId(setting), sema::Stated<abi::SlotValue>{value, builder_.Say("set")});
        }
        const std::string name = "tenant-" + std::to_string(program().tenants.size());
        const TenantId tenant = builder_.AddTenant(name, One<TierId>(program().tiers), own, id);
        id = program().tenants[tenant.index()].shape;
        if (prng_.Chance(0.5)) program().tenants[tenant.index()].klass = ClassId(0);
        if (prng_.Chance(0.5)) program().tenants[tenant.index()].org = OrgId(0);
      }
    }
  }

  void MakeRule(int index) {
    sema::Rule rule;
    rule.name = "rule-" + std::to_string(index);
    rule.clause = builder_.Say(rule.name);
    const std::vector<abi::SlotInfo>* slots = nullptr;
    if (prng_.Chance(0.8)) {
      sema::RuleScope scope;
      if (prng_.Chance(0.8)) {
        scope.workflow = One<WorkflowId>(program().workflows);
        slots = &program().workflows[scope.workflow.index()].slots;
        if (prng_.Chance(0.5)) scope.step = One<StepId>(program().workflows[scope.workflow.index()].steps);
      }
      if (prng_.Chance(0.2)) scope.tier = One<TierId>(program().tiers);
      if (prng_.Chance(0.2)) scope.tenant = One<TenantId>(program().tenants);
      rule.scopes.push_back(scope);
    }
    if (prng_.Chance(0.9)) rule.when = Condition(slots);
    for (int i = Some(1, 2); i-- > 0;) {
      sema::RuleEffect& effect = rule.effects.emplace_back();
      effect.kind = static_cast<syntax::RuleEffect::Kind>(prng_.Below(9));
      effect.reviewers = One<ReviewersId>(program().reviewers);
      effect.count = static_cast<uint32_t>(Some(1, 4));
      effect.window = static_cast<uint32_t>(prng_.Below(program().windows.size()));
      effect.model = models_[prng_.Below(models_.size())];
      effect.lane = static_cast<abi::Lane>(prng_.Below(3));
      if (prng_.Chance(0.7)) effect.clause = builder_.Say("effect");
    }
    program().rules.push_back(std::move(rule));
  }

  Prng prng_;
  sema::ProgramBuilder builder_;
  std::vector<ResourceId> models_, tools_;
  std::vector<abi::SlotInfo> setting_infos_;
};

}  // namespace

std::shared_ptr<const plan::Plan> RandomPlan(uint64_t seed) { return PolicyGenerator(seed).Run(); }

}  // namespace bylaw::differential

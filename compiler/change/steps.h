// The decisions of the steps that a tenant may run before and after, each compared once for all who decide alike.
#ifndef BYLAW_COMPILER_CHANGE_STEPS_H_
#define BYLAW_COMPILER_CHANGE_STEPS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "compiler/change/change.h"
#include "compiler/change/match.h"
#include "compiler/change/step_side.h"

namespace bylaw::change {

class StepsComparison {
 public:
  // Outlived by both plans.
  StepsComparison(const plan::Plan& before, const plan::Plan& after, const std::vector<WorkMatch>& work);

  // Adds what differs for this tenant.
  void Compare(TenantId before, TenantId after, std::vector<Difference>& out);

 private:
  // A step that both shapes may run.
  struct Pair {
    WorkflowId old_workflow, new_workflow;
    StepId old_step, new_step;
    bool same = false;      // spelled alike
    bool settings = false;  // its conditions read settings
    bool personal = false;  // it depends on whose it is: guards of rules, conditions that read the tenant
    bool remaining = false;
  };
  const std::vector<Pair>& PairsOf(ShapeId before, ShapeId after);
  Pair MakePair(const StepSide& before, const StepSide& after) const;
  const std::vector<Difference>& Find(const Pair& pair, const StepSide& before, const StepSide& after,
                                      const std::string& settings, const std::string& tenants);
  std::vector<Difference> Search(const StepSide& before, const StepSide& after) const;

  const plan::Plan& before_;
  const plan::Plan& after_;
  const std::vector<WorkMatch>& work_;
  const Speller old_speller_, new_speller_;
  absl::flat_hash_map<std::pair<ShapeId, ShapeId>, std::unique_ptr<std::vector<Pair>>> pairs_;
  absl::flat_hash_map<std::string, std::unique_ptr<std::vector<Difference>>, std::hash<std::string_view>,
                      std::equal_to<>>
      found_;
};

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_STEPS_H_

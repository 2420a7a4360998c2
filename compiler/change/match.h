// The things of a new program in an old one, by name.
#ifndef BYLAW_COMPILER_CHANGE_MATCH_H_
#define BYLAW_COMPILER_CHANGE_MATCH_H_

#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "compiler/sema/program.h"

namespace bylaw::change {

// For each row of `rows`, the id of the row of `others` that has its name, or none.
template <typename IdType, typename Row, typename OtherRow>
std::vector<IdType> MatchByName(const std::vector<Row>& rows, const std::vector<OtherRow>& others) {
  absl::flat_hash_map<std::string_view, uint32_t, std::hash<std::string_view>> known;
  known.reserve(others.size());
  for (uint32_t i = 0; i < others.size(); ++i) known.emplace(others[i].name, i);
  std::vector<IdType> match;
  match.reserve(rows.size());
  for (const Row& row : rows) {
    const auto found = known.find(std::string_view(row.name));
    match.push_back(found == known.end() ? IdType::None() : IdType(found->second));
  }
  return match;
}

struct WorkMatch {
  WorkflowId before;          // or none
  std::vector<StepId> steps;  // by the new StepId: the old one, or none
};

// By the new WorkflowId.
inline std::vector<WorkMatch> MatchWork(const sema::Program& before, const sema::Program& after) {
  const std::vector<WorkflowId> workflows = MatchByName<WorkflowId>(after.workflows, before.workflows);
  std::vector<WorkMatch> match;
  for (size_t w = 0; w < workflows.size(); ++w) {
    WorkMatch& row = match.emplace_back(WorkMatch{workflows[w], {}});
    const std::vector<sema::Step> none;
    row.steps = MatchByName<StepId>(after.workflows[w].steps,
                                    row.before.valid() ? before.workflows[row.before.index()].steps : none);
  }
  return match;
}

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_MATCH_H_

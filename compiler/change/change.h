// V14, the meaning of a change: what a new policy decides otherwise than an old one, for whom, in words.
//
// Things are matched by name: tenants, workflows, steps, endpoints, inputs. For every tenant that both policies know,
// each decision kind is equal, stricter, looser or incomparable:
//   - numbers and duties of the contract (caps, rates, budgets, promises, retention, settings in their declared
//     direction), compared in the order in which limits tighten; a term that is not stated limits nothing;
//   - sets: the workflows, models and tools it may use; the places where its state, calls and reviewers may be;
//   - decisions of each step both may run, over all requests: what happens (proceed < skip < wait < ask < send to
//     reviewers < suspend < deny), which endpoints serve (by inclusion), what is reserved, who reviews, which lane.
// Steps are compared for equal money left of an equal budget (the new one): what a changed number itself means is said
// by its own kind. Reasons, sentences and offers are not decisions: they may change freely.
//
// Steps that are the same by name are proved equal by that. The others are asked by the reference evaluator at every
// point where an answer can change: dates, thresholds, prices, constants of conditions, which endpoints are up. Where
// conditions are beyond such points (arithmetic, patterns over open text) they are taken as free; what only a condition
// of unknown feasibility shows is kUndecided, never a verdict. Every witness is a request that was asked of both.
//
// Pure, deterministic, thread-safe.
#ifndef BYLAW_COMPILER_CHANGE_CHANGE_H_
#define BYLAW_COMPILER_CHANGE_CHANGE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/change/relation.h"
#include "compiler/change/request.h"
#include "compiler/plan/plan.h"
#include "compiler/sema/program.h"

namespace bylaw::change {

// A request and both answers to it.
struct Shown {
  Request request;
  std::string words;  // "when gpt4-eu is down and $0.12 is left"
  std::string before, after;
  abi::Decision old_decision, new_decision;  // ids of the old and of the new policy
};

// One decision kind that is not equal.
struct Difference {
  std::string kind;  // "workflows-at-once", "step", … (docs/json.md lists them)
  std::string text;  // "at most 10 → 12 workflows at once"
  Relation relation = Relation::kEqual;
  ClauseId before, after;      // the sentences, in the old and in the new program; none where nothing is said
  std::vector<Shown> shown{};  // of steps: one for each direction in which they differ
};

// A difference and all whom it concerns, who have it in the same words.
struct Change {
  Difference difference;
  std::vector<TenantId> tenants;  // of the new program, rising; empty: the platform itself
};

// An exception that is new, gone, or not the same any more.
struct ExceptionChange {
  enum class Kind : uint8_t { kAdded, kRemoved, kChanged } kind = Kind::kAdded;
  std::string name, tenant;
  std::string terms;                     // "at most 50 → 80 workflows at once"
  Relation relation = Relation::kEqual;  // while it lasts
  Date from, until;
  std::string because, ticket, approved_by;  // as recorded; approval is shown, not authenticated
  std::optional<Date> approved_on;
  std::string where;  // "exceptions.bylaw:3", of the old policy if it is gone
};

struct ChangeReport {
  std::vector<Change> changes;  // the platform's first, then by the first tenant concerned
  std::vector<ExceptionChange> exceptions;
  std::vector<std::string> added, removed;  // tenants, by name
  // Of each tenant of the new program that the old one knows too: its kinds together. Else kEqual.
  std::vector<Relation> relations;
  std::vector<TenantId> before;  // the same tenant in the old program, or none
  size_t unchanged = 0;          // tenants in both, all of whose kinds are proved equal

  bool any() const { return !changes.empty() || !exceptions.empty() || !added.empty() || !removed.empty(); }
  bool undecided() const;
};

// Both plans are of the same instant (`--as-of`).
ChangeReport Compare(const plan::Plan& before, const plan::Plan& after);

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_CHANGE_H_

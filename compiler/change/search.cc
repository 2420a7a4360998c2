#include "compiler/change/search.h"

#include <set>
#include <utility>

#include "base/check.h"
#include "compiler/change/free.h"
#include "compiler/change/situation.h"

namespace bylaw::change {
namespace {

using abi::Decision;
using abi::Verdict;

// Requests of one step that are asked at most; beyond them the step is undecided.
constexpr uint64_t kRequestsMax = 2'000'000;
// Conditions that are taken as free at most, three values each.
constexpr size_t kFreeMax = 6;

constexpr size_t kVerdictAxis = static_cast<size_t>(Axis::kVerdict);
constexpr size_t kUsesAxis = static_cast<size_t>(Axis::kUses);

template <typename Rows>
std::string_view NameAt(const Rows& rows, uint32_t id) {
  return id < rows.size() ? std::string_view(rows[id].name) : std::string_view();
}

// How strict a verdict is, then what makes two of a kind differ.
struct Rank {
  int verdict = 0;
  int64_t within = 0;
};
Rank RankOf(const Decision& decision) {
  switch (static_cast<Verdict>(decision.verdict)) {
    case Verdict::kProceed:
      return {0, 0};
    case Verdict::kSkip:
      return {1, 0};
    case Verdict::kWait:
      return {2, decision.retry_at_ns};
    case Verdict::kReview:
      return decision.ask_count > 0 ? Rank{3, decision.ask_count} : Rank{4, 0};
    case Verdict::kSuspend:
      return {5, 0};
    case Verdict::kDeny:
      return {6, 0};
  }
  BYLAW_UNREACHABLE("verdict");
}

Seen FromSign(bool stricter, bool looser) { return {.stricter = stricter, .looser = looser}; }

bool Proceeds(const Decision& decision) { return decision.verdict == static_cast<uint8_t>(Verdict::kProceed); }

}  // namespace

std::array<Seen, kAxes> CompareDecisions(const abi::PolicyImage& old_image, const Decision& before,
                                         const abi::PolicyImage& new_image, const Decision& after) {
  std::array<Seen, kAxes> seen;
  const Rank was = RankOf(before), is = RankOf(after);
  seen[kVerdictAxis] = was.verdict != is.verdict ? FromSign(is.verdict > was.verdict, is.verdict < was.verdict)
                                                 : FromSign(is.within > was.within, is.within < was.within);
  Seen& manner = seen[static_cast<size_t>(Axis::kManner)];
  if (Proceeds(before) && Proceeds(after)) {
    if (NameAt(old_image.endpoints, before.endpoint) == NameAt(new_image.endpoints, after.endpoint)) {
      seen[static_cast<size_t>(Axis::kCost)] =
          FromSign(after.reserved_micros<before.reserved_micros, after.reserved_micros> before.reserved_micros);
    }
    manner.different = before.lane != after.lane;
  }
  const auto review = static_cast<uint8_t>(Verdict::kReview);
  if (before.verdict == review && after.verdict == review) {
    manner.different = NameAt(old_image.reviewers, before.reviewers) != NameAt(new_image.reviewers, after.reviewers);
  }
  return seen;
}

namespace {

class Search {
 public:
  Search(const StepSide& before, const StepSide& after)
      : before_(before), after_(after), grid_(before, after), situations_(before, after, grid_) {}

  StepFindings Run() {
    const bool finished = Concrete();
    if (!finished || !situations_.complete()) {
      for (AxisFindings& axis : findings_) axis.seen.undecided = true;
    } else if (!grid_.exact()) {
      Free();
    }
    for (size_t axis = 0; axis < kAxes; ++axis) Shorten(axis);
    return std::move(findings_);
  }

 private:
  // One point for each combination of answers that the conditions give.
  std::vector<const Point*> DistinctPoints(Situation situation) {
    std::set<std::string> known;
    std::vector<const Point*> distinct;
    for (const Point& point : grid_.points()) {
      situation.point = &point;
      if (known.insert(situations_.ConditionsIn(situation)).second) distinct.push_back(&point);
    }
    return distinct;
  }

  // False if there was too much to ask.
  bool Concrete() {
    std::vector<const Point*> points;
    uint64_t asked = 0;
    const bool once = !grid_.reads().now && !grid_.reads().remaining;
    for (const TimeNs at : situations_.instants()) {
      for (const int64_t remaining : situations_.remaining()) {
        Situation situation;
        situation.at = at;
        situation.remaining = remaining;
        if (!once || points.empty()) points = DistinctPoints(situation);
        for (const Point* point : points) {
          situation.point = point;
          for (const bool approved : situations_.approvals()) {
            situation.approved = approved;
            asked += situations_.masks().size();
            if (asked > kRequestsMax) return false;
            AskAllMasks(situation);
          }
        }
      }
    }
    return true;
  }

  // One situation under everything that may be up.
  void AskAllMasks(Situation situation) {
    std::vector<Answers> answers;
    for (const uint64_t up : situations_.masks()) {
      situation.up = up;
      answers.push_back(situations_.Ask(situation));
      Note(situation, answers.back());
    }
    const Uses uses = UsesOf(answers);
    if (uses.seen.relation() == Relation::kEqual) return;
    // The request to show: one that only one side may serve so; else one that both serve, differently.
    const uint64_t told = uses.seen.looser ? uses.after & ~uses.before : uses.before & ~uses.after;
    size_t best = 0;
    int best_score = -1;
    for (size_t i = 0; i < answers.size(); ++i) {
      const uint64_t was = UseOf(answers[i].first, true), is = UseOf(answers[i].second, false);
      const bool tells = ((was | is) & told) != 0, differ = was != is && was != 0 && is != 0;
      const int score = (tells ? 2 : 0) + (differ ? 1 : 0);
      if (score > best_score) {
        best = i;
        best_score = score;
      }
    }
    situation.up = situations_.masks()[best];
    AxisFindings& axis = findings_[kUsesAxis];
    if (axis.old_uses.empty()) {
      axis.old_uses = situations_.UseNames(uses.before);
      axis.new_uses = situations_.UseNames(uses.after);
    }
    Keep(kUsesAxis, uses.seen, situation);
  }

  uint64_t UseOf(const Decision& decision, bool is_before) const {
    return Proceeds(decision) ? situations_.UseBit(decision, is_before) : 0;
  }

  // What may serve in one situation, whatever is up.
  struct Uses {
    uint64_t before = 0, after = 0;
    Seen seen;
  };
  Uses UsesOf(const std::vector<Answers>& answers) const {
    Uses uses;
    bool differ = false;
    for (const Answers& one : answers) {
      const uint64_t was = UseOf(one.first, true), is = UseOf(one.second, false);
      differ = differ || (was != is && was != 0 && is != 0);
      uses.before |= was;
      uses.after |= is;
    }
    if (uses.before == 0 || uses.after == 0) return uses;  // one of them never goes ahead: the verdict says so
    const uint64_t both = uses.before & uses.after;
    uses.seen.stricter = both == uses.after && both != uses.before;
    uses.seen.looser = both == uses.before && both != uses.after;
    uses.seen.different = (both != uses.before && both != uses.after) || (uses.before == uses.after && differ);
    return uses;
  }

  std::array<Seen, kAxes> Compared(const Answers& answers) const {
    return CompareDecisions(before_.plan->tables, answers.first, after_.plan->tables, answers.second);
  }
  void Note(const Situation& situation, const Answers& answers) {
    const std::array<Seen, kAxes> seen = Compared(answers);
    for (size_t axis = 0; axis < kAxes; ++axis) {
      if (seen[axis].relation() != Relation::kEqual) Keep(axis, seen[axis], situation);
    }
  }

  void Keep(size_t axis, const Seen& seen, const Situation& situation) {
    AxisFindings& findings = findings_[axis];
    findings.seen |= seen;
    auto& kept = kept_[axis];
    const size_t which = seen.different ? 2 : (seen.stricter ? 0 : 1);
    if (!kept[which]) kept[which] = situation;
  }

  // Conditions taken as free: what may differ beyond what was seen is not decided.
  void Free() {
    const FreeSteps free(before_, after_);
    if (free.condition_count() > kFreeMax || free.Requests(situations_) > kRequestsMax) {
      for (AxisFindings& axis : findings_) axis.seen.undecided = true;
      return;
    }
    std::array<Seen, kAxes> possible;
    free.ForEach(situations_, [&](const std::vector<Answers>& answers) {
      for (const Answers& one : answers) {
        const std::array<Seen, kAxes> seen = Compared(one);
        for (size_t axis = 0; axis < kAxes; ++axis) possible[axis] |= seen[axis];
      }
      possible[kUsesAxis] |= UsesOf(answers).seen;
    });
    for (size_t axis = 0; axis < kAxes; ++axis) {
      Seen& seen = findings_[axis].seen;
      const Seen& may = possible[axis];
      seen.undecided = seen.undecided || (may.stricter && !seen.stricter) || (may.looser && !seen.looser) ||
                       (may.different && !seen.different);
    }
  }

  // The requests that show it, freed of everything that does not matter.
  void Shorten(size_t axis) {
    AxisFindings& findings = findings_[axis];
    const std::array<std::optional<Shown>*, 3> shown = {&findings.stricter, &findings.looser, &findings.different};
    for (size_t which = 0; which < shown.size(); ++which) {
      if (!kept_[axis][which]) continue;
      *shown[which] = situations_.Show(*kept_[axis][which], [&](const Answers& first, const Answers& now) {
        if (axis == kUsesAxis) {
          return UseOf(first.first, true) == UseOf(now.first, true) &&
                 UseOf(first.second, false) == UseOf(now.second, false);
        }
        const Seen seen = Compared(now)[axis];
        return which == 0 ? seen.stricter : (which == 1 ? seen.looser : seen.different);
      });
    }
  }

  const StepSide before_, after_;
  const Grid grid_;
  Situations situations_;
  StepFindings findings_;
  std::array<std::array<std::optional<Situation>, 3>, kAxes> kept_;
};

}  // namespace

StepFindings SearchStep(const StepSide& before, const StepSide& after) { return Search(before, after).Run(); }

}  // namespace bylaw::change

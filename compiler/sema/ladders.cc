// Ladders: what happens as the budget runs low.
#include <fmt/format.h>

#include "compiler/sema/contracts.h"
#include "compiler/sema/values.h"
#include "compiler/sema/work.h"

namespace bylaw::sema {
namespace {

std::optional<Rung> RungOf(Context& context, const syntax::LadderRung& term, const std::string& owner) {
  Rung rung;
  rung.span = term.span;
  bool complete = true;
  if (term.below.kind == syntax::Value::Kind::kPercent) {
    rung.is_percent = true;
    const std::optional<int64_t> share = ShareOf(context, term.below, {"when budget below {}: suspend", "20%"});
    rung.below_ppm = share.value_or(0);
    complete = share.has_value();
  } else {
    const std::optional<int64_t> micros =
        MicrosOf(context, term.below, {"when budget below {}: suspend", "20% (or $0.05)"});
    rung.below_micros = micros.value_or(0);
    complete = micros.has_value();
  }
  if (const auto* use = std::get_if<syntax::LadderRung::UseModel>(&term.effect)) {
    rung.effect = Rung::Effect::kUseModel;
    rung.model = ResolveResource(context, use->model, true);
    complete = complete && rung.model.valid();
  } else if (std::holds_alternative<syntax::LadderRung::SkipOptional>(term.effect)) {
    rung.effect = Rung::Effect::kSkipOptional;
  } else if (const auto* send = std::get_if<syntax::LadderRung::SendToReviewers>(&term.effect)) {
    rung.effect = Rung::Effect::kSendToReviewers;
    if (send->reviewers) {
      rung.reviewers = context.Resolve("reviewers", *send->reviewers, context.reviewers);
      complete = complete && rung.reviewers.valid();
    }
  } else {
    rung.effect = Rung::Effect::kSuspend;
  }
  if (!complete) return std::nullopt;
  rung.clause = context.AddClause(term.span, Level::kPlatform, owner);
  return rung;
}

// A decision names its rung in eight bits.
constexpr size_t kRungsMax = 100;

}  // namespace

void ReadLadders(Context& context, const Inventory& inventory) {
  for (size_t i = 0; i < inventory.ladders.size(); ++i) {
    Ladder& ladder = context.program.ladders[i];
    for (const syntax::LadderRung& term : inventory.ladders[i]->rungs) {
      std::optional<Rung> rung = RungOf(context, term, "ladder " + ladder.name);
      if (rung) ladder.rungs.push_back(*rung);
    }
    if (inventory.ladders[i]->rungs.size() > kRungsMax) {
      context
          .Report(Kind::kInputTooLarge, ladder.span,
                  fmt::format("ladder {} has more than {} rungs", ladder.name, kRungsMax))
          .help.emplace_back("keep the thresholds at which something changes");
    }
    if (inventory.ladders[i]->rungs.empty()) {
      context.Report(Kind::kMissingTerm, ladder.span, fmt::format("ladder {} has no rung", ladder.name))
          .help.emplace_back("when budget below 20%: send to reviewers");
    }
  }
}

}  // namespace bylaw::sema

// The terms of contracts that carry numbers.
#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "compiler/sema/contracts.h"
#include "compiler/sema/endpoints.h"
#include "compiler/sema/values.h"
#include "compiler/sema/volume.h"

namespace bylaw::sema {

void ClauseReader::Read(const syntax::Clause& clause) {
  span_ = clause.span;
  clause_ = ClauseId::None();
  std::visit(*this, clause.term);
}

ClauseId ClauseReader::Clause() {
  if (!clause_.valid()) clause_ = context_.AddClause(span_, level_, owner_);
  return clause_;
}

void ClauseReader::Misplaced(std::string_view term, std::string_view where) {
  context_.Report(Kind::kUnexpectedText, span_, fmt::format("`{}` may not stand in {}", term, owner_))
      .help.push_back(fmt::format("say it in {}", where));
}

void ClauseReader::operator()(const syntax::WeightTerm& term) {
  const std::optional<int64_t> weight = CountOf(context_, term.weight, {"weight {}", "10"}, 1, 1'000'000);
  if (!weight) return;
  State("weight", org_ != nullptr ? org_->weight : terms_.weight, static_cast<uint32_t>(*weight));
}

void ClauseReader::operator()(const syntax::AtOnceTerm& term) {
  const Form form =
      term.together ? Form{"together at most {} workflows at once", "80"} : Form{"at most {} workflows at once", "50"};
  const std::optional<int64_t> count = CountOf(context_, term.count, form);
  std::optional<Burst> burst;
  if (term.burst_to && term.burst_for) {
    const std::optional<int64_t> to =
        CountOf(context_, *term.burst_to, {"at most 50 workflows at once bursting to {} for 10 minutes", "75"});
    const std::optional<DurationNs> within =
        ClockOf(context_, *term.burst_for, {"at most 50 workflows at once bursting to 75 for {}", "10 minutes"});
    if (!to || !within) return;
    burst = Burst{static_cast<uint32_t>(*to), *within};
  }
  if (!count) return;
  if (burst && burst->to <= *count) {
    context_
        .Report(Kind::kOutOfRange, term.burst_to->span,
                fmt::format("a burst to {} is no more than the cap of {}", burst->to, *count))
        .help.push_back(fmt::format("at most {} workflows at once bursting to {} for {}", *count, *count * 3 / 2 + 1,
                                    FormatDuration(burst->within_ns)));
    return;
  }
  if (term.together) {
    if (org_ == nullptr) return Misplaced("together at most … workflows at once", "an org");
    State("together at most … workflows at once", org_->together_at_once, static_cast<uint32_t>(*count));
    return;
  }
  const bool repeated = terms_.at_once.has_value();
  State("at most … workflows at once", terms_.at_once, static_cast<uint32_t>(*count));
  if (burst && !repeated) terms_.burst = Stated<Burst>{*burst, Clause()};
}

void ClauseReader::operator()(const syntax::AtLeastSlotsTerm& term) {
  const std::optional<int64_t> count = CountOf(context_, term.count, {"at least {} slots", "5"});
  if (count) State("at least … slots", terms_.min_slots, static_cast<uint32_t>(*count));
}

void ClauseReader::operator()(const syntax::RateLimitTerm& term) {
  ResourceId resource;
  if (term.rate.resource) {
    resource = AnyResourceOf(*term.rate.resource);
  } else {
    context_.Report(Kind::kMissingTerm, span_, "the limit does not say to what the calls go")
        .help.push_back(fmt::format("{} to credit_bureau_v2", context_.Said(span_, "at most 500 calls per hour")));
  }
  std::optional<Rate> rate = RateOf(context_, term.rate, level_, owner_);
  if (!rate || !resource.valid()) return;
  rate->spec.resource = resource;
  for (const Rate& other : terms_.rates) {
    if (SameRateTerm(other.spec, rate->spec)) {
      return Repeated(
          fmt::format("at most … {} to {}", rate->spec.tokens ? "tokens" : "calls", term.rate.resource->text),
          other.clause);
    }
  }
  rate->clause = Clause();
  terms_.rates.push_back(*rate);
}

void ClauseReader::operator()(const syntax::WaitingTerm& term) {
  const std::optional<int64_t> count = CountOf(context_, term.count, {"at most {} workflows waiting", "2_000"}, 0);
  if (count) State("at most … workflows waiting", terms_.waiting, static_cast<uint32_t>(*count));
}

void ClauseReader::operator()(const syntax::BudgetTerm& term) {
  const Form form = term.together    ? Form{"together budget {} per month", "$50_000"}
                    : term.per_month ? Form{"budget {} per month", "$20_000"}
                                     : Form{"budget {} per workflow", "$2.00"};
  const std::optional<int64_t> micros = MicrosOf(context_, term.amount, form);
  if (!micros) return;
  if (!term.together) {
    if (term.per_month) return State("budget … per month", terms_.budget_month, *micros);
    return State("budget … per workflow", terms_.budget_workflow, *micros);
  }
  if (org_ == nullptr) return Misplaced("together budget", "an org");
  if (!term.per_month) {
    context_.Report(Kind::kUnexpectedText, span_, "what an org spends together is counted per month")
        .help.emplace_back("together budget $50_000 per month");
    return;
  }
  State("together budget … per month", org_->together_budget_month, *micros);
}

void ClauseReader::operator()(const syntax::ExpectsTerm& term) {
  const WorkflowId workflow = context_.Resolve("workflow", term.workflow, context_.workflows);
  const std::string_view unit = PeriodText(term.per);
  const std::string pattern = fmt::format("expects {{}} runs of {} per {}", term.workflow.text, unit);
  const std::optional<int64_t> runs = CountOf(context_, term.runs, {pattern, "200"}, 0);
  const std::string peak_pattern =
      fmt::format("expects 200 runs of {} per {} peaking at {{}}", term.workflow.text, unit);
  const std::optional<int64_t> peak = term.peak ? CountOf(context_, *term.peak, {peak_pattern, "1_000"}) : runs;
  if (!workflow.valid() || !runs || !peak) return;
  if (*peak < *runs) {
    context_.Report(Kind::kOutOfRange, term.peak->span, fmt::format("a peak of {} is below the usual {}", *peak, *runs))
        .help.push_back(
            fmt::format("expects {} runs of {} per {} peaking at {}", *runs, term.workflow.text, unit, *runs));
    return;
  }
  for (const Expects& other : terms_.expects) {
    if (other.workflow == workflow && other.per == term.per) {
      return Repeated(fmt::format("expects … of {} per {}", term.workflow.text, unit), other.clause);
    }
  }
  terms_.expects.push_back(Expects{workflow, term.per, *runs, *peak, Clause()});
}

void ClauseReader::operator()(const syntax::LaneQuotaTerm& term) {
  const std::string lane(abi::LaneText(static_cast<abi::Lane>(term.lane)));
  const std::string pattern = fmt::format("lane {} at most {{}}", lane);
  const std::optional<int64_t> share = ShareOf(context_, term.share, {pattern, "20%"});
  if (share) State(fmt::format("lane {} at most", lane), terms_.lane_share_ppm[static_cast<size_t>(term.lane)], *share);
}

void ClauseReader::operator()(const syntax::SlaTerm& term) {
  const std::optional<int64_t> share = ShareOf(context_, term.share, {"sla {} within 4 hours", "95%"});
  const std::optional<DurationNs> within = ClockOf(context_, term.within, {"sla 95% within {}", "4 hours"});
  if (share && within) State("sla", terms_.sla, Sla{*share, *within});
}

void ClauseReader::operator()(const syntax::KeepTerm& term) {
  const std::optional<CalendarDuration> least =
      CalendarOf(context_, term.at_least, {"keep audit for at least {}", "7 years"});
  if (least) State("keep … for at least", terms_.keep_at_least[static_cast<size_t>(term.data)], *least);
}

void ClauseReader::operator()(const syntax::DeleteDataTerm& term) {
  const std::optional<CalendarDuration> within =
      CalendarOf(context_, term.within, {"delete data within {}", "30 days"});
  if (within) State("delete data within", terms_.delete_within, *within);
}

void ClauseReader::operator()(const syntax::SuspendedAtMostTerm& term) {
  const Form form{"suspended at most {}", "7 days"};
  if (term.duration.kind != syntax::Value::Kind::kCalendar) {
    const std::optional<DurationNs> most = ClockOf(context_, term.duration, form);
    if (most) State("suspended at most", terms_.suspended_max_ns, *most);
    return;
  }
  const std::optional<CalendarDuration> most = CalendarOf(context_, term.duration, form);
  if (!most) return;
  if (most->days_min() != most->days_max()) {
    context_
        .Report(Kind::kDurationMix, term.duration.span,
                fmt::format("{} has no fixed length; a timer needs days", FormatCalendarDuration(*most)))
        .help.push_back(fmt::format("suspended at most {} days", most->days_min()));
    return;
  }
  State("suspended at most", terms_.suspended_max_ns, most->days_max() * kDayNs);
}

void ClauseReader::operator()(const syntax::SetTerm& term) {
  const SettingId id = context_.settings.Find(term.setting.text);
  if (!id.valid()) {
    context_.Unknown("setting", term.setting, context_.settings.names(), Kind::kUnknownSetting);
    return;
  }
  const std::optional<abi::SlotValue> value = SlotValueOf(
      context_, term.value, context_.program.settings[id.index()].type, fmt::format("set {} to", term.setting.text));
  if (!value) return;
  for (const auto& [other, stated] : terms_.settings) {
    if (other == id) return Repeated(fmt::format("set {}", term.setting.text), stated.clause);
  }
  terms_.settings.emplace_back(id, Stated<abi::SlotValue>{*value, Clause()});
}

}  // namespace bylaw::sema

// Numbers, duties and promises of a contract, in the order in which they tighten.

#include "compiler/change/terms.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/time.h"
#include "compiler/change/words.h"
#include "compiler/sema/volume.h"
#include "compiler/verify/words.h"

namespace bylaw::change {
namespace {

using sema::Maybe;
using sema::Program;
using sema::Terms;

constexpr std::string_view kData[] = {"state", "checkpoints", "audit", "queues"};
constexpr std::string_view kUnits[] = {"second", "minute", "hour", "day", "month"};

template <typename T>
int Sign(T before, T after) {
  return after > before ? 1 : (after < before ? -1 : 0);
}

// A term of one side: what it says in words, and where.
struct Said {
  std::string words;
  ClauseId clause;
};

Relation CompareCalendar(CalendarDuration before, CalendarDuration after) {
  if (before == after) return Relation::kEqual;
  if (before.days_min() == after.days_min() && before.days_max() == after.days_max()) return Relation::kEqual;
  if (before.days_max() <= after.days_min()) return Relation::kLooser;
  return after.days_max() <= before.days_min() ? Relation::kStricter : Relation::kIncomparable;
}

std::string RateText(const Program& program, const sema::Rate& rate) {
  std::string text =
      fmt::format("at most {} {} per ", CountText(rate.spec.amount), rate.spec.tokens ? "tokens" : "calls");
  if (rate.spec.window == abi::RateWindow::kRolling) text += "rolling ";
  if (rate.spec.window == abi::RateWindow::kCalendar) text += "calendar ";
  text += kUnits[static_cast<size_t>(rate.per)];
  if (rate.spec.window == abi::RateWindow::kEvenly) {
    text += rate.spec.burst > 1 ? fmt::format(" evenly with bursts of {}", CountText(rate.spec.burst)) : " evenly";
  }
  if (rate.spec.resource.valid()) text += " to " + program.resources[rate.spec.resource.index()].name;
  return text;
}

class NumbersComparison {
 public:
  NumbersComparison(const Program& old_program, const Terms& before, const Program& new_program, const Terms& after,
                    std::vector<Difference>& out)
      : old_program_(old_program), new_program_(new_program), before_(before), after_(after), out_(out) {}

  void Run() {
    Weight();
    AtOnce();
    Limit("slots-at-least", before_.min_slots, after_.min_slots,
          [](const Program&, uint32_t n) { return fmt::format("at least {} slots", CountText(n)); });
    Limit(
        "workflows-waiting", before_.waiting, after_.waiting,
        [](const Program&, uint32_t n) { return fmt::format("at most {} workflows waiting", CountText(n)); },
        "any number of workflows waiting");
    Limit(
        "budget-per-workflow", before_.budget_workflow, after_.budget_workflow,
        [](const Program& p, int64_t n) { return fmt::format("budget {} per workflow", verify::MoneyText(p, n)); },
        "no budget per workflow");
    Limit(
        "budget-per-month", before_.budget_month, after_.budget_month,
        [](const Program& p, int64_t n) { return fmt::format("budget {} per month", verify::MoneyText(p, n)); },
        "no budget per month");
    Lanes();
    Sla();
    Limit(
        "suspended-at-most", before_.suspended_max_ns, after_.suspended_max_ns,
        [](const Program&, DurationNs n) { return fmt::format("suspended at most {}", FormatDuration(n)); },
        "suspended at most as long as the platform says");
    Calendars();
    Rates();
    Expects();
    Settings();
  }

 private:
  void Add(std::string kind, Relation relation, const Said& before, const Said& after) {
    out_.push_back({std::move(kind), FromTo(before.words, after.words), relation, before.clause, after.clause});
  }

  // A limit that is tighter where it is less; one that is not stated limits nothing.
  template <typename T, typename Words>
  void Limit(std::string kind, const Maybe<T>& before, const Maybe<T>& after, Words words,
             std::string_view unstated = "nothing said") {
    if (!before && !after) return;
    Relation relation = Relation::kEqual;
    if (!before) {
      relation = Relation::kStricter;
    } else if (!after) {
      relation = Relation::kLooser;
    } else {
      relation = MoreIsLooser(Sign(before->value, after->value));
    }
    if (relation == Relation::kEqual) return;
    const auto said = [&](const Program& program, const Maybe<T>& term) {
      return term ? Said{words(program, term->value), term->clause} : Said{std::string(unstated), ClauseId()};
    };
    Add(std::move(kind), relation, said(old_program_, before), said(new_program_, after));
  }

  // Not stated is 1.
  void Weight() {
    const auto value = [](const Terms& terms) { return terms.weight ? terms.weight->value : 1; };
    const auto said = [&](const Terms& terms) {
      return Said{fmt::format("weight {}", value(terms)), terms.weight ? terms.weight->clause : ClauseId()};
    };
    const int sign = Sign(value(before_), value(after_));
    if (sign != 0) Add("weight", MoreIsLooser(sign), said(before_), said(after_));
  }

  static Said AtOnceSaid(const Terms& terms) {
    if (!terms.at_once) return {"any number of workflows at once", ClauseId()};
    std::string words = fmt::format("at most {} workflows at once", CountText(terms.at_once->value));
    if (terms.burst) {
      words += fmt::format(" bursting to {} for {}", CountText(terms.burst->value.to),
                           FormatDuration(terms.burst->value.within_ns));
    }
    return {std::move(words), terms.at_once->clause};
  }
  // The cap and its burst are one term: nowhere above, somewhere below.
  void AtOnce() {
    struct Cap {
      uint32_t cap, top;
      DurationNs within;
    };
    const auto value = [](const Terms& terms) {
      const uint32_t cap = terms.at_once ? terms.at_once->value : abi::kUnlimited;
      if (!terms.burst || terms.burst->value.to <= cap) return Cap{cap, cap, 0};
      return Cap{cap, terms.burst->value.to, terms.burst->value.within_ns};
    };
    const Cap before = value(before_), after = value(after_);
    Seen seen = Seen::Of(MoreIsLooser(Sign(before.cap, after.cap)));
    seen |= Seen::Of(MoreIsLooser(Sign(before.top, after.top)));
    // How long a burst lasts says something only where there is one.
    if (before.within != 0 && after.within != 0) seen |= Seen::Of(MoreIsLooser(Sign(before.within, after.within)));
    if (seen.relation() != Relation::kEqual) {
      Add("workflows-at-once", seen.relation(), AtOnceSaid(before_), AtOnceSaid(after_));
    }
  }

  // Not stated is everything.
  void Lanes() {
    for (size_t lane = 0; lane < before_.lane_share_ppm.size(); ++lane) {
      const auto value = [&](const Terms& terms) {
        return terms.lane_share_ppm[lane] ? terms.lane_share_ppm[lane]->value : 1'000'000;
      };
      const auto said = [&](const Terms& terms) {
        const Maybe<int64_t>& share = terms.lane_share_ppm[lane];
        return Said{
            fmt::format("lane {} at most {}", abi::LaneText(static_cast<abi::Lane>(lane)), ShareText(value(terms))),
            share ? share->clause : ClauseId()};
      };
      const int sign = Sign(value(before_), value(after_));
      if (sign != 0) Add("lane-share", MoreIsLooser(sign), said(before_), said(after_));
    }
  }

  // A promise: more of the work, or sooner, asks for more.
  void Sla() {
    const auto said = [](const Maybe<sema::Sla>& sla) {
      if (!sla) return Said{"no sla", ClauseId()};
      return Said{
          fmt::format("sla {} within {}", ShareText(sla->value.share_ppm), FormatDuration(sla->value.within_ns)),
          sla->clause};
    };
    if (!before_.sla && !after_.sla) return;
    Seen seen;
    if (!before_.sla || !after_.sla) {
      seen = Seen::Of(before_.sla ? Relation::kLooser : Relation::kStricter);
    } else {
      seen = Seen::Of(Reversed(MoreIsLooser(Sign(before_.sla->value.share_ppm, after_.sla->value.share_ppm))));
      seen |= Seen::Of(MoreIsLooser(Sign(before_.sla->value.within_ns, after_.sla->value.within_ns)));
    }
    if (seen.relation() != Relation::kEqual) Add("sla", seen.relation(), said(before_.sla), said(after_.sla));
  }

  void Calendar(std::string kind, const Maybe<CalendarDuration>& before, const Maybe<CalendarDuration>& after,
                std::string_view verb, bool more_is_looser) {
    if (!before && !after) return;
    Relation relation = Relation::kEqual;
    if (!before || !after) {
      relation = before ? Relation::kLooser : Relation::kStricter;  // a duty fell away, or is new
    } else {
      relation = CompareCalendar(before->value, after->value);
      if (!more_is_looser) relation = Reversed(relation);
    }
    if (relation == Relation::kEqual) return;
    const auto said = [&](const Maybe<CalendarDuration>& term) {
      if (!term) return Said{fmt::format("no duty to {}", verb.substr(0, verb.find(' '))), ClauseId()};
      return Said{fmt::format("{} {}", verb, FormatCalendarDuration(term->value)), term->clause};
    };
    Add(std::move(kind), relation, said(before), said(after));
  }
  void Calendars() {
    Calendar("delete-within", before_.delete_within, after_.delete_within, "delete data within", true);
    for (size_t data = 0; data < before_.keep_at_least.size(); ++data) {
      Calendar(fmt::format("keep-{}", kData[data]), before_.keep_at_least[data], after_.keep_at_least[data],
               fmt::format("keep {} for at least", kData[data]), false);
    }
  }

  bool SameRate(const sema::Rate& old_rate, const sema::Rate& new_rate) const {
    const abi::RateSpec& a = old_rate.spec;
    const abi::RateSpec& b = new_rate.spec;
    const auto name = [](const Program& program, ResourceId id) {
      return id.valid() ? std::string_view(program.resources[id.index()].name) : std::string_view();
    };
    return a.tokens == b.tokens && a.window == b.window && a.calendar == b.calendar && a.window_ns == b.window_ns &&
           name(old_program_, a.resource) == name(new_program_, b.resource);
  }
  void Rates() {
    std::vector<bool> met(before_.rates.size(), false);
    for (const sema::Rate& rate : after_.rates) {
      const auto old_rate = std::find_if(before_.rates.begin(), before_.rates.end(),
                                         [&](const sema::Rate& other) { return SameRate(other, rate); });
      const Said now{RateText(new_program_, rate), rate.clause};
      if (old_rate == before_.rates.end()) {
        Add("rate", Relation::kStricter, {"no such limit", ClauseId()}, now);
        continue;
      }
      met[static_cast<size_t>(old_rate - before_.rates.begin())] = true;
      Seen seen = Seen::Of(MoreIsLooser(Sign(old_rate->spec.amount, rate.spec.amount)));
      seen |= Seen::Of(MoreIsLooser(Sign(old_rate->spec.burst, rate.spec.burst)));
      if (seen.relation() == Relation::kEqual) continue;
      Add("rate", seen.relation(), {RateText(old_program_, *old_rate), old_rate->clause}, now);
    }
    for (size_t i = 0; i < met.size(); ++i) {
      const sema::Rate& rate = before_.rates[i];
      if (!met[i]) Add("rate", Relation::kLooser, {RateText(old_program_, rate), rate.clause}, {"no such limit", {}});
    }
  }

  // Declared volume: what proofs assume, nothing that is enforced.
  void Expects() {
    const auto said = [](const Program& program, const sema::Expects& e) {
      return Said{"expects " + sema::VolumeText(program, e), e.clause};
    };
    const auto same = [&](const sema::Expects& a, const sema::Expects& b) {
      return a.per == b.per &&
             old_program_.workflows[a.workflow.index()].name == new_program_.workflows[b.workflow.index()].name;
    };
    for (const sema::Expects& now : after_.expects) {
      const auto was = std::find_if(before_.expects.begin(), before_.expects.end(),
                                    [&](const sema::Expects& other) { return same(other, now); });
      if (was == before_.expects.end()) {
        Add("expects", Relation::kIncomparable, {"no declared volume", {}}, said(new_program_, now));
      } else if (was->runs != now.runs || was->peak != now.peak) {
        Add("expects", Relation::kIncomparable, said(old_program_, *was), said(new_program_, now));
      }
    }
    for (const sema::Expects& was : before_.expects) {
      if (std::none_of(after_.expects.begin(), after_.expects.end(),
                       [&](const sema::Expects& now) { return same(was, now); })) {
        Add("expects", Relation::kIncomparable, said(old_program_, was), {"no declared volume", {}});
      }
    }
  }

  struct SettingValue {
    std::optional<abi::SlotValue> value;
    ClauseId clause;
  };
  static SettingValue ValueOf(const Program& program, const Terms& terms, SettingId id) {
    for (const auto& [setting, stated] : terms.settings) {
      if (setting == id) return {stated.value, stated.clause};
    }
    return {program.settings[id.index()].default_value, ClauseId()};
  }

  void Settings() {
    for (uint32_t i = 0; i < new_program_.settings.size(); ++i) {
      const sema::Setting& setting = new_program_.settings[i];
      for (uint32_t j = 0; j < old_program_.settings.size(); ++j) {
        const sema::Setting& was = old_program_.settings[j];
        if (was.name != setting.name || was.info.type != setting.info.type) continue;
        CompareSetting(setting, ValueOf(old_program_, before_, SettingId(j)),
                       ValueOf(new_program_, after_, SettingId(i)));
      }
    }
  }
  void CompareSetting(const sema::Setting& setting, const SettingValue& before, const SettingValue& after) {
    using Direction = syntax::SettingDecl::Direction;
    const abi::SlotType type = setting.info.type;
    const auto words = [&](const Program& program, const SettingValue& value) {
      return Said{value.value ? fmt::format("{} is {}", setting.name, SlotText(program, type, *value.value))
                              : fmt::format("{} is not set", setting.name),
                  value.clause};
    };
    const Said was = words(old_program_, before), now = words(new_program_, after);
    int sign = 0;
    if (before.value && after.value) {
      if (type == abi::SlotType::kText) {
        sign = was.words == now.words ? 0 : 1;
      } else if (type == abi::SlotType::kNumber) {
        sign = Sign(before.value->number, after.value->number);
      } else {
        sign = Sign(before.value->integer, after.value->integer);
      }
      if (sign == 0) return;
    } else if (!before.value && !after.value) {
      return;
    }
    Relation relation = Relation::kIncomparable;
    if (sign != 0 && setting.direction == Direction::kRaiseOnly) relation = Reversed(MoreIsLooser(sign));
    if (sign != 0 && setting.direction == Direction::kLowerOnly) relation = MoreIsLooser(sign);
    Add("setting", relation, was, now);
  }

  const Program& old_program_;
  const Program& new_program_;
  const Terms& before_;
  const Terms& after_;
  std::vector<Difference>& out_;
};

}  // namespace

void CompareNumbers(const Program& old_program, const Terms& before, const Program& new_program, const Terms& after,
                    std::vector<Difference>& out) {
  NumbersComparison(old_program, before, new_program, after, out).Run();
}

}  // namespace bylaw::change

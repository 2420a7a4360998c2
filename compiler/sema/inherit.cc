#include "compiler/sema/inherit.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/money.h"
#include "compiler/sema/rules.h"

namespace bylaw::sema {
namespace {

std::string_view LevelNoun(Level level) {
  switch (level) {
    case Level::kPlatform:
      return "platform";
    case Level::kTier:
      return "tier";
    case Level::kClass:
      return "class";
    case Level::kRegulation:
      return "regulation";
    case Level::kOrg:
      return "org";
    case Level::kTenant:
      return "tenant";
    case Level::kException:
      return "exception";
  }
  BYLAW_UNREACHABLE("level");
}

std::string_view Article(std::string_view noun) { return noun[0] == 'o' || noun[0] == 'e' ? "an" : "a"; }

// How two calendar durations compare: below, equal, above, or nothing when they overlap.
std::optional<int> CompareCalendar(CalendarDuration a, CalendarDuration b) {
  if (a.days_min() == b.days_min() && a.days_max() == b.days_max()) return 0;
  if (a.days_max() <= b.days_min()) return -1;
  if (a.days_min() >= b.days_max()) return 1;
  return std::nullopt;
}

std::string Share(int64_t ppm) { return fmt::format("{:g}%", static_cast<double>(ppm) / 10'000); }

class Merger {
 public:
  Merger(Context& context, Terms& inherited, const Terms& own, Level level, Merge merge,
         const std::function<void(ClauseId)>& at_clause)
      : context_(context), inherited_(inherited), own_(own), level_(level), merge_(merge), at_clause_(at_clause) {}

  void Run() {
    Numbers();
    AtOnce();
    Calendars();
    Rates();
    Settings();
    Lists();
    Accumulate();
    Choices();
  }

 private:
  // `own` allows more than `inherited` does. `verb` says what the upper sentence does: "allows 50".
  void Loosened(ClauseId own, ClauseId upper, std::string_view what) {
    if (merge_ == Merge::kRegulation) return;
    if (at_clause_) at_clause_(own);
    const ClauseRecord& above = context_.program.clauses[upper.index()];
    const std::string_view noun = LevelNoun(level_);
    diag::Diagnostic& diagnostic = context_.Report(
        Kind::kLoosenedTerm, context_.program.SpanOf(own),
        fmt::format("{} {} may tighten its {}, not loosen it", Article(noun), noun, LevelNoun(above.level)));
    diagnostic.notes.push_back(
        {"note", fmt::format("{} {} ({})", above.owner, what, context_.program.Where(upper)), Span()});
    Explain(diagnostic, own, upper);
  }
  // The sentence that would be allowed, and how an exception for a while would quote both.
  void Explain(diag::Diagnostic& diagnostic, ClauseId own, ClauseId upper) {
    const std::string allowed = upper.valid() ? OneLine(context_.program.SpanOf(upper)) : "";
    if (!allowed.empty()) {
      diagnostic.help.push_back(context_.import != nullptr ? fmt::format("stay within `{}`", allowed)
                                                           : fmt::format("write `{}` or something tighter", allowed));
    }
    const std::string wanted = level_ == Level::kTenant ? OneLine(context_.program.SpanOf(own)) : "";
    diagnostic.help.push_back(
        !TakesException(context_, upper) ? "no exception can loosen a regulation that does not say `may be waived`"
        : allowed.empty() || wanted.empty()
            ? "loosening needs an exception with an end date and an approver: `bylaw explain loosened-term`"
            : fmt::format("to loosen it for a while, write an exception with an end date and an approver: `replace "
                          "{}`, `with {}`",
                          allowed, wanted));
  }
  // A sentence as it stands; "" for a declaration's header, a cell of a table, and what is too long to read.
  std::string OneLine(Span span) const {
    constexpr size_t kMax = 100;
    const std::string text = context_.Said(span, "");
    const bool sentence = !text.empty() && text.size() <= kMax && text.find('\n') == std::string::npos &&
                          text.find(' ') != std::string::npos;
    return sentence ? text : "";
  }

  // One limit with a total order. `looser(own, inherited)`; `say(value)` is what the upper sentence does.
  template <typename T, typename Looser, typename Say>
  void Limit(Maybe<T>& inherited, const Maybe<T>& own, Looser looser, Say say) {
    if (!own) return;
    if (inherited && looser(own->value, inherited->value)) {
      Loosened(own->clause, inherited->clause, say(inherited->value));
      return;
    }
    const bool same = inherited && !looser(inherited->value, own->value);
    if (merge_ == Merge::kRegulation && same) return;
    inherited = own;
  }

  template <typename T>
  void AtMost(Maybe<T>& inherited, const Maybe<T>& own, std::string_view verb) {
    Limit(inherited, own, [](T a, T b) { return a > b; }, [&](T value) { return fmt::format("{} {}", verb, value); });
  }

  void Money(Maybe<int64_t>& inherited, const Maybe<int64_t>& own, std::string_view per) {
    Limit(
        inherited, own, [](int64_t a, int64_t b) { return a > b; },
        [&](int64_t micros) {
          return fmt::format("allows {} per {}", FormatMoney({micros, context_.program.currency}), per);
        });
  }

  void Numbers() {
    if (own_.weight && !inherited_.weight && level_ == Level::kTenant && own_.weight->value > 1) {
      if (at_clause_) at_clause_(own_.weight->clause);
      diag::Diagnostic& diagnostic = context_.Report(Kind::kLoosenedTerm, context_.program.SpanOf(own_.weight->clause),
                                                     "a tenant may not raise its own weight");
      diagnostic.notes.push_back({"note", "the weight is 1 where no tier, class or org states one", Span()});
      diagnostic.help.push_back(fmt::format("say `weight {}` in the tier", own_.weight->value));
    } else {
      AtMost(inherited_.weight, own_.weight, "gives weight");
    }
    AtMost(inherited_.min_slots, own_.min_slots, "keeps free");
    AtMost(inherited_.waiting, own_.waiting, "lets wait");
    Money(inherited_.budget_workflow, own_.budget_workflow, "workflow");
    Money(inherited_.budget_month, own_.budget_month, "month");
    for (size_t i = 0; i < inherited_.lane_share_ppm.size(); ++i) {
      Limit(
          inherited_.lane_share_ppm[i], own_.lane_share_ppm[i], [](int64_t a, int64_t b) { return a > b; },
          [](int64_t ppm) { return "allows " + Share(ppm); });
    }
    Limit(
        inherited_.sla, own_.sla,
        [](const Sla& a, const Sla& b) { return a.share_ppm < b.share_ppm || a.within_ns > b.within_ns; },
        [](const Sla& sla) {
          return fmt::format("promises {} within {}", Share(sla.share_ppm), FormatDuration(sla.within_ns));
        });
    Limit(
        inherited_.suspended_max_ns, own_.suspended_max_ns, [](DurationNs a, DurationNs b) { return a > b; },
        [](DurationNs most) { return "allows " + FormatDuration(most); });
  }

  // The cap and its burst are one term.
  void AtOnce() {
    if (!own_.at_once) return;
    const std::optional<std::string> looser = AtOnceLoosens();
    if (looser) {
      Loosened(own_.at_once->clause, inherited_.at_once->clause, *looser);
      return;
    }
    inherited_.at_once = own_.at_once;
    inherited_.burst = own_.burst;
  }

  // What the inherited cap says, if `own` allows more.
  std::optional<std::string> AtOnceLoosens() const {
    if (!inherited_.at_once) return std::nullopt;
    const uint32_t cap = inherited_.at_once->value;
    if (own_.at_once->value > cap) return fmt::format("allows {}", cap);
    if (!own_.burst) return std::nullopt;
    if (!inherited_.burst) {
      if (own_.burst->value.to > cap) return fmt::format("allows {}, without bursts", cap);
      return std::nullopt;
    }
    const Burst& burst = inherited_.burst->value;
    if (own_.burst->value.to > burst.to || own_.burst->value.within_ns > burst.within_ns) {
      return fmt::format("allows bursts to {} for {}", burst.to, FormatDuration(burst.within_ns));
    }
    return std::nullopt;
  }

  // `sign` is 1 where longer is looser, -1 where shorter is.
  void Calendar(Maybe<CalendarDuration>& inherited, const Maybe<CalendarDuration>& own, int sign,
                std::string_view verb) {
    if (!own || !inherited) {
      if (own) inherited = own;
      return;
    }
    const std::optional<int> order = CompareCalendar(own->value, inherited->value);
    if (!order) {
      if (at_clause_) at_clause_(own->clause);
      diag::Diagnostic& diagnostic =
          context_.Report(Kind::kDurationMix, context_.program.SpanOf(own->clause),
                          fmt::format("{} and {} overlap: neither is surely the longer one",
                                      FormatCalendarDuration(own->value), FormatCalendarDuration(inherited->value)));
      const ClauseRecord& above = context_.program.clauses[inherited->clause.index()];
      diagnostic.notes.push_back(
          {"note",
           fmt::format("{} {} {} ({})", above.owner, verb, FormatCalendarDuration(inherited->value),
                       context_.program.Where(inherited->clause)),
           Span()});
      const CalendarDuration days{sign > 0 ? inherited->value.days_min() : inherited->value.days_max(),
                                  CalendarUnit::kDay};
      diagnostic.help.push_back(fmt::format("write both in days: {}", FormatCalendarDuration(days)));
      return;
    }
    if (*order * sign > 0) {
      Loosened(own->clause, inherited->clause, fmt::format("{} {}", verb, FormatCalendarDuration(inherited->value)));
    } else if (*order != 0 || merge_ == Merge::kLevel) {
      inherited = own;
    }
  }

  void Calendars() {
    Calendar(inherited_.delete_within, own_.delete_within, 1, "deletes within");
    for (size_t i = 0; i < inherited_.keep_at_least.size(); ++i) {
      Calendar(inherited_.keep_at_least[i], own_.keep_at_least[i], -1, "keeps for at least");
    }
  }

  void Rates() {
    for (const Rate& own : own_.rates) {
      const auto found = std::find_if(inherited_.rates.begin(), inherited_.rates.end(),
                                      [&](const Rate& rate) { return SameRateTerm(rate.spec, own.spec); });
      if (found == inherited_.rates.end()) {
        inherited_.rates.push_back(own);
      } else if (own.spec.amount > found->spec.amount || own.spec.burst > found->spec.burst) {
        const bool amount = own.spec.amount > found->spec.amount;
        Loosened(own.clause, found->clause,
                 amount ? fmt::format("allows {}", found->spec.amount)
                        : fmt::format("allows bursts of {}", found->spec.burst));
      } else {
        *found = own;
      }
    }
    for (const Expects& own : own_.expects) {
      const auto found = std::find_if(inherited_.expects.begin(), inherited_.expects.end(),
                                      [&](const Expects& other) { return SameExpectsTerm(other, own); });
      if (found == inherited_.expects.end()) {
        inherited_.expects.push_back(own);
      } else if (merge_ == Merge::kLevel) {
        *found = own;
      }
    }
  }

  static double Order(const Setting& setting, const abi::SlotValue& value) {
    return setting.info.type == abi::SlotType::kNumber ? value.number : static_cast<double>(value.integer);
  }

  void Settings() {
    using Direction = syntax::SettingDecl::Direction;
    for (const auto& [id, own] : own_.settings) {
      const Setting& setting = context_.program.settings[id.index()];
      const auto found = std::find_if(inherited_.settings.begin(), inherited_.settings.end(),
                                      [&, id = id](const auto& other) { return other.first == id; });
      const bool stated = found != inherited_.settings.end();
      const abi::SlotValue* above = stated                                            ? &found->second.value
                                    : setting.default_value && level_ != Level::kTier ? &*setting.default_value
                                                                                      : nullptr;
      const double change = above == nullptr ? 0 : Order(setting, own.value) - Order(setting, *above);
      const bool loosens = (setting.direction == Direction::kRaiseOnly && change < 0) ||
                           (setting.direction == Direction::kLowerOnly && change > 0);
      if (loosens) {
        SettingLoosened(setting, own.clause, stated ? found->second.clause : ClauseId::None());
      } else if (stated) {
        found->second = own;
      } else {
        inherited_.settings.emplace_back(id, own);
      }
    }
  }

  void SettingLoosened(const Setting& setting, ClauseId own, ClauseId upper) {
    if (at_clause_) at_clause_(own);
    const bool raise = setting.direction == syntax::SettingDecl::Direction::kRaiseOnly;
    const std::string_view noun = LevelNoun(level_);
    diag::Diagnostic& diagnostic = context_.Report(
        Kind::kLoosenedTerm, context_.program.SpanOf(own),
        fmt::format("{} {} may only {} {}", Article(noun), noun, raise ? "raise" : "lower", setting.name));
    if (upper.valid()) {
      diagnostic.notes.push_back({"note", fmt::format("{} says this", context_.program.clauses[upper.index()].owner),
                                  context_.program.SpanOf(upper)});
    } else {
      diagnostic.notes.push_back({"note", "its default stands here", setting.span});
    }
    Explain(diagnostic, own, upper);
  }

  template <typename IdType, typename NameOf>
  void AllowList(Maybe<std::vector<IdType>>& inherited, const Maybe<std::vector<IdType>>& own, NameOf name_of) {
    if (!own) return;
    if (!inherited) {
      inherited = own;
      return;
    }
    std::vector<IdType> both;
    std::vector<std::string> beyond;
    for (const IdType id : own->value) {
      if (std::binary_search(inherited->value.begin(), inherited->value.end(), id)) {
        both.push_back(id);
      } else {
        beyond.push_back(name_of(id));
      }
    }
    if (!beyond.empty()) {
      Loosened(own->clause, inherited->clause, fmt::format("does not allow {}", JoinNames(beyond)));
    }
    if (merge_ == Merge::kRegulation && both.size() == inherited->value.size()) return;
    inherited = Stated<std::vector<IdType>>{std::move(both), own->clause};
  }

  void Lists() {
    const auto resource = [&](ResourceId id) { return context_.program.resources[id.index()].name; };
    AllowList(inherited_.may_use_models, own_.may_use_models, resource);
    AllowList(inherited_.may_use_tools, own_.may_use_tools, resource);
    AllowList(inherited_.may_run, own_.may_run,
              [&](WorkflowId id) { return context_.program.workflows[id.index()].name; });
    for (const Maybe<std::vector<ResourceId>>* list : {&own_.may_use_models, &own_.may_use_tools}) {
      if (!*list) continue;
      for (const auto& [denied, clause] : inherited_.must_not_use) {
        if (std::binary_search((*list)->value.begin(), (*list)->value.end(), denied)) {
          Loosened((*list)->clause, clause, fmt::format("denies {}", resource(denied)));
        }
      }
    }
    for (const auto& own : own_.must_not_use) {
      const bool known = std::any_of(inherited_.must_not_use.begin(), inherited_.must_not_use.end(),
                                     [&](const auto& other) { return other.first == own.first; });
      if (!known) inherited_.must_not_use.push_back(own);
    }
  }

  void Accumulate() {
    inherited_.places.insert(inherited_.places.end(), own_.places.begin(), own_.places.end());
    for (const Stated<uint32_t>& own : own_.regulations) {
      const bool known = std::any_of(inherited_.regulations.begin(), inherited_.regulations.end(),
                                     [&](const auto& other) { return other.value == own.value; });
      if (!known) inherited_.regulations.push_back(own);
    }
  }

  template <typename T>
  void Choice(Maybe<T>& inherited, const Maybe<T>& own) {
    if (own && (!inherited || merge_ == Merge::kLevel)) inherited = own;
  }

  template <typename T, typename Same>
  void ChoiceList(std::vector<T>& inherited, const std::vector<T>& own, Same same) {
    for (const T& choice : own) {
      const auto found =
          std::find_if(inherited.begin(), inherited.end(), [&](const T& other) { return same(other, choice); });
      if (found == inherited.end()) {
        inherited.push_back(choice);
      } else if (merge_ == Merge::kLevel) {
        *found = choice;
      }
    }
  }

  void Choices() {
    ChoiceList(inherited_.routes, own_.routes, [](const Route& a, const Route& b) { return a.resource == b.resource; });
    // A nearer `use model M` is nearer than what is said above for single steps.
    const bool for_all =
        std::any_of(own_.models.begin(), own_.models.end(), [](const auto& m) { return m.step.empty(); });
    if (for_all && merge_ == Merge::kLevel) inherited_.models.clear();
    ChoiceList(inherited_.models, own_.models,
               [](const ModelChoice& a, const ModelChoice& b) { return a.step == b.step; });
    ChoiceList(inherited_.stores, own_.stores,
               [](const StoreChoice& a, const StoreChoice& b) { return a.data == b.data; });
    Choice(inherited_.ladder, own_.ladder);
    Choice(inherited_.pool, own_.pool);
    Choice(inherited_.reviewers, own_.reviewers);
    Choice(inherited_.prefer_fastest, own_.prefer_fastest);
  }

  Context& context_;
  Terms& inherited_;
  const Terms& own_;
  Level level_;
  Merge merge_;
  const std::function<void(ClauseId)>& at_clause_;
};

}  // namespace

void Inherit(Context& context, Terms& inherited, const Terms& own, Level level, Merge merge,
             const std::function<void(ClauseId)>& at_clause) {
  Merger(context, inherited, own, level, merge, at_clause).Run();
}

}  // namespace bylaw::sema

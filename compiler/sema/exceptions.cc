// Exceptions: what a tenant gets instead of a term, from a day until a day, because somebody approved it.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "compiler/sema/contracts.h"
#include "compiler/sema/rules.h"
#include "compiler/sema/values.h"

namespace bylaw::sema {
namespace {

// Each two of them may cut the other in two: a hostile file shall not make a million phases of one contract.
constexpr size_t kExceptionsMax = 100;

// The part of Terms that one sentence states, compared with the same part of what is in force.
struct Quoted {
  bool stated = false;    // by the sentence
  bool in_force = false;  // anywhere in the tenant's contract
  bool equal = false;
  ClauseId clause;  // of the term in force
  std::string key;  // which term it is: "at once", "rate 3", …
};

template <typename T, typename Equal>
void CompareMaybe(std::vector<Quoted>& parts, std::string key, const Maybe<T>& said, const Maybe<T>& in_force,
                  Equal equal) {
  if (!said) return;
  parts.push_back({true, in_force.has_value(), in_force && equal(said->value, in_force->value),
                   in_force ? in_force->clause : ClauseId::None(), std::move(key)});
}
template <typename T>
void CompareMaybe(std::vector<Quoted>& parts, std::string key, const Maybe<T>& said, const Maybe<T>& in_force) {
  CompareMaybe(parts, std::move(key), said, in_force, std::equal_to<>());
}

template <typename T, typename Same, typename Equal, typename Key>
void CompareList(std::vector<Quoted>& parts, const std::vector<T>& said, const std::vector<T>& in_force, Same same,
                 Equal equal, Key key) {
  for (const T& one : said) {
    const auto found = std::find_if(in_force.begin(), in_force.end(), [&](const T& other) { return same(one, other); });
    const bool known = found != in_force.end();
    parts.push_back({true, known, known && equal(one, *found), known ? found->clause : ClauseId::None(), key(one)});
  }
}

void CompareNumbers(std::vector<Quoted>& parts, const Terms& said, const Terms& now) {
  CompareMaybe(parts, "weight", said.weight, now.weight);
  if (said.at_once) {
    const bool bursts_alike = said.burst.has_value() == now.burst.has_value() &&
                              (!said.burst || (said.burst->value.to == now.burst->value.to &&
                                               said.burst->value.within_ns == now.burst->value.within_ns));
    CompareMaybe(parts, "at once", said.at_once, now.at_once,
                 [&](uint32_t a, uint32_t b) { return a == b && bursts_alike; });
  }
  CompareMaybe(parts, "slots", said.min_slots, now.min_slots);
  CompareMaybe(parts, "waiting", said.waiting, now.waiting);
  CompareMaybe(parts, "budget per workflow", said.budget_workflow, now.budget_workflow);
  CompareMaybe(parts, "budget per month", said.budget_month, now.budget_month);
  for (size_t i = 0; i < said.lane_share_ppm.size(); ++i) {
    CompareMaybe(parts, fmt::format("lane {}", i), said.lane_share_ppm[i], now.lane_share_ppm[i]);
  }
  CompareMaybe(parts, "sla", said.sla, now.sla,
               [](const Sla& a, const Sla& b) { return a.share_ppm == b.share_ppm && a.within_ns == b.within_ns; });
  CompareMaybe(parts, "suspended", said.suspended_max_ns, now.suspended_max_ns);
  CompareMaybe(parts, "delete", said.delete_within, now.delete_within);
  for (size_t i = 0; i < said.keep_at_least.size(); ++i) {
    CompareMaybe(parts, fmt::format("keep {}", i), said.keep_at_least[i], now.keep_at_least[i]);
  }
  CompareList(
      parts, said.rates, now.rates, [](const Rate& a, const Rate& b) { return SameRateTerm(a.spec, b.spec); },
      [](const Rate& a, const Rate& b) { return a.spec.amount == b.spec.amount && a.spec.burst == b.spec.burst; },
      [](const Rate& r) {
        return fmt::format("rate {} {} {} {} {}", r.spec.resource.value(), r.spec.tokens,
                           static_cast<int>(r.spec.window), static_cast<int>(r.spec.calendar), r.spec.window_ns);
      });
  CompareList(
      parts, said.expects, now.expects, SameExpectsTerm,
      [](const Expects& a, const Expects& b) { return a.runs == b.runs && a.peak == b.peak; },
      [](const Expects& e) { return fmt::format("expects {} {}", e.workflow.value(), static_cast<int>(e.per)); });
}

void CompareSettings(std::vector<Quoted>& parts, const Program& program, const Terms& said, const Terms& now) {
  for (const auto& [id, own] : said.settings) {
    const auto found =
        std::find_if(now.settings.begin(), now.settings.end(), [&, id = id](const auto& o) { return o.first == id; });
    const bool known = found != now.settings.end();
    const bool number = program.settings[id.index()].info.type == abi::SlotType::kNumber;
    const bool equal = known && (number ? own.value.number == found->second.value.number
                                        : own.value.integer == found->second.value.integer);
    parts.push_back(
        {true, known, equal, known ? found->second.clause : ClauseId::None(), fmt::format("set {}", id.value())});
  }
}

void CompareChoices(std::vector<Quoted>& parts, const Terms& said, const Terms& now) {
  for (const PlaceConstraint& one : said.places) {
    const auto found = std::find_if(now.places.begin(), now.places.end(),
                                    [&](const PlaceConstraint& other) { return SamePlaces(one, other); });
    const bool known = found != now.places.end();
    parts.push_back({true, known, known, known ? found->clause : ClauseId::None(),
                     fmt::format("places {}", static_cast<int>(one.subject))});
  }
  CompareMaybe(parts, "may use models", said.may_use_models, now.may_use_models);
  CompareMaybe(parts, "may use tools", said.may_use_tools, now.may_use_tools);
  CompareMaybe(parts, "may run", said.may_run, now.may_run);
  for (const auto& [resource, clause] : said.must_not_use) {
    const auto found = std::find_if(now.must_not_use.begin(), now.must_not_use.end(),
                                    [&, r = resource](const auto& o) { return o.first == r; });
    const bool known = found != now.must_not_use.end();
    parts.push_back({true, known, known, known ? found->second : ClauseId::None(),
                     fmt::format("must not use {}", resource.value())});
  }
  CompareList(
      parts, said.routes, now.routes, [](const Route& a, const Route& b) { return a.resource == b.resource; },
      [](const Route& a, const Route& b) { return a.endpoints == b.endpoints && a.else_suspend == b.else_suspend; },
      [](const Route& r) { return fmt::format("route {}", r.resource.value()); });
  CompareList(
      parts, said.models, now.models, [](const ModelChoice& a, const ModelChoice& b) { return a.step == b.step; },
      [](const ModelChoice& a, const ModelChoice& b) { return a.model == b.model; },
      [](const ModelChoice& m) { return "use model " + m.step; });
  CompareList(
      parts, said.stores, now.stores, [](const StoreChoice& a, const StoreChoice& b) { return a.data == b.data; },
      [](const StoreChoice& a, const StoreChoice& b) { return a.store == b.store; },
      [](const StoreChoice& s) { return fmt::format("use store {}", static_cast<int>(s.data)); });
  CompareMaybe(parts, "ladder", said.ladder, now.ladder);
  CompareMaybe(parts, "pool", said.pool, now.pool);
  CompareMaybe(parts, "reviewers", said.reviewers, now.reviewers);
  CompareMaybe(parts, "prefer", said.prefer_fastest, now.prefer_fastest);
}

std::vector<Quoted> Compare(const Program& program, const Terms& said, const Terms& now) {
  std::vector<Quoted> parts;
  CompareNumbers(parts, said, now);
  CompareSettings(parts, program, said, now);
  CompareChoices(parts, said, now);
  return parts;
}

class ExceptionReader {
 public:
  ExceptionReader(Context& context, const syntax::ExceptionDecl& decl, Span header)
      : context_(context), decl_(decl), owner_("exception " + decl.name.text) {
    row_.name = decl.name.text;
    row_.span = decl.name.span;
    row_.clause = context.AddClause(header, Level::kException, owner_);
  }

  // The exception, and which terms it replaces; nothing if it cannot take effect.
  struct Result {
    Exception row;
    std::vector<std::string> keys;
  };
  std::optional<Result> Read() {
    if (decl_.tenant) row_.tenant = context_.Resolve("tenant", *decl_.tenant, context_.tenants);
    if (!decl_.tenant) Missing("names no tenant", fmt::format("exception {} for tenant …", decl_.name.text));
    const bool dated = ReadDates();
    ReadWords();
    ReadApproval();
    const bool terms = ReadTerms();
    if (!row_.tenant.valid() || !dated || !terms) return std::nullopt;
    return Result{std::move(row_), std::move(keys_)};
  }

 private:
  diag::Diagnostic& Missing(std::string_view what, std::string help) {
    diag::Diagnostic& diagnostic =
        context_.Report(Kind::kMissingTerm, decl_.name.span, fmt::format("{} {}", owner_, what));
    diagnostic.help.push_back(std::move(help));
    return diagnostic;
  }

  bool ReadDates() {
    const syntax::Value* from = OneValue(context_, "from … until …", owner_, decl_.from);
    if (from == nullptr) {
      Missing("does not say from when until when", "from 2026-12-28 until 2027-01-05");
      return false;
    }
    const std::optional<Date> first = DateOf(context_, *from, {"from {} until 2027-01-05", "2026-12-28"});
    const std::optional<Date> last = DateOf(context_, decl_.until[0], {"from 2026-12-28 until {}", "2027-01-05"});
    if (!first || !last) return false;
    if (*last < *first) {
      context_
          .Report(Kind::kOutOfRange, decl_.until[0].span,
                  fmt::format("{} ends on {}, before it starts on {}", owner_, FormatDate(*last), FormatDate(*first)))
          .help.push_back(fmt::format("from {} until {}", FormatDate(*last), FormatDate(*first)));
      return false;
    }
    row_.from = *first;
    row_.until = *last;
    row_.from_ns = context_.Midnight(*first);
    row_.until_ns = context_.Midnight(CivilFromDays(DaysFromCivil(*last) + 1));
    CheckEnd();
    return true;
  }

  void CheckEnd() {
    const Program& program = context_.program;
    if (row_.until_ns <= program.activation_ns) {
      context_
          .Report(Kind::kExceptionExpired, decl_.until[0].span,
                  fmt::format("{} ended on {}", owner_, FormatDate(row_.until)))
          .help.emplace_back("remove it, or have it approved again with new dates");
    } else if (row_.until_ns <= program.horizon_ns) {
      context_
          .Report(Kind::kExceptionEndsSoon, decl_.until[0].span,
                  fmt::format("{} ends on {}; the term it replaces is in force again from the next day", owner_,
                              FormatDate(row_.until)))
          .help.emplace_back("nothing has to be done if that is meant; else have it approved for longer");
    }
  }

  void ReadWords() {
    if (const syntax::Value* because = OneValue(context_, "because", owner_, decl_.because)) {
      row_.because = TextOf(context_, *because, {"because {}", "\"Quarter-end portfolio review\""}).value_or("");
    }
    if (const syntax::Value* ticket = OneValue(context_, "ticket", owner_, decl_.ticket)) {
      row_.ticket = TextOf(context_, *ticket, {"ticket {}", "\"OPS-4121\""}).value_or("");
    }
  }

  // An approval is never later than the first day it covers.
  std::string ApprovalHelp() const {
    const std::string day = row_.until_ns != 0 ? FormatDate(row_.from) : "2026-12-20";
    return fmt::format("say who approved it and when: `approved by \"NAME, OFFICE\" on {}`, or an earlier day", day);
  }

  void ReadApproval() {
    if (decl_.approvals.empty()) {
      context_.Report(Kind::kExceptionUnapproved, decl_.name.span, fmt::format("{} has no recorded approval", owner_))
          .help.push_back(ApprovalHelp());
      return;
    }
    const syntax::ExceptionDecl::Approval& approval = decl_.approvals[0];
    for (size_t i = 1; i < decl_.approvals.size(); ++i) {
      context_.Repeated("approved by", owner_, decl_.approvals[i].span, approval.span);
    }
    row_.approved_by =
        TextOf(context_, approval.by, {"approved by {} on 2026-12-20", "\"A. Rossi, Compliance\""}).value_or("");
    const std::optional<Date> on =
        DateOf(context_, approval.on, {"approved by \"A. Rossi, Compliance\" on {}", "2026-12-20"});
    if (row_.approved_by.empty() && approval.by.kind == syntax::Value::Kind::kText) {
      context_.Report(Kind::kExceptionUnapproved, approval.span, fmt::format("the approval of {} names nobody", owner_))
          .help.push_back(ApprovalHelp());
    }
    if (on && row_.until_ns != 0 && *on > row_.from) {
      context_
          .Report(Kind::kExceptionUnapproved, approval.on.span,
                  fmt::format("{} starts on {}, before it is approved on {}", owner_, FormatDate(row_.from),
                              FormatDate(*on)))
          .help.push_back(fmt::format("let it start on the day of its approval, `from {} until {}`, or later",
                                      FormatDate(*on), FormatDate(row_.until)));
    }
  }

  // The one sentence after `replace` (or `with`).
  bool ReadTerm(std::string_view word, const std::vector<syntax::Clause>& clauses, Terms& terms) {
    if (clauses.empty()) {
      Missing(fmt::format("does not say `{} …`", word), fmt::format("{} at most 80 workflows at once", word));
      return false;
    }
    for (size_t i = 1; i < clauses.size(); ++i) context_.Repeated(word, owner_, clauses[i].span, clauses[0].span);
    const size_t errors = context_.sink.error_count();
    ClauseReader(context_, terms, Level::kException, owner_).Read(clauses[0]);
    return context_.sink.error_count() == errors;
  }

  bool ReadTerms() {
    const bool replaced = ReadTerm("replace", decl_.replace, row_.replace);
    const bool with = ReadTerm("with", decl_.with, row_.with);
    if (!replaced || !with || !row_.tenant.valid()) return false;
    const Terms& now = context_.program.terms(row_.tenant);
    const std::vector<Quoted> parts = Compare(context_.program, row_.replace, now);
    if (parts.empty()) {
      context_
          .Report(Kind::kUnexpectedText, decl_.replace[0].span,
                  fmt::format("{} replaces what no exception can", owner_))
          .help.emplace_back("replace a limit, a place, a list or a choice of the tenant's contract");
      return false;
    }
    // All three are told.
    const bool quoted = CheckQuote(parts), same = CheckSameTerm(parts), waivable = CheckWaivable(parts);
    return quoted && same && waivable;
  }

  bool CheckQuote(const std::vector<Quoted>& parts) {
    for (const Quoted& part : parts) {
      if (part.equal) {
        keys_.push_back(part.key);
        continue;
      }
      diag::Diagnostic& diagnostic =
          context_.Report(Kind::kMissingTerm, decl_.replace[0].span,
                          fmt::format("{} does not quote a term in force for {}", owner_, decl_.tenant->text));
      if (part.in_force) {
        const Span span = context_.program.SpanOf(part.clause);
        diagnostic.notes.push_back({"note", "in force is", span});
        diagnostic.help.push_back(fmt::format("replace {}", context_.Said(span, "the whole term")));
      } else {
        diagnostic.help.emplace_back("without a term there is nothing to replace: state the new one in the contract");
      }
      return false;
    }
    return true;
  }

  // `with` must be another value of the same term.
  bool CheckSameTerm(const std::vector<Quoted>& parts) {
    const std::vector<Quoted> with = Compare(context_.program, row_.with, row_.replace);
    const bool same =
        with.size() == parts.size() && std::equal(with.begin(), with.end(), parts.begin(),
                                                  [](const Quoted& a, const Quoted& b) { return a.key == b.key; });
    const bool list = !row_.with.must_not_use.empty() || !row_.with.places.empty();
    if (same || (list && !with.empty() && with[0].key.substr(0, 4) == parts[0].key.substr(0, 4))) return true;
    context_
        .Report(Kind::kUnitMismatch, decl_.with[0].span,
                fmt::format("{} replaces one term with another kind of term", owner_))
        .help.push_back(fmt::format("with {}", context_.Said(decl_.replace[0].span, "another value of the same term")));
    return false;
  }

  bool CheckWaivable(const std::vector<Quoted>& parts) {
    for (const Quoted& part : parts) {
      if (TakesException(context_, part.clause)) continue;
      const ClauseRecord& record = context_.program.clauses[part.clause.index()];
      diag::Diagnostic& diagnostic = context_.Report(Kind::kExceptionNotWaivable, decl_.replace[0].span,
                                                     fmt::format("{} may not be waived", record.owner));
      diagnostic.notes.push_back({"note", "the regulation says", record.span});
      diagnostic.help.emplace_back("only a regulation that says `may be waived` can be loosened by an exception");
      return false;
    }
    return true;
  }

  Context& context_;
  const syntax::ExceptionDecl& decl_;
  std::string owner_;
  Exception row_;
  std::vector<std::string> keys_;
};

}  // namespace

bool TakesException(const Context& context, ClauseId term) {
  if (!term.valid()) return true;
  const ClauseRecord& record = context.program.clauses[term.index()];
  if (record.level != Level::kRegulation) return true;
  const RegulationId id =
      context.regulations.Find(std::string_view(record.owner).substr(std::string_view("regulation ").size()));
  return id.valid() && context.program.regulations[id.index()].may_be_waived;
}

void ReadExceptions(Context& context, const Inventory& inventory) {
  std::vector<Exception>& rows = context.program.exceptions;
  std::vector<std::vector<std::string>> keys;
  absl::flat_hash_map<TenantId, size_t> of_tenant;
  for (const syntax::Decl* whole : inventory.exceptions) {
    const auto& decl = std::get<syntax::ExceptionDecl>(whole->decl);
    std::optional<ExceptionReader::Result> read = ExceptionReader(context, decl, HeaderOf(*whole)).Read();
    if (!read) continue;
    if (++of_tenant[read->row.tenant] > kExceptionsMax) {
      context
          .Report(Kind::kInputTooLarge, decl.name.span,
                  fmt::format("more than {} exceptions for tenant {}", kExceptionsMax, decl.tenant->text))
          .help.emplace_back("delete those that have lapsed, and put what is always needed into the contract");
      continue;
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      const Exception& other = rows[i];
      if (other.tenant != read->row.tenant || other.until < read->row.from || read->row.until < other.from) continue;
      const bool shared =
          std::find_first_of(keys[i].begin(), keys[i].end(), read->keys.begin(), read->keys.end()) != keys[i].end();
      if (!shared) continue;
      diag::Diagnostic& diagnostic = context.Report(
          Kind::kExceptionOverlap, decl.name.span,
          fmt::format("exceptions {} and {} replace the same term on the same days", other.name, decl.name.text));
      diagnostic.notes.push_back({"note", "the other one", other.span});
      diagnostic.help.push_back(fmt::format("let one begin when the other is over: `from {} until …`",
                                            FormatDate(CivilFromDays(DaysFromCivil(other.until) + 1))));
      break;
    }
    rows.push_back(std::move(read->row));
    keys.push_back(std::move(read->keys));
  }
}

}  // namespace bylaw::sema

// `bylaw dump --phase=program`: every table in the order of its ids, every effective term with the place it comes from.
#include <fmt/format.h>

#include <iterator>

#include "base/check.h"
#include "base/money.h"
#include "compiler/sema/analyze.h"
#include "compiler/sema/volume.h"

namespace bylaw::sema {
namespace {

std::string Share(int64_t ppm) { return fmt::format("{:g}%", static_cast<double>(ppm) / 10'000); }

std::string_view SubjectText(PlaceSubject subject) {
  switch (subject) {
    case PlaceSubject::kState:
      return "state stays in";
    case PlaceSubject::kCalls:
      return "calls go only to";
    case PlaceSubject::kReviewers:
      return "reviewers based in";
  }
  BYLAW_UNREACHABLE("subject of a place clause");
}

class Dumper {
 public:
  explicit Dumper(const Program& program) : program_(program) {}

  std::string Run() {
    Line("time zone {}", program_.time_zone);
    Line("currency {}", CurrencySymbol(program_.currency));
    Line("regions {}, places {}, adequacy decisions {}", program_.regions.size(), program_.places.size(),
         program_.adequacies.size());
    Things();
    Work();
    Rules();
    Tenants();
    return std::move(out_);
  }

 private:
  template <typename... Args>
  void Line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += '\n';
  }
  // A term of a contract, and where it is said.
  void Term(const std::string& text, ClauseId clause) { Line("  {} ({})", text, program_.Where(clause)); }

  std::string Money(int64_t micros) const { return FormatMoney({micros, program_.currency}); }
  const std::string& Resource(ResourceId id) const { return program_.resources[id.index()].name; }
  template <typename IdType, typename Row>
  std::string Names(const std::vector<IdType>& ids, const std::vector<Row>& rows) const {
    std::string text;
    for (const IdType id : ids) text += (text.empty() ? "" : ", ") + rows[id.index()].name;
    return text;
  }
  std::string RateText(const Rate& rate) const {
    constexpr std::string_view kUnits[] = {"second", "minute", "hour", "day", "month"};
    std::string text = fmt::format("at most {} {} per ", rate.spec.amount, rate.spec.tokens ? "tokens" : "calls");
    if (rate.spec.window == abi::RateWindow::kRolling) text += "rolling ";
    if (rate.spec.window == abi::RateWindow::kCalendar) text += "calendar ";
    text += kUnits[static_cast<size_t>(rate.per)];
    if (rate.spec.window == abi::RateWindow::kEvenly) text += fmt::format(" evenly with bursts of {}", rate.spec.burst);
    if (rate.spec.resource.valid()) text += " to " + Resource(rate.spec.resource);
    return text;
  }

  void Things() {
    for (const Adequacy& adequacy : program_.adequacies) {
      Line("adequacy from {} to {} ({})", program_.places[adequacy.from.index()].name,
           program_.places[adequacy.to.index()].name, program_.Where(adequacy.clause));
    }
    for (const Endpoint& endpoint : program_.endpoints) {
      Line("endpoint {} ({})", endpoint.name, program_.Where(endpoint.clause));
      if (endpoint.resource.valid()) {
        const bool model = program_.resources[endpoint.resource.index()].is_model;
        Line("  serves {} {}", model ? "model" : "tool", Resource(endpoint.resource));
      }
      PutLocation(endpoint.location);
      if (endpoint.cost_per_call)
        Term(fmt::format("costs at most {} per call", Money(endpoint.cost_per_call->value.micros)),
             endpoint.cost_per_call->clause);
      if (endpoint.input_per_million && endpoint.output_per_million) {
        Term(fmt::format("costs {} per million input tokens, {} per million output tokens",
                         Money(endpoint.input_per_million->value.micros),
                         Money(endpoint.output_per_million->value.micros)),
             endpoint.input_per_million->clause);
      }
      if (endpoint.takes_about)
        Term("takes about " + FormatDuration(endpoint.takes_about->value), endpoint.takes_about->clause);
      if (endpoint.takes_at_most)
        Term("takes at most " + FormatDuration(endpoint.takes_at_most->value), endpoint.takes_at_most->clause);
      for (const Rate& rate : endpoint.quotas) Term(RateText(rate), rate.clause);
    }
    for (const Store& store : program_.stores) {
      Line("store {} ({})", store.name, program_.Where(store.clause));
      PutLocation(store.location);
    }
    for (const Reviewers& reviewers : program_.reviewers) {
      Line("reviewers {} ({})", reviewers.name, program_.Where(reviewers.clause));
      for (const Location& location : reviewers.based_in) PutLocation(location);
      if (reviewers.staff) Term(fmt::format("staff {}", reviewers.staff->value), reviewers.staff->clause);
    }
    for (const Pool& pool : program_.pools) {
      Line("pool {} has {} slots ({})", pool.name, pool.slots, program_.Where(pool.clause));
      PutLocation(pool.location);
    }
    for (const Setting& setting : program_.settings) Line("setting {}", setting.name);
  }

  void PutLocation(const Location& location) {
    std::string text = "  in " + location.text;
    for (const Certificate& certificate : location.certificates) {
      text += ", certified by " + program_.certificates[certificate.certificate.index()];
    }
    Line("{}", text);
  }

  void Work() {
    for (const Workflow& workflow : program_.workflows) {
      Line("workflow {} in lane {} ({})", workflow.name, abi::LaneText(workflow.lane), program_.Where(workflow.clause));
      for (size_t i = 0; i < workflow.slots.size(); ++i) {
        Line("  {} {}", i < workflow.input_count ? "input" : "output", workflow.slots[i].name);
      }
      for (const Step& step : workflow.steps) {
        std::string text = fmt::format("  {}step {}", step.optional ? "optional " : "", step.name);
        if (!step.after.empty()) text += " after " + Names(step.after, workflow.steps);
        if (step.resource.valid()) text += " calls " + Resource(step.resource);
        if (step.calls == Step::Calls::kAnyModel) text += " calls a model";
        if (step.cost_at_most) text += " costs at most " + Money(step.cost_at_most->value.micros);
        if (step.retries) text += fmt::format(" retries {}", step.retries->value);
        if (step.replan_target.valid()) {
          text += fmt::format(" replans from {} at most {}", workflow.steps[step.replan_target.index()].name,
                              step.replans->value);
        }
        if (step.when) text += fmt::format(" when ({})", step.when->text);
        Line("{}", text);
      }
      Line("  order {}", Names(workflow.order, workflow.steps));
    }
    for (const Ladder& ladder : program_.ladders) {
      Line("ladder {}", ladder.name);
      for (const Rung& rung : ladder.rungs) Term(RungText(rung), rung.clause);
    }
  }

  std::string RungText(const Rung& rung) const {
    const std::string below = rung.is_percent ? Share(rung.below_ppm) : Money(rung.below_micros);
    switch (rung.effect) {
      case Rung::Effect::kUseModel:
        return fmt::format("below {}: use model {}", below, Resource(rung.model));
      case Rung::Effect::kSkipOptional:
        return fmt::format("below {}: skip optional steps", below);
      case Rung::Effect::kSendToReviewers:
        return fmt::format("below {}: send to reviewers{}", below,
                           rung.reviewers.valid() ? " " + program_.reviewers[rung.reviewers.index()].name : "");
      case Rung::Effect::kSuspend:
        return fmt::format("below {}: suspend", below);
    }
    BYLAW_UNREACHABLE("effect of a rung");
  }

  void Rules() {
    for (const Rule& rule : program_.rules) {
      Line("rule {} ({}): {} scopes, {} effects{}", rule.name, program_.Where(rule.clause), rule.scopes.size(),
           rule.effects.size(), rule.when ? fmt::format(", when ({})", rule.when->text) : "");
    }
    for (const Exception& exception : program_.exceptions) {
      Line("exception {} for tenant {} from {} until {} approved by {} ({})", exception.name,
           exception.tenant.valid() ? program_.tenants[exception.tenant.index()].name : "nobody",
           FormatDate(exception.from), FormatDate(exception.until), exception.approved_by,
           program_.Where(exception.clause));
    }
    for (const Guarantee& guarantee : program_.guarantees) Line("guarantee {}", guarantee.name);
    for (const Test& test : program_.tests) Line("test \"{}\"", test.title);
    for (const Scenario& scenario : program_.scenarios) Line("scenario {}", scenario.name);
  }

  void Tenants() {
    for (const Tenant& tenant : program_.tenants) {
      std::string text = "tenant " + tenant.name;
      if (tenant.tier.valid()) text += " on tier " + program_.tiers[tenant.tier.index()].name;
      if (tenant.klass.valid()) text += " in class " + program_.classes[tenant.klass.index()].name;
      if (tenant.org.valid()) text += " in org " + program_.orgs[tenant.org.index()].name;
      Line("{} shape {} ({})", text, tenant.shape.value(), program_.Where(tenant.clause));
      const Terms& terms = program_.effective[tenant.effective];
      Numbers(terms);
      Choices(terms);
    }
  }

  void Numbers(const Terms& terms) {
    if (terms.weight) Term(fmt::format("weight {}", terms.weight->value), terms.weight->clause);
    if (terms.at_once) {
      std::string text = fmt::format("at most {} workflows at once", terms.at_once->value);
      if (terms.burst) {
        text +=
            fmt::format(" bursting to {} for {}", terms.burst->value.to, FormatDuration(terms.burst->value.within_ns));
      }
      Term(text, terms.at_once->clause);
    }
    if (terms.min_slots) Term(fmt::format("at least {} slots", terms.min_slots->value), terms.min_slots->clause);
    if (terms.waiting) Term(fmt::format("at most {} workflows waiting", terms.waiting->value), terms.waiting->clause);
    if (terms.budget_workflow)
      Term(fmt::format("budget {} per workflow", Money(terms.budget_workflow->value)), terms.budget_workflow->clause);
    if (terms.budget_month)
      Term(fmt::format("budget {} per month", Money(terms.budget_month->value)), terms.budget_month->clause);
    for (size_t lane = 0; lane < terms.lane_share_ppm.size(); ++lane) {
      const Maybe<int64_t>& share = terms.lane_share_ppm[lane];
      if (share)
        Term(fmt::format("lane {} at most {}", abi::LaneText(static_cast<abi::Lane>(lane)), Share(share->value)),
             share->clause);
    }
    if (terms.sla)
      Term(fmt::format("sla {} within {}", Share(terms.sla->value.share_ppm),
                       FormatDuration(terms.sla->value.within_ns)),
           terms.sla->clause);
    if (terms.suspended_max_ns)
      Term("suspended at most " + FormatDuration(terms.suspended_max_ns->value), terms.suspended_max_ns->clause);
    if (terms.delete_within)
      Term("delete data within " + FormatCalendarDuration(terms.delete_within->value), terms.delete_within->clause);
    constexpr std::string_view kData[] = {"state", "checkpoints", "audit", "queues"};
    for (size_t data = 0; data < terms.keep_at_least.size(); ++data) {
      const Maybe<CalendarDuration>& keep = terms.keep_at_least[data];
      if (keep)
        Term(fmt::format("keep {} for at least {}", kData[data], FormatCalendarDuration(keep->value)), keep->clause);
    }
    for (const Rate& rate : terms.rates) Term(RateText(rate), rate.clause);
    for (const Expects& expects : terms.expects) {
      Term("expects " + VolumeText(program_, expects), expects.clause);
    }
    for (const auto& [id, value] : terms.settings) PutSetting(program_.settings[id.index()], value);
  }

  void PutSetting(const Setting& setting, const Stated<abi::SlotValue>& stated) {
    std::string text;
    switch (setting.info.type) {
      case abi::SlotType::kNumber:
        text = fmt::format("{:g}", stated.value.number);
        break;
      case abi::SlotType::kText:
        text = std::string(stated.value.text->data, stated.value.text->size);
        break;
      case abi::SlotType::kTextList:
        BYLAW_UNREACHABLE("no setting is a list");
      case abi::SlotType::kMoney:
        text = Money(stated.value.integer);
        break;
      case abi::SlotType::kDuration:
        text = FormatDuration(stated.value.integer);
        break;
      case abi::SlotType::kDate:
        text = FormatDate(CivilFromDays(stated.value.integer / kDayNs));
        break;
      case abi::SlotType::kCount:
      case abi::SlotType::kYesNo:
        text = fmt::format("{}", stated.value.integer);
        break;
    }
    Term(fmt::format("set {} to {}", setting.name, text), stated.clause);
  }

  void Choices(const Terms& terms) {
    for (const PlaceConstraint& constraint : terms.places) {
      Term(fmt::format("{} {}", SubjectText(constraint.subject), constraint.places.text), constraint.clause);
    }
    if (terms.may_use_models)
      Term("may use models " + Names(terms.may_use_models->value, program_.resources), terms.may_use_models->clause);
    if (terms.may_use_tools)
      Term("may use tools " + Names(terms.may_use_tools->value, program_.resources), terms.may_use_tools->clause);
    for (const auto& [resource, clause] : terms.must_not_use) Term("must not use " + Resource(resource), clause);
    if (terms.may_run) Term("may run " + Names(terms.may_run->value, program_.workflows), terms.may_run->clause);
    for (const Route& route : terms.routes) {
      std::string text = fmt::format("route {} to ", Resource(route.resource));
      for (size_t i = 0; i < route.endpoints.size(); ++i) {
        text += (i == 0 ? "" : " then ") + program_.endpoints[route.endpoints[i].index()].name;
      }
      Term(text + (route.else_suspend ? " else suspend" : ""), route.clause);
    }
    for (const ModelChoice& choice : terms.models) {
      Term("use model " + Resource(choice.model) + (choice.step.empty() ? "" : " for step " + choice.step),
           choice.clause);
    }
    if (terms.ladder) Term("follow ladder " + program_.ladders[terms.ladder->value.index()].name, terms.ladder->clause);
    constexpr std::string_view kData[] = {"state", "checkpoints", "audit", "queues"};
    for (const StoreChoice& choice : terms.stores) {
      Term(fmt::format("use store {} for {}", program_.stores[choice.store.index()].name,
                       kData[static_cast<size_t>(choice.data)]),
           choice.clause);
    }
    if (terms.pool) Term("use pool " + program_.pools[terms.pool->value.index()].name, terms.pool->clause);
    if (terms.reviewers)
      Term("reviewers " + Names(terms.reviewers->value, program_.reviewers), terms.reviewers->clause);
    if (terms.prefer_fastest)
      Term(terms.prefer_fastest->value ? "prefer fastest" : "prefer cheapest", terms.prefer_fastest->clause);
    for (const Stated<uint32_t>& regulation : terms.regulations) {
      Term("subject to " + program_.regulations[regulation.value].name, regulation.clause);
    }
  }

  const Program& program_;
  std::string out_;
};

}  // namespace

std::string DumpProgram(const Program& program) { return Dumper(program).Run(); }

}  // namespace bylaw::sema

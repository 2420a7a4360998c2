#include "compiler/syntax/forms.h"

#include <string>

#include "BylawParser.h"
#include "base/check.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;

constexpr Form kForms[] = {
    // Declarations.
    {P::RuleEdition, "edition 2026"},
    {P::RuleUseModule, "use std.places"},
    {P::RuleTimeZone, "time zone \"Europe/Berlin\""},
    {P::RuleCountries, "country DE, FR"},
    {P::RuleRegion, "region on-prem-fra in DE"},
    {P::RulePlace, "place nordics is SE, NO, DK, FI"},
    {P::RuleAdequacyHeader, "adequacy from EU to US"},
    {P::RuleEndpointHeader, "endpoint gpt4-eu"},
    {P::RuleStoreHeader, "store eu-data"},
    {P::RuleReviewersHeader, "reviewers eu-desk"},
    {P::RulePoolHeader, "pool eu-workers in eu-west-1 has 20 slots"},
    {P::RulePoolHeader, "pool eu-workers in eu-west-1 has 20 slots with room for 2_000 waiting"},
    {P::RuleTierHeader, "tier enterprise"},
    {P::RuleClassHeader, "class high-volume"},
    {P::RuleRegulationHeader, "regulation GDPR"},
    {P::RuleOrgHeader, "org alpine-group"},
    {P::RuleTenantHeader, "tenant alpine-bank on tier standard"},
    {P::RuleTenantHeader, "tenant alpine-bank on tier standard in class high-volume in org alpine-group"},
    {P::RuleTenantsFrom, "tenants from \"institutions.csv\" on tier standard"},
    {P::RuleSetting, "setting confidence_threshold is a number from 0 to 1 by default 0.8 that tenants may only raise"},
    {P::RuleWindow, "window business-hours is Monday to Friday 08:00 to 18:00"},
    {P::RuleWorkflowHeader, "workflow loan-approval"},
    {P::RuleStepHeader, "step verify"},
    {P::RuleLadderHeader, "ladder careful"},
    {P::RuleRuleHeader, "rule low-confidence-handoff"},
    {P::RuleExceptionHeader, "exception quarter-end for tenant regional-bank"},
    {P::RuleGuaranteeHeader, "guarantee eu-state-stays-home"},
    {P::RuleTestHeader, "test \"the EU model is down\""},
    {P::RuleScenarioHeader, "scenario monday-morning"},
    // Adequacy, endpoints, stores, reviewers.
    {P::RuleBasis, "basis \"Commission Implementing Decision (EU) 2023/1795\""},
    {P::RuleOnlyCertified, "only those certified by dpf"},
    {P::RuleSince, "since 2023-07-10"},
    {P::RuleUntilDate, "until 2027-07-10"},
    {P::RuleReviewBy, "review by 2027-07-10"},
    {P::RuleServes, "serves model gpt-4"},
    {P::RuleLocated, "in eu-west-1"},
    {P::RuleProvider, "provider openai"},
    {P::RuleCostPerCall, "costs at most $0.03 per call"},
    {P::RuleCostPerToken, "costs $2.50 per million input tokens, $10 per million output tokens"},
    {P::RuleTakesAbout, "takes about 900 milliseconds"},
    {P::RuleTakesAtMost, "takes at most 30 seconds"},
    {P::RuleQuota, "at most 10_000 calls per minute"},
    {P::RuleQuota, "at most 240_000 tokens per rolling minute"},
    {P::RuleQuota, "at most 20 calls per second evenly with bursts of 5"},
    {P::RuleCertified, "certified by dpf"},
    {P::RuleCertified, "certified by dpf checked 2026-10-01"},
    {P::RuleKeeps, "keeps state, checkpoints, audit"},
    {P::RuleBasedIn, "based in DE, FR"},
    {P::RuleStaff, "staff 4"},
    {P::RuleReviewTakes, "each review takes about 20 minutes"},
    {P::RuleServesTiers, "serves tiers enterprise, standard, free in that order"},
    // Contracts.
    {P::RuleWeight, "weight 10"},
    {P::RuleAtOnce, "at most 50 workflows at once"},
    {P::RuleAtOnce, "at most 50 workflows at once bursting to 75 for 10 minutes"},
    {P::RuleTogetherAtOnce, "together at most 80 workflows at once"},
    {P::RuleTogetherAtOnce, "together at most 80 workflows at once bursting to 90 for 1 hour"},
    {P::RuleAtLeastSlots, "at least 5 slots"},
    {P::RuleRateLimit, "at most 500 calls per hour to credit_bureau_v2"},
    {P::RuleRateLimit, "at most 20 calls per second evenly to gpt-4"},
    {P::RuleRateLimit, "at most 20 calls per second evenly with bursts of 5 to gpt-4"},
    {P::RuleRateLimit, "at most 100_000 tokens per rolling minute to gpt-4"},
    {P::RuleRateLimit, "at most 100_000 tokens per calendar day to gpt-4"},
    {P::RuleWaiting, "at most 2_000 workflows waiting"},
    {P::RuleBudget, "budget $2.00 per workflow"},
    {P::RuleTogetherBudget, "together budget $50_000 per month"},
    {P::RuleUseModel, "use model gpt-4"},
    {P::RuleUseModel, "use model gpt-4 for step compliance"},
    {P::RuleMayUse, "may use models gpt-4, gpt-4o-mini"},
    {P::RuleMustNotUse, "must not use tools experimental_model_v3"},
    {P::RuleFollowLadder, "follow ladder careful"},
    {P::RuleExpects, "expects 200 runs of loan-approval per day"},
    {P::RuleExpects, "expects 200 runs of loan-approval per day peaking at 1_000"},
    {P::RuleLaneQuota, "lane urgent at most 20%"},
    {P::RuleSla, "sla 95% within 4 hours"},
    {P::RuleKeepFor, "keep audit for at least 7 years"},
    {P::RuleDeleteData, "delete data within 30 days"},
    {P::RuleStaysIn, "state stays in EU"},
    {P::RuleCallsGoTo, "calls go only to EU, places adequate for EU"},
    {P::RuleReviewersBased, "reviewers based in EU"},
    {P::RuleRoute, "route gpt-4 to gpt4-eu else suspend"},
    {P::RuleRoute, "route gpt-4 to gpt4-eu then gpt4-us-b"},
    {P::RuleUseStore, "use store eu-data for state, checkpoints, audit"},
    {P::RuleUsePool, "use pool eu-workers"},
    {P::RulePrefer, "prefer fastest"},
    {P::RuleSubjectTo, "subject to GDPR"},
    {P::RuleOwnReviewers, "reviewers eu-desk"},
    {P::RuleSetTo, "set confidence_threshold to 0.9"},
    {P::RuleMayRun, "may run loan-approval"},
    {P::RuleSuspendedAtMost, "suspended at most 7 days"},
    {P::RuleMayBeWaived, "may be waived"},
    // Work.
    {P::RuleInputLine, "input amount is money"},
    {P::RuleInLane, "in lane normal"},
    {P::RuleAfter, "after credit, enrich"},
    {P::RuleCallsTool, "calls tool identity_check"},
    {P::RuleCallsModel, "calls model gpt-4"},
    {P::RuleCallsModel, "calls model gpt-4 for about 2_000 input tokens, 500 output tokens"},
    {P::RuleCallsAnyModel, "calls a model"},
    {P::RuleReads, "reads channel"},
    {P::RuleCostsAtMost, "costs at most $0.08"},
    {P::RuleRetries, "retries at most 2 times"},
    {P::RuleWhenLine, "when (request.amount > $50_000)"},
    {P::RuleGives, "gives confidence as a number from 0 to 1"},
    {P::RuleReplans, "on failure replans from credit at most 2 times"},
    {P::RuleAsks, "asks 1 of reviewers"},
    {P::RuleAsks, "asks 1 of reviewers when (request.amount > $500_000)"},
    {P::RuleLadderLine, "when budget below 40%: use model gpt-4o-mini"},
    {P::RuleLadderLine, "when budget below 20%: skip optional steps"},
    {P::RuleLadderLine, "when budget below $0.05: send to reviewers"},
    // Rules, exceptions, guarantees.
    {P::RuleForStep, "for step answer of support-answer"},
    {P::RuleForWorkflow, "for workflow loan-approval"},
    {P::RuleForEveryTenant, "for every tenant on tier free"},
    {P::RuleForTenant, "for tenant alpine-bank"},
    {P::RuleDeny, "deny"},
    {P::RuleSuspend, "suspend"},
    {P::RuleSendToReviewers, "send to reviewers"},
    {P::RuleAskReviewers, "ask 2 of reviewers"},
    {P::RuleWaitUntil, "wait until business-hours"},
    {P::RuleUseNamedModel, "use model gpt-4o-mini"},
    {P::RuleSkipStep, "skip"},
    {P::RulePutInLane, "put in lane background"},
    {P::RuleNote, "note \"seen by the fraud desk\""},
    {P::RuleBecause, "because \"GDPR Art. 44-45\""},
    {P::RuleReplaceTerm, "replace at most 50 workflows at once"},
    {P::RuleWithTerm, "with at most 80 workflows at once"},
    {P::RuleValidity, "from 2026-12-28 until 2027-01-05"},
    {P::RuleTicket, "ticket \"OPS-4121\""},
    {P::RuleApproval, "approved by \"A. Rossi, Compliance\" on 2026-12-20"},
    {P::RuleForEvery, "for every tenant subject to GDPR"},
    {P::RuleNeverKeep, "never keep data outside EU"},
    {P::RuleNeverSend, "never send data outside EU, places adequate for EU"},
    {P::RuleNeverUse, "never use model experimental_model_v3"},
    {P::RuleWorstCaseCost, "require worst case cost at most budget per workflow"},
    {P::RuleWorstCaseCost, "require worst case cost at most $2.00"},
    {P::RuleAvailability, "require availability without any one endpoint"},
    {P::RuleSlaAtLeast, "require sla at least 95% within 4 hours"},
    {P::RuleReviewersOnStep, "require at least 2 reviewers on step decide"},
    // Tests and scenarios.
    {P::RuleGivenTenant, "given tenant alpine-bank"},
    {P::RuleEndpointDown, "given endpoint gpt4-eu is down"},
    {P::RuleEndpointRevoked, "given endpoint gpt4-eu is revoked"},
    {P::RulePathIs, "given request.amount is $20_000"},
    {P::RuleAmountLeft, "given $0.05 is left"},
    {P::RuleShareLeft, "given 12% of the budget is left"},
    {P::RuleDateIs, "given the date is 2027-08-01"},
    {P::RuleTimeIs, "given the time is 22:30"},
    {P::RuleRunning, "given 40 workflows are running"},
    {P::RuleCallsMade, "given 500 calls were made to credit_bureau_v2 this hour"},
    {P::RuleStepRuns, "when step compliance of loan-approval runs"},
    {P::RuleSubmitted, "when loan-approval is submitted"},
    {P::RuleArrive, "when 5_000 runs of loan-approval arrive within 30 minutes"},
    {P::RuleProceeds, "then it proceeds"},
    {P::RuleIsSkipped, "then it is skipped"},
    {P::RuleWaits, "then it waits because rate"},
    {P::RuleSuspends, "then it suspends because residency"},
    {P::RuleIsDenied, "then it is denied"},
    {P::RuleIsQueued, "then it is queued"},
    {P::RuleIsRefused, "then it is refused"},
    {P::RuleGoesToReviewers, "then it goes to reviewers eu-desk"},
    {P::RuleUsesModel, "then it uses model gpt-4o-mini"},
    {P::RuleUsesEndpoint, "then it uses endpoint gpt4-eu"},
    {P::RuleKeepsInStore, "then it keeps state in store eu-data"},
    {P::RuleThenPhrase, "then it suspends because residency"},
    {P::RuleNoOtherWaits, "then no other tenant waits more than 60 seconds"},
    {P::RuleEverySends, "every tenant sends 50 runs of loan-approval per day"},
    {P::RuleTenantSends, "tenant institution-x sends 5_000 runs of loan-approval within 30 minutes from 09:00"},
    {P::RuleWorkflowTakes, "each loan-approval takes about 45 seconds"},
    {P::RuleStepFails, "step credit of loan-approval fails 5% of the time"},
    {P::RuleStepFailsFirst, "step credit of loan-approval fails 2 times"},
    {P::RuleStepCosts, "step credit of loan-approval costs $0.04"},
    {P::RuleUsualValue, "request.channel is web"},
    {P::RuleUsualValue, "steps.classify.confidence is 0.4 in 15% of runs"},
    {P::RuleRunFrom, "run from 08:00 to 16:00"},
    {P::RuleDownBetween, "endpoint gpt4-eu is down"},
    {P::RuleDownBetween, "endpoint gpt4-eu is down from 09:00 to 10:00"},
};

constexpr Entry kEntries[] = {
    {P::RuleHeaderEntry, ""},
    {P::RuleAdequacyEntry, "an adequacy decision"},
    {P::RuleEndpointEntry, "an endpoint"},
    {P::RuleStoreEntry, "a store"},
    {P::RuleReviewersEntry, "reviewers"},
    {P::RulePoolEntry, "a pool"},
    {P::RuleTierEntry, "a tier, class or tenant"},
    {P::RuleRegulationEntry, "a regulation"},
    {P::RuleOrgEntry, "an org"},
    {P::RuleWorkflowEntry, "a workflow"},
    {P::RuleStepHeaderEntry, "a workflow"},
    {P::RuleStepEntry, "a step"},
    {P::RuleLadderEntry, "a ladder"},
    {P::RuleRuleEntry, "a rule"},
    {P::RuleExceptionEntry, "an exception"},
    {P::RuleGuaranteeEntry, "a guarantee"},
    {P::RuleTestEntry, "a test"},
    {P::RuleAndGivenEntry, "a test"},
    {P::RuleAndWhenEntry, "a test"},
    {P::RuleAndThenEntry, "a test"},
    {P::RuleScenarioEntry, "a scenario"},
};

const std::vector<std::vector<std::string_view>>& Examples() {
  static const auto* const kExamples = [] {
    auto* examples = new std::vector<std::vector<std::string_view>>(P::RuleName + 1);
    for (const Form& form : kForms) (*examples)[form.rule].push_back(form.example);
    return examples;
  }();
  return *kExamples;
}

const std::vector<std::string>& Spellings() {
  static const auto* const kSpellings = [] {
    const P parser(nullptr);
    auto* spellings = new std::vector<std::string>(P::C_BAD + 1);
    for (size_t type = 1; type <= P::C_BAD; ++type) {
      const std::string literal = parser.getVocabulary().getLiteralName(type);
      if (literal.size() > 2) (*spellings)[type] = literal.substr(1, literal.size() - 2);
    }
    for (const auto& [type, text] : {std::pair<size_t, const char*>{P::COMMA, ","},
                                     {P::COLON, ":"},
                                     {P::LBRACE, "{"},
                                     {P::RBRACE, "}"},
                                     {P::LPAREN, "("},
                                     {P::C_RPAREN, ")"},
                                     {P::C_IN, "in"}}) {
      (*spellings)[type] = text;
    }
    return spellings;
  }();
  return *kSpellings;
}

}  // namespace

std::span<const Form> Forms() { return kForms; }
std::span<const Entry> Entries() { return kEntries; }

const std::vector<std::string_view>& ExamplesOf(size_t rule) { return Examples()[rule]; }

const std::vector<bool>& IsForm() {
  static const auto* const kIsForm = [] {
    auto* is_form = new std::vector<bool>(P::RuleName + 1, false);
    for (const Form& form : kForms) (*is_form)[form.rule] = true;
    return is_form;
  }();
  return *kIsForm;
}

std::string BlockName(size_t entry, uint16_t header) {
  if (entry == P::RuleTierEntry && header != 0) return "a " + std::string(SpellingOf(header));
  for (const Entry& known : kEntries) {
    if (known.rule == entry) return std::string(known.block);
  }
  BYLAW_UNREACHABLE("an entry of the grammar");
}

std::string_view SpellingOf(size_t type) {
  return type < Spellings().size() ? std::string_view(Spellings()[type]) : std::string_view();
}

bool IsKeyword(size_t type) { return type >= 1 && type < P::DATE; }

}  // namespace bylaw::syntax

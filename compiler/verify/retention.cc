// V10, retention: data that one term deletes is not data that another must keep. Deletion covers inputs, state and
// checkpoints; audit has its own period (language.md §10: Delete data).
#include <fmt/format.h>

#include "compiler/verify/theorem.h"
#include "compiler/verify/words.h"

namespace bylaw::verify {
namespace {

using sema::Maybe;
using sema::Program;
using syntax::DataClass;

std::string_view DataName(DataClass data) { return data == DataClass::kState ? "state" : "checkpoints"; }

Finding Conflict(const Program& program, TenantId tenant, DataClass data, bool overlap) {
  const sema::Terms& terms = program.terms(tenant);
  const sema::Stated<CalendarDuration>& keep = *terms.keep_at_least[static_cast<size_t>(data)];
  const sema::Stated<CalendarDuration>& erase = *terms.delete_within;
  const std::string kept = FormatCalendarDuration(keep.value), erased = FormatCalendarDuration(erase.value);
  Finding finding{
      MakeDiagnostic(overlap ? diag::Kind::kDurationMix : diag::Kind::kRetentionConflict, program.SpanOf(keep.clause),
                     overlap ? fmt::format("whether {} is shorter than {} depends on the calendar", kept, erased)
                             : fmt::format("{}'s {} must be kept for {} and deleted within {}",
                                           TenantName(program, tenant), DataName(data), kept, erased)),
      {},
      {}};
  finding.diagnostic.notes.push_back({"note", "deleted by this", program.SpanOf(erase.clause)});
  finding.diagnostic.help.push_back(
      fmt::format("write `keep {} for at least {}`, or keep the audit instead, which outlives the data: `keep audit "
                  "for at least {}`",
                  DataName(data), erased, kept));
  finding.witness.path.push_back(fmt::format("{} ({}) against {} ({})", SentenceText(program, keep.clause),
                                             program.Where(keep.clause), SentenceText(program, erase.clause),
                                             program.Where(erase.clause)));
  return finding;
}

}  // namespace

Outcome ProveRetention(const Facts& facts) {
  const Program& program = facts.program();
  Outcome outcome;
  Findings findings;
  for (const sema::Shape& shape : program.shapes) {
    bool stated = false;
    TheoremResult result;
    result.id = "V10";
    result.subject = "retention for " + TenantsText(program, shape.members);
    result.tenants = shape.members;
    for (const TenantId tenant : shape.members) {
      const sema::Terms& terms = program.terms(tenant);
      if (!terms.delete_within.has_value()) continue;
      for (const Maybe<CalendarDuration>& keep : terms.keep_at_least) stated |= keep.has_value();
      for (const DataClass data : {DataClass::kState, DataClass::kCheckpoints}) {
        const Maybe<CalendarDuration>& keep = terms.keep_at_least[static_cast<size_t>(data)];
        if (!keep.has_value()) continue;
        const CalendarDuration& erase = terms.delete_within->value;
        if (keep->value.days_max() <= erase.days_min() || keep->value == erase) continue;
        const bool overlap = keep->value.days_min() <= erase.days_max();
        Finding finding = Conflict(program, tenant, data, overlap);
        if (result.verdict == Verdict::kProved) result.witness = finding.witness;
        result.verdict = Verdict::kRefuted;
        findings.Add(finding.diagnostic.kind, finding.diagnostic.span, "", {tenant},
                     [&] { return std::move(finding); });
      }
    }
    if (stated) outcome.results.push_back(std::move(result));
  }
  outcome.findings = findings.Take(program);
  return outcome;
}

}  // namespace bylaw::verify

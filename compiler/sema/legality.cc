#include "compiler/sema/legality.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/time/time.h"
#include "base/check.h"

namespace bylaw::sema {
namespace {

bool InForce(const Adequacy& adequacy, TimeNs at) { return adequacy.since <= at && at < adequacy.until; }

// The location's certificate that the decision asks for; null if it has none.
const Certificate* MatchingCertificate(const Adequacy& adequacy, const Location& location) {
  for (const Certificate& certificate : location.certificates) {
    if (std::find(adequacy.certified_by.begin(), adequacy.certified_by.end(), certificate.certificate) !=
        adequacy.certified_by.end()) {
      return &certificate;
    }
  }
  return nullptr;
}

bool Names(const PlaceSet& places, PlaceId from) {
  return std::binary_search(places.adequate_for.begin(), places.adequate_for.end(), from);
}

// Takes the countries that adequacy decisions in force cover out of `left`, and notes what was relied on.
void CoverByAdequacies(const Program& program, const PlaceSet& places, const Location& location, TimeNs at,
                       CountrySet& left, Legality& result) {
  for (const Adequacy& adequacy : program.adequacies) {
    if (left.none()) return;
    if (!Names(places, adequacy.from) || !InForce(adequacy, at) || (left & adequacy.to_countries).none()) continue;
    const Certificate* certificate = nullptr;
    if (!adequacy.certified_by.empty()) {
      certificate = MatchingCertificate(adequacy, location);
      if (certificate == nullptr) continue;
    }
    left &= ~adequacy.to_countries;
    result.adequacies.push_back(adequacy.clause);
    if (certificate != nullptr) result.certificates.push_back(certificate->clause);
  }
}

// What stands in the way of the decision that comes nearest to covering `left`; empty if none leads there.
std::string NearMiss(const Program& program, const PlaceSet& places, TimeNs at, const CountrySet& left) {
  std::string miss;
  for (const Adequacy& adequacy : program.adequacies) {
    if (!Names(places, adequacy.from) || (left & adequacy.to_countries).none()) continue;
    const std::string decision =
        fmt::format("the adequacy decision from {} to {}", program.places[adequacy.from.index()].name,
                    program.places[adequacy.to.index()].name);
    if (at >= adequacy.until) {
      miss = fmt::format(", {} lapses on {}", decision, FormatDate(DateAt(program, adequacy.until)));
    } else if (at < adequacy.since) {
      miss = fmt::format(", {} begins on {}", decision, FormatDate(DateAt(program, adequacy.since)));
    } else {
      miss = ", not certified by ";
      for (size_t i = 0; i < adequacy.certified_by.size(); ++i) {
        miss += (i > 0 ? " or " : "") + program.certificates[adequacy.certified_by[i].index()];
      }
      return miss;
    }
  }
  return miss;
}

// Whether `location` lies in `places` at `at`. Fills in what was relied on, or why not.
bool Inside(const Program& program, const PlaceSet& places, const Location& location, TimeNs at, Legality& result) {
  if (location.region.valid() && std::binary_search(places.regions.begin(), places.regions.end(), location.region)) {
    return true;
  }
  if (location.countries.none()) {
    result.why_not = "its place is not stated";
    return false;
  }
  CountrySet left = location.countries & ~places.countries;
  CoverByAdequacies(program, places, location, at, left, result);
  if (left.none()) return true;
  result.why_not = "in " + location.text + NearMiss(program, places, at, left);
  return false;
}

void SortUnique(std::vector<ClauseId>& clauses) {
  std::sort(clauses.begin(), clauses.end());
  clauses.erase(std::unique(clauses.begin(), clauses.end()), clauses.end());
}

}  // namespace

Date DateAt(const Program& program, TimeNs at) {
  absl::TimeZone zone;
  BYLAW_CHECK(absl::LoadTimeZone(program.time_zone, &zone), "the analyser has checked the time zone");
  const absl::CivilDay day = absl::ToCivilDay(absl::FromUnixNanos(at), zone);
  return Date{static_cast<int32_t>(day.year()), static_cast<int8_t>(day.month()), static_cast<int8_t>(day.day())};
}

Legality LegalAt(const Program& program, const Terms& terms, PlaceSubject subject, const Location& location,
                 TimeNs at) {
  Legality result;
  for (const PlaceConstraint& constraint : terms.places) {
    if (constraint.subject != subject) continue;
    if (Inside(program, constraint.places, location, at, result)) continue;
    result.legal = false;
    result.clause = constraint.clause;
    result.adequacies.clear();
    result.certificates.clear();
    return result;
  }
  SortUnique(result.adequacies);
  SortUnique(result.certificates);
  return result;
}

std::vector<Interval> LegalIntervals(const Program& program, const Terms& terms, PlaceSubject subject,
                                     const Location& location, TimeNs from, TimeNs to) {
  std::vector<Interval> intervals;
  if (from >= to) return intervals;
  const std::vector<TimeNs> instants = ChangeInstants(program, from, to);
  for (size_t i = 0; i < instants.size(); ++i) {
    if (!LegalAt(program, terms, subject, location, instants[i]).legal) continue;
    const TimeNs end = i + 1 < instants.size() ? instants[i + 1] : to;
    if (!intervals.empty() && intervals.back().end == instants[i]) {
      intervals.back().end = end;
    } else {
      intervals.push_back({instants[i], end});
    }
  }
  return intervals;
}

std::vector<TimeNs> ChangeInstants(const Program& program, TimeNs from, TimeNs to) {
  std::vector<TimeNs> instants = {from};
  for (const Adequacy& adequacy : program.adequacies) {
    for (const TimeNs instant : {adequacy.since, adequacy.until}) {
      if (from < instant && instant < to) instants.push_back(instant);
    }
  }
  std::sort(instants.begin(), instants.end());
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
  return instants;
}

}  // namespace bylaw::sema

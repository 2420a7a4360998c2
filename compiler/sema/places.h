// Where things are, and which places a set of places covers.
//
// A place is a set of countries; a region is one place in a country (or in several, for a region declared in a larger
// place). A location is inside a place set if its region is listed, or all its countries are covered. `places adequate
// for P` is decided at an instant, with the certificates of the thing that is located there: see legality.h.
#ifndef BYLAW_COMPILER_SEMA_PLACES_H_
#define BYLAW_COMPILER_SEMA_PLACES_H_

#include <bitset>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "compiler/source/source.h"
#include "runtime/abi/ids.h"

namespace bylaw::sema {

inline constexpr size_t kCountriesMax = 320;
using CountrySet = std::bitset<kCountriesMax>;
using PlaceId = Id<struct PlaceTag>;  // a named place or a country
using CertificateId = Id<struct CertificateTag>;
using AdequacyId = Id<struct AdequacyTag>;

struct Country {
  std::string name;
  source::Span span;
};
struct Place {
  std::string name;
  CountrySet countries;
  source::Span span;
  std::vector<RegionId> regions{};  // of a place made of regions; sorted
};
struct Region {
  std::string name;
  CountrySet countries;  // usually one
  source::Span span;
};

// A recorded claim: `certified by dpf checked 2026-10-01`.
struct Certificate {
  CertificateId certificate;
  bool has_checked = false;
  Date checked;
  ClauseId clause;
};

// Where one thing is: an endpoint, store, pool (one region or place) or reviewers (all places they are based in).
struct Location {
  RegionId region;  // none if a country or place was named
  CountrySet countries;
  std::string text;  // "us-east-1 (US)"
  ClauseId clause;   // the sentence that says so
  std::vector<Certificate> certificates;
};

struct PlaceSet {
  CountrySet countries;
  std::vector<RegionId> regions;      // sorted
  std::vector<PlaceId> adequate_for;  // sorted
  std::string text;                   // "EU, places adequate for EU"
};

struct Adequacy {
  PlaceId from;
  PlaceId to;
  CountrySet to_countries;
  std::vector<CertificateId> certified_by;  // any one of them; empty: unconditional
  TimeNs since = kBeginningOfTimeNs;        // first instant in force
  TimeNs until = kForeverNs;                // first instant no longer in force (the day after `until DATE`)
  bool has_review_by = false;
  Date review_by;
  std::string basis;
  ClauseId clause;
  ClauseId until_clause;
  ClauseId review_clause;
};

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_PLACES_H_

#include "compiler/change/places.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "compiler/change/match.h"
#include "compiler/change/words.h"
#include "compiler/sema/legality.h"
#include "compiler/verify/words.h"

namespace bylaw::change {
namespace {

using sema::PlaceSubject;
using sema::Program;
using sema::Terms;

constexpr std::string_view kKinds[] = {"places-of-state", "places-of-calls", "places-of-reviewers"};
constexpr std::string_view kSubjects[] = {"state may", "calls may", "reviewers may"};
// More places than these are not listed beside the sentences that changed.
constexpr size_t kNamesTold = 4;
constexpr std::string_view kVerbs[] = {"be kept in", "go to", "be based in"};

// "anywhere", "in EU", "to EU, and to eu-west-1": each clause as it is written.
std::string ClausesText(const Terms& terms, PlaceSubject subject) {
  std::vector<std::string> texts;
  for (const sema::PlaceConstraint& constraint : terms.places) {
    if (constraint.subject != subject) continue;
    std::string text = fmt::format("{} {}", subject == PlaceSubject::kCalls ? "to" : "in", constraint.places.text);
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
  }
  return texts.empty() ? "anywhere" : fmt::format("{}", fmt::join(texts, ", and "));
}

// What a contract says about places, apart from clauses and ids: equal texts mean equal places.
std::string Spelling(const Program& program, const Terms& terms, PlaceSubject subject) {
  std::set<std::string> distinct;
  for (const sema::PlaceConstraint& constraint : terms.places) {
    if (constraint.subject != subject) continue;
    std::vector<std::string> names;
    for (size_t i = 0; i < program.countries.size(); ++i) {
      if (constraint.places.countries.test(i)) names.push_back(program.countries[i].name);
    }
    for (const RegionId region : constraint.places.regions)
      names.push_back("r " + program.regions[region.index()].name);
    std::sort(names.begin(), names.end());
    std::string text = verify::JoinComma(names);
    for (const sema::PlaceId from : constraint.places.adequate_for) text += ";" + program.places[from.index()].name;
    distinct.insert(std::move(text));
  }
  std::string all;
  for (const std::string& one : distinct) all += one + "\n";
  return all;
}

std::string SpellWorld(const Program& program) {
  std::set<std::string> distinct;
  for (const sema::Adequacy& adequacy : program.adequacies) {
    std::string text = fmt::format("{} {} {} {}", program.places[adequacy.from.index()].name,
                                   program.places[adequacy.to.index()].name, adequacy.since, adequacy.until);
    for (size_t i = 0; i < program.countries.size(); ++i) {
      if (adequacy.to_countries.test(i)) text += " " + program.countries[i].name;
    }
    for (const sema::CertificateId id : adequacy.certified_by) text += "+" + program.certificates[id.index()];
    distinct.insert(std::move(text));
  }
  for (const sema::Region& region : program.regions) {
    std::string text = region.name;
    for (size_t i = 0; i < program.countries.size(); ++i) {
      if (region.countries.test(i)) text += " " + program.countries[i].name;
    }
    distinct.insert(std::move(text));
  }
  std::string all;
  for (const std::string& one : distinct) all += one + "\n";
  return all;
}

sema::Location CountryLocation(size_t country) {
  sema::Location location;
  location.countries.set(country);
  return location;
}

ClauseId ClauseOf(const Terms& terms, PlaceSubject subject) {
  for (const sema::PlaceConstraint& constraint : terms.places) {
    if (constraint.subject == subject) return constraint.clause;
  }
  return {};
}

}  // namespace

PlacesComparison::PlacesComparison(const Program& old_program, const Program& new_program)
    : old_program_(old_program), new_program_(new_program) {
  for (const Program* program : {&old_program, &new_program}) {
    for (const TimeNs at : sema::ChangeInstants(*program, new_program.activation_ns, new_program.horizon_ns)) {
      instants_.push_back(at);
    }
  }
  std::sort(instants_.begin(), instants_.end());
  instants_.erase(std::unique(instants_.begin(), instants_.end()), instants_.end());
  same_world_ = SpellWorld(old_program) == SpellWorld(new_program);
}

void PlacesComparison::FillAtoms() {
  using CountryId = Id<struct CountryRowTag>;
  const auto countries = MatchByName<CountryId>(new_program_.countries, old_program_.countries);
  for (size_t i = 0; i < countries.size(); ++i) {
    if (!countries[i].valid()) continue;
    atoms_.push_back(
        {new_program_.countries[i].name, CountryLocation(countries[i].index()), CountryLocation(i), false});
  }
  const auto regions = MatchByName<RegionId>(new_program_.regions, old_program_.regions);
  for (uint32_t i = 0; i < regions.size(); ++i) {
    if (!regions[i].valid()) continue;
    sema::Location before, after;
    before.region = regions[i];
    before.countries = old_program_.regions[regions[i].index()].countries;
    after.region = RegionId(i);
    after.countries = new_program_.regions[i].countries;
    atoms_.push_back({new_program_.regions[i].name, before, after, true});
  }
}

void PlacesComparison::FillCertificates() {
  std::map<std::string, Certified> by_name;
  for (uint32_t i = 0; i < old_program_.certificates.size(); ++i) {
    by_name[old_program_.certificates[i]].before.push_back({sema::CertificateId(i), false, {}, {}});
  }
  for (uint32_t i = 0; i < new_program_.certificates.size(); ++i) {
    by_name[new_program_.certificates[i]].after.push_back({sema::CertificateId(i), false, {}, {}});
  }
  certificates_.emplace_back();
  for (auto& [name, certified] : by_name) {
    certified.name = name;
    certificates_.push_back(std::move(certified));
  }
}

PlacesComparison::Found PlacesComparison::Find(PlaceSubject subject, const Terms& before, const Terms& after,
                                               const Certified& certified, bool gained) const {
  Found found;
  for (const Atom& atom : atoms_) {
    sema::Location old_location = atom.before, new_location = atom.after;
    old_location.certificates = certified.before;
    new_location.certificates = certified.after;
    for (const TimeNs at : instants_) {
      const bool was = sema::LegalAt(old_program_, before, subject, old_location, at).legal;
      const bool is = sema::LegalAt(new_program_, after, subject, new_location, at).legal;
      if (gained ? (was || !is) : (!was || is)) continue;
      found.atoms.push_back(&atom);
      found.first = std::min(found.first, at);
      break;
    }
  }
  return found;
}

// A named place rather than all its countries; then the other countries, and the regions that none of these covers.
std::vector<std::string> PlacesComparison::Names(const Found& found) const {
  sema::CountrySet told;
  for (const Atom* atom : found.atoms) {
    if (!atom->region) told |= atom->after.countries;
  }
  sema::CountrySet left = told;
  std::vector<std::string> names;
  for (const sema::Place& place : new_program_.places) {
    if (place.countries.count() < 2 || (place.countries & ~told).any() || (place.countries & ~left).any()) continue;
    names.push_back(place.name);
    left &= ~place.countries;
  }
  for (const Atom* atom : found.atoms) {
    const bool apart = atom->region ? (atom->after.countries & told).none() : (atom->after.countries & left).any();
    if (apart) names.push_back(atom->name);
  }
  return names;
}

std::string PlacesComparison::Tell(PlaceSubject subject, const Found& found, const Certified& certified,
                                   bool gained) const {
  const auto s = static_cast<size_t>(subject);
  std::string text =
      fmt::format("{} {} {} {}", kSubjects[s], gained ? "now" : "no longer", kVerbs[s], SomeNames(Names(found)));
  if (!certified.name.empty()) text += fmt::format(" if certified by {}", certified.name);
  if (found.first == instants_.front()) return text;
  return fmt::format("{}, from {}", text, FormatDate(sema::DateAt(new_program_, found.first)));
}

std::string PlacesComparison::Contracts(PlaceSubject subject, const Terms& before, const Terms& after) const {
  constexpr std::string_view kWords[] = {"state stays", "calls go", "reviewers based"};
  const std::string was = ClausesText(before, subject), is = ClausesText(after, subject);
  return was == is ? "" : fmt::format("{} {} → {}", kWords[static_cast<size_t>(subject)], was, is);
}

void PlacesComparison::Compare(const Terms& before, const Terms& after, std::vector<Difference>& out) {
  for (const PlaceSubject subject : {PlaceSubject::kState, PlaceSubject::kCalls, PlaceSubject::kReviewers}) {
    if (same_world_ && Spelling(old_program_, before, subject) == Spelling(new_program_, after, subject)) continue;
    if (certificates_.empty()) {
      FillAtoms();
      FillCertificates();
    }
    for (const bool gained : {false, true}) {
      for (const Certified& certified : certificates_) {
        const Found found = Find(subject, before, after, certified, gained);
        if (found.atoms.empty()) continue;
        std::string text = Contracts(subject, before, after);
        if (text.empty() || Names(found).size() <= kNamesTold) {
          text += (text.empty() ? "" : ": ") + Tell(subject, found, certified, gained);
        }
        out.push_back({std::string(kKinds[static_cast<size_t>(subject)]), std::move(text),
                       gained ? Relation::kLooser : Relation::kStricter, ClauseOf(before, subject),
                       ClauseOf(after, subject)});
        break;
      }
    }
  }
}

}  // namespace bylaw::change

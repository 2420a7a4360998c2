#include "compiler/sema/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "compiler/sema/library.h"
#include "compiler/sema/values.h"

namespace bylaw::sema {
namespace {

// Zones that people name most, for "did you mean"; every zone of the machine's database may be named.
constexpr std::array<std::string_view, 36> kZones = {"UTC",
                                                     "Europe/Berlin",
                                                     "Europe/Paris",
                                                     "Europe/London",
                                                     "Europe/Madrid",
                                                     "Europe/Rome",
                                                     "Europe/Amsterdam",
                                                     "Europe/Brussels",
                                                     "Europe/Vienna",
                                                     "Europe/Zurich",
                                                     "Europe/Stockholm",
                                                     "Europe/Oslo",
                                                     "Europe/Copenhagen",
                                                     "Europe/Helsinki",
                                                     "Europe/Warsaw",
                                                     "Europe/Prague",
                                                     "Europe/Dublin",
                                                     "Europe/Lisbon",
                                                     "Europe/Athens",
                                                     "America/New_York",
                                                     "America/Chicago",
                                                     "America/Denver",
                                                     "America/Los_Angeles",
                                                     "America/Toronto",
                                                     "America/Sao_Paulo",
                                                     "America/Mexico_City",
                                                     "Asia/Tokyo",
                                                     "Asia/Seoul",
                                                     "Asia/Shanghai",
                                                     "Asia/Singapore",
                                                     "Asia/Hong_Kong",
                                                     "Asia/Kolkata",
                                                     "Asia/Dubai",
                                                     "Asia/Jerusalem",
                                                     "Australia/Sydney",
                                                     "Africa/Johannesburg"};

// Reads countries, then regions and places, whose members may be declared anywhere.
class WorldReader {
 public:
  WorldReader(Context& context, const std::vector<InputFile>& files) : context_(context), files_(files) {}

  void Read() {
    Each<syntax::TimeZoneDecl>([&](const auto& decl, const syntax::Decl& whole, bool) { ReadZone(decl, whole.span); });
    Each<syntax::CountryDecl>([&](const auto& decl, const syntax::Decl&, bool) {
      for (const syntax::Name& country : decl.countries) AddCountry(country);
    });
    // A policy's own words come first, so that what it restates of the library is the library's repetition.
    for (const bool standard : {false, true}) {
      Each<syntax::PlaceDecl>([&](const auto& decl, const syntax::Decl&, bool of_library) {
        if (of_library == standard) CollectPlace(decl, of_library);
      });
      Each<syntax::RegionDecl>([&](const auto& decl, const syntax::Decl&, bool of_library) {
        if (of_library == standard) CollectRegion(decl, of_library);
      });
    }
    for (const Named<syntax::RegionDecl>& region : regions_) AddRegionName(*region.decl);
    for (size_t i = 0; i < places_.size(); ++i) ResolvePlace(i);
    for (size_t i = 0; i < regions_.size(); ++i) ResolveRegion(i);
    CheckRestated();
  }

 private:
  template <typename DeclType>
  struct Named {
    const DeclType* decl = nullptr;
    bool standard = false;
  };
  enum class State : uint8_t { kNew, kOpen, kDone };

  template <typename DeclType, typename Fn>
  void Each(Fn fn) {
    for (const InputFile& file : files_) {
      for (const syntax::Decl& decl : file.tree->decls) {
        if (const auto* found = std::get_if<DeclType>(&decl.decl)) fn(*found, decl, file.standard);
      }
    }
  }

  void ReadZone(const syntax::TimeZoneDecl& decl, Span span) {
    if (zone_span_.valid() || zone_read_) {
      context_.Repeated("time zone", "this policy", span, zone_span_);
      return;
    }
    zone_read_ = true;
    zone_span_ = span;
    const std::optional<std::string> name = TextOf(context_, decl.zone, {"time zone {}", "\"Europe/Berlin\""});
    if (!name) return;
    absl::TimeZone zone;
    if (!absl::LoadTimeZone(*name, &zone)) {
      context_.Unknown("time zone", {*name, decl.zone.span},
                       std::vector<std::string_view>(kZones.begin(), kZones.end()));
      return;
    }
    context_.zone = zone;
    context_.program.time_zone = *name;
  }

  void AddCountry(const syntax::Name& name) {
    if (context_.places.Find(name.text).valid()) return;  // atoms: naming one twice says nothing new
    Program& program = context_.program;
    if (program.countries.size() >= kCountriesMax) {
      context_.Report(Kind::kInputTooLarge, name.span, fmt::format("more than {} countries", kCountriesMax));
      return;
    }
    Place place{name.text, {}, name.span};
    place.countries.set(program.countries.size());
    program.countries.push_back({name.text, name.span});
    AddPlaceName(name, std::move(place));
  }

  void AddPlaceName(const syntax::Name& name, Place place) {
    const PlaceId id(static_cast<uint32_t>(context_.program.places.size()));
    context_.program.places.push_back(std::move(place));
    context_.places.Add(name.text, id);
  }

  void CollectPlace(const syntax::PlaceDecl& decl, bool standard) {
    const PlaceId first = context_.places.Find(decl.name.text);
    if (first.valid()) {
      if (standard) {
        restated_places_.push_back(&decl);
      } else {
        context_.Duplicate("place", decl.name, context_.program.places[first.index()].span);
      }
      return;
    }
    AddPlaceName(decl.name, Place{decl.name.text, {}, decl.name.span});
    places_.push_back({&decl, standard});
    state_.push_back(State::kNew);
  }

  void CollectRegion(const syntax::RegionDecl& decl, bool standard) {
    const auto same = [&](const Named<syntax::RegionDecl>& other) { return other.decl->name.text == decl.name.text; };
    const auto found = region_at_.find(decl.name.text);
    if (found != region_at_.end() && same(regions_[found->second])) {
      if (standard) {
        restated_regions_.push_back(&decl);
      } else {
        context_.Duplicate("region", decl.name, regions_[found->second].decl->name.span);
      }
      return;
    }
    const PlaceId place = context_.places.Find(decl.name.text);
    if (place.valid()) {
      context_.Duplicate("place", decl.name, context_.program.places[place.index()].span);
      return;
    }
    region_at_.emplace(decl.name.text, regions_.size());
    regions_.push_back({&decl, standard});
  }

  void AddRegionName(const syntax::RegionDecl& decl) {
    const RegionId id(static_cast<uint32_t>(context_.program.regions.size()));
    context_.program.regions.push_back(Region{decl.name.text, {}, decl.name.span});
    context_.regions.Add(decl.name.text, id);
  }

  // Adds what `member` covers to `into`.
  void AddMember(const syntax::Name& member, const syntax::Name& whole, Place& into) {
    const RegionId region = context_.regions.Find(member.text);
    if (region.valid()) {
      into.regions.push_back(region);
      return;
    }
    const PlaceId place = context_.places.Find(member.text);
    if (!place.valid()) {
      UnknownPlace(context_, member);
      return;
    }
    const auto declared = std::find_if(places_.begin(), places_.end(),
                                       [&](const auto& other) { return other.decl->name.text == member.text; });
    if (declared != places_.end()) {
      const size_t at = static_cast<size_t>(declared - places_.begin());
      if (state_[at] == State::kOpen) {
        context_
            .Report(Kind::kUnexpectedText, member.span,
                    fmt::format("place {} is made of itself, by way of {}", whole.text, member.text))
            .help.push_back("name countries, or places that do not contain this one");
        return;
      }
      ResolvePlace(at);
    }
    const Place& covered = context_.program.places[place.index()];
    into.countries |= covered.countries;
    into.regions.insert(into.regions.end(), covered.regions.begin(), covered.regions.end());
  }

  void ResolvePlace(size_t at) {
    if (state_[at] != State::kNew) return;
    state_[at] = State::kOpen;
    const syntax::PlaceDecl& decl = *places_[at].decl;
    Place covered;
    for (const syntax::Name& member : decl.members) AddMember(member, decl.name, covered);
    std::sort(covered.regions.begin(), covered.regions.end());
    covered.regions.erase(std::unique(covered.regions.begin(), covered.regions.end()), covered.regions.end());
    Place& place = context_.program.places[context_.places.Find(decl.name.text).index()];
    place.countries = covered.countries;
    place.regions = covered.regions;
    state_[at] = State::kDone;
  }

  void ResolveRegion(size_t at) {
    const syntax::RegionDecl& decl = *regions_[at].decl;
    const PlaceId place = context_.places.Find(decl.place.text);
    if (!place.valid()) {
      UnknownPlace(context_, decl.place);
      return;
    }
    context_.program.regions[at].countries = context_.program.places[place.index()].countries;
  }

  // What a policy and the library both declare must say the same.
  void CheckRestated() {
    for (const syntax::RegionDecl* decl : restated_regions_) {
      const Region& own = context_.program.regions[context_.regions.Find(decl->name.text).index()];
      const PlaceId place = context_.places.Find(decl->place.text);
      if (place.valid() && own.countries != context_.program.places[place.index()].countries) {
        ReportContradiction("region", own.name, own.span, decl->name.span);
      }
    }
    for (const syntax::PlaceDecl* decl : restated_places_) {
      const Place& own = context_.program.places[context_.places.Find(decl->name.text).index()];
      Place said;
      for (const syntax::Name& member : decl->members) AddMember(member, decl->name, said);
      if (said.countries != own.countries) ReportContradiction("place", own.name, own.span, decl->name.span);
    }
  }

  void ReportContradiction(std::string_view noun, std::string_view name, Span span, Span library) {
    diag::Diagnostic& diagnostic = context_.Report(
        Kind::kDuplicateName, span, fmt::format("{} {} says something else in the standard library", noun, name));
    diagnostic.notes.push_back({"note", "the standard library says", library});
    diagnostic.help.push_back(fmt::format("give your own {} another name", noun));
  }

 public:
  static void UnknownPlace(Context& context, const syntax::Name& name) {
    diag::Diagnostic& diagnostic = context.Unknown("place or region", name, PlaceNames(context));
    if (context.program.countries.empty() && LibraryHasWord("places", name.text)) {
      diagnostic.help.clear();
      diagnostic.help.push_back("use std.places");
    }
  }

 private:
  Context& context_;
  const std::vector<InputFile>& files_;
  bool zone_read_ = false;
  Span zone_span_;
  std::vector<Named<syntax::PlaceDecl>> places_;
  std::vector<State> state_;  // by place
  std::vector<Named<syntax::RegionDecl>> regions_;
  absl::flat_hash_map<std::string_view, size_t, ViewHash> region_at_;
  std::vector<const syntax::PlaceDecl*> restated_places_;
  std::vector<const syntax::RegionDecl*> restated_regions_;
};

}  // namespace

void ReadWorld(Context& context, const std::vector<InputFile>& files) {
  WorldReader(context, files).Read();
  Program& program = context.program;
  program.activation_ns = context.Midnight(context.options.as_of);
  const int64_t last_day = DaysFromCivil(context.options.as_of) + context.options.horizon_days;
  program.horizon_ns = context.Midnight(CivilFromDays(last_day));
}

std::vector<std::string_view> PlaceNames(const Context& context) {
  std::vector<std::string_view> names = context.regions.names();
  const std::vector<std::string_view>& places = context.places.names();
  names.insert(names.end(), places.begin(), places.end());
  return names;
}

std::optional<Location> LocationOf(Context& context, const syntax::Name& name, ClauseId clause) {
  Location location;
  location.clause = clause;
  location.region = context.regions.Find(name.text);
  if (location.region.valid()) {
    const Region& region = context.program.regions[location.region.index()];
    location.countries = region.countries;
    std::string countries;
    for (size_t i = 0; i < context.program.countries.size(); ++i) {
      if (region.countries.test(i)) countries += (countries.empty() ? "" : ", ") + context.program.countries[i].name;
    }
    location.text = countries.empty() ? name.text : fmt::format("{} ({})", name.text, countries);
    return location;
  }
  const PlaceId place = context.places.Find(name.text);
  if (!place.valid()) {
    WorldReader::UnknownPlace(context, name);
    return std::nullopt;
  }
  location.text = name.text;
  location.countries = context.program.places[place.index()].countries;
  for (const RegionId region : context.program.places[place.index()].regions) {
    location.countries |= context.program.regions[region.index()].countries;
  }
  return location;
}

std::optional<PlaceSet> PlaceSetOf(Context& context, const syntax::PlaceList& list) {
  PlaceSet set;
  bool complete = true;
  for (const syntax::PlaceItem& item : list.items) {
    set.text +=
        (set.text.empty() ? "" : ", ") + std::string(item.adequate_for ? "places adequate for " : "") + item.name.text;
    const RegionId region = item.adequate_for ? RegionId::None() : context.regions.Find(item.name.text);
    if (region.valid()) {
      set.regions.push_back(region);
      continue;
    }
    const PlaceId place = context.places.Find(item.name.text);
    if (!place.valid()) {
      WorldReader::UnknownPlace(context, item.name);
      complete = false;
    } else if (item.adequate_for) {
      set.adequate_for.push_back(place);
    } else {
      const Place& covered = context.program.places[place.index()];
      set.countries |= covered.countries;
      set.regions.insert(set.regions.end(), covered.regions.begin(), covered.regions.end());
    }
  }
  const auto tidy = [](auto& ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  };
  tidy(set.regions);
  tidy(set.adequate_for);
  if (!complete) return std::nullopt;
  return set;
}

CertificateId InternCertificate(Context& context, const syntax::Name& name) {
  const CertificateId found = context.certificates.Find(name.text);
  if (found.valid()) return found;
  const CertificateId id(static_cast<uint32_t>(context.program.certificates.size()));
  context.program.certificates.push_back(name.text);
  context.certificates.Add(name.text, id);
  return id;
}

void AddCertificate(Context& context, const syntax::CertifiedTerm& term, Level level, const std::string& owner,
                    std::vector<Certificate>& certificates) {
  Certificate certificate;
  certificate.certificate = InternCertificate(context, term.certificate);
  for (const Certificate& other : certificates) {
    if (other.certificate == certificate.certificate) {
      context.Repeated(fmt::format("certified by {}", term.certificate.text), owner, term.span,
                       context.program.SpanOf(other.clause));
      return;
    }
  }
  if (term.checked) {
    const std::optional<Date> checked = DateOf(context, *term.checked, {"certified by dpf checked {}", "2026-10-01"});
    certificate.has_checked = checked.has_value();
    if (checked) certificate.checked = *checked;
  }
  certificate.clause = context.AddClause(term.span, level, owner);
  certificates.push_back(certificate);
}

}  // namespace bylaw::sema

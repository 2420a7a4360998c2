#include "compiler/sema/legality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/sema/program_builder.h"

namespace bylaw::sema {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The EU (DE, FR), the US with a dated adequacy decision for those certified by dpf, and CA without any.
struct World {
  ProgramBuilder builder;
  PlaceId de = builder.Country("DE"), fr = builder.Country("FR"), us = builder.Country("US"),
          ca = builder.Country("CA");
  PlaceId eu = builder.Place("EU", {de, fr});
  RegionId eu_central = builder.Region("eu-central-1", de), us_east = builder.Region("us-east-1", us),
           ca_central = builder.Region("ca-central-1", ca);
  CertificateId dpf = builder.CertificateNamed("dpf");
  Location central = builder.In(eu_central), east = builder.In(us_east), canada = builder.In(ca_central);
  Terms terms;

  World() {
    Adequacy& adequacy = builder.Adequate(eu, us);
    adequacy.certified_by = {dpf};
    adequacy.since = AtDate({2023, 7, 10});
    adequacy.until = AtDate({2027, 7, 11});
    terms.places.push_back(builder.Stays(PlaceSubject::kCalls, {eu}, {eu}));
  }
  Location Certified(Location location) {
    location.certificates.push_back({dpf, true, {2026, 10, 1}, builder.Say("certified by dpf checked 2026-10-01")});
    return location;
  }
  Legality Ask(const Location& location, Date date) {
    return LegalAt(builder.program(), terms, PlaceSubject::kCalls, location, AtDate(date));
  }
};

constexpr Date kNow{2026, 11, 23};

TEST(LegalAtTest, CountriesOfThePlaceSetAreLegalAndOthersAreNot) {
  World world;
  EXPECT_TRUE(world.Ask(world.central, kNow).legal);
  const Legality canada = world.Ask(world.canada, kNow);
  EXPECT_FALSE(canada.legal);
  EXPECT_EQ(canada.why_not, "in ca-central-1 (CA)");
  EXPECT_EQ(canada.clause, world.terms.places[0].clause);
}

TEST(LegalAtTest, AdequacyNeedsItsCertificateAndItsDates) {
  World world;
  const Legality uncertified = world.Ask(world.east, kNow);
  EXPECT_FALSE(uncertified.legal);
  EXPECT_EQ(uncertified.why_not, "in us-east-1 (US), not certified by dpf");

  const Location certified = world.Certified(world.east);
  const Legality legal = world.Ask(certified, kNow);
  EXPECT_TRUE(legal.legal);
  EXPECT_THAT(legal.adequacies, ElementsAre(world.builder.program().adequacies[0].clause));
  EXPECT_THAT(legal.certificates, ElementsAre(certified.certificates[0].clause));

  EXPECT_TRUE(world.Ask(certified, {2027, 7, 10}).legal);
  EXPECT_EQ(world.Ask(certified, {2027, 7, 11}).why_not,
            "in us-east-1 (US), the adequacy decision from EU to US lapses on 2027-07-11");
  EXPECT_EQ(world.Ask(certified, {2023, 7, 9}).why_not,
            "in us-east-1 (US), the adequacy decision from EU to US begins on 2023-07-10");
}

TEST(LegalAtTest, AdequacyIsNotTransitive) {
  World world;
  world.builder.Adequate(world.us, world.ca);
  EXPECT_FALSE(world.Ask(world.canada, kNow).legal);
}

TEST(LegalAtTest, OtherSubjectsAreNotConstrained) {
  World world;
  EXPECT_TRUE(LegalAt(world.builder.program(), world.terms, PlaceSubject::kState, world.canada, AtDate(kNow)).legal);
}

TEST(LegalAtTest, EveryConstraintMustHold) {
  World world;
  PlaceConstraint only_france = world.builder.Stays(PlaceSubject::kCalls, {world.fr});
  world.terms.places.push_back(only_france);
  const Legality germany = world.Ask(world.central, kNow);
  EXPECT_FALSE(germany.legal);
  EXPECT_EQ(germany.clause, only_france.clause);
}

TEST(LegalAtTest, ARegionThatIsNamedIsLegalAndAnUnstatedPlaceNever) {
  World world;
  PlaceConstraint region = world.builder.Stays(PlaceSubject::kCalls, {});
  region.places.regions = {world.us_east};
  world.terms.places = {region};
  EXPECT_TRUE(world.Ask(world.east, kNow).legal);
  EXPECT_FALSE(world.Ask(world.central, kNow).legal);
  EXPECT_FALSE(world.Ask(Location{}, kNow).legal);
  world.terms.places.clear();
  EXPECT_TRUE(world.Ask(Location{}, kNow).legal);
}

TEST(LegalAtTest, ALocationInSeveralCountriesNeedsAllOfThem) {
  World world;
  Location both = world.central;
  both.countries |= world.canada.countries;
  EXPECT_FALSE(world.Ask(both, kNow).legal);
  both = world.central;
  both.countries |= world.east.countries;
  EXPECT_FALSE(world.Ask(both, kNow).legal);
  EXPECT_TRUE(world.Ask(world.Certified(both), kNow).legal);
}

TEST(LegalIntervalsTest, EndWhereTheDecisionLapsesAndMergeWhereNothingChanges) {
  World world;
  const Program& program = world.builder.program();
  const TimeNs from = AtDate(kNow), to = from + 365 * kDayNs, lapse = AtDate({2027, 7, 11});
  const auto intervals = [&](const Location& location) {
    return LegalIntervals(program, world.terms, PlaceSubject::kCalls, location, from, to);
  };
  EXPECT_THAT(intervals(world.central), ElementsAre(Interval{from, to}));
  EXPECT_THAT(intervals(world.Certified(world.east)), ElementsAre(Interval{from, lapse}));
  EXPECT_THAT(intervals(world.canada), IsEmpty());
  EXPECT_THAT(ChangeInstants(program, from, to), ElementsAre(from, lapse));
  EXPECT_THAT(ChangeInstants(program, from, lapse), ElementsAre(from));
}

TEST(DateAtTest, IsTheDateOfTheDeclaredZone) {
  ProgramBuilder builder;
  EXPECT_EQ(DateAt(builder.program(), AtDate({2026, 11, 23}) - 1), (Date{2026, 11, 22}));
  builder.program().time_zone = "Europe/Berlin";
  EXPECT_EQ(DateAt(builder.program(), AtDate({2026, 11, 23}) - 1), (Date{2026, 11, 23}));
}

}  // namespace
}  // namespace bylaw::sema

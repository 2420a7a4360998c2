// V1 against the definition: random worlds, every endpoint of every route asked day by day for a year by a legality of
// the test's own; each finding's witness is replayed through the evaluator.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/prng.h"
#include "compiler/sema/program_builder.h"
#include "compiler/verify/replay_for_test.h"
#include "compiler/verify/verify.h"

namespace bylaw::verify {
namespace {

constexpr int kDays = 365;

struct Decision {  // an adequacy decision, as the test remembers it
  int to = 0;
  bool needs_certificate = false;
  int since = 0, until = 0;  // days from activation; until: first day no longer in force
};

// Country 0 is home; calls may go home and, in some worlds, to places adequate for it.
struct World {
  sema::ProgramBuilder builder;
  std::vector<sema::PlaceId> countries;
  std::vector<Decision> decisions;
  std::vector<std::pair<int, bool>> endpoints;  // country, certified
  std::vector<size_t> route;
  bool adequate_counts = false;
  ResourceId model = builder.Model("m");

  explicit World(uint64_t seed) {
    Prng prng(seed);
    for (const char* name : {"AA", "BB", "CC", "DD"}) countries.push_back(builder.Country(name));
    const sema::CertificateId certificate = builder.CertificateNamed("cert");
    const TimeNs activation = builder.program().activation_ns;
    for (uint64_t i = prng.Below(4); i > 0; --i) {
      Decision decision{static_cast<int>(prng.Between(1, 3)), prng.Chance(0.5),
                        static_cast<int>(prng.Between(-50, 300)), static_cast<int>(prng.Between(-20, 450))};
      sema::Adequacy& stated = builder.Adequate(countries[0], countries[decision.to]);
      if (decision.needs_certificate) stated.certified_by = {certificate};
      stated.since = activation + decision.since * kDayNs;
      stated.until = activation + decision.until * kDayNs;
      decisions.push_back(decision);
    }
    for (int i = 0; i < 4; ++i) {
      endpoints.emplace_back(static_cast<int>(prng.Below(4)), prng.Chance(0.5));
      const std::string name = "e" + std::to_string(i);
      sema::Location location =
          builder.In(builder.Region("r" + std::to_string(i), countries[static_cast<size_t>(endpoints.back().first)]));
      if (endpoints.back().second) {
        location.certificates.push_back({certificate, false, {}, builder.Say("certified by cert")});
      }
      builder.Serve(name, model, location, 1);
    }
    const WorkflowId workflow = builder.AddWorkflow("w");
    builder.Call(builder.AddStep(workflow, "s"), model);
    adequate_counts = prng.Chance(0.7);
    sema::Terms terms;
    terms.places.push_back(builder.Stays(sema::PlaceSubject::kCalls, {countries[0]},
                                         adequate_counts ? std::vector{countries[0]} : std::vector<sema::PlaceId>{}));
    if (prng.Chance(0.7)) AddRoute(prng, terms);
    builder.AddTenant("t", builder.AddTier("tier"), std::move(terms));
  }

  void AddRoute(Prng& prng, sema::Terms& terms) {
    sema::Route stated;
    stated.resource = model;
    stated.else_suspend = true;
    for (uint64_t i = 1 + prng.Below(3); i > 0; --i) {
      const auto endpoint = static_cast<size_t>(prng.Below(4));
      if (std::find(route.begin(), route.end(), endpoint) != route.end()) continue;
      route.push_back(endpoint);
      stated.endpoints.push_back(EndpointId(static_cast<uint32_t>(endpoint)));
      stated.endpoint_spans.push_back(builder.Line("e" + std::to_string(endpoint)));
    }
    stated.clause = builder.Say("route m");
    terms.routes.push_back(std::move(stated));
  }

  bool LegalOn(size_t endpoint, int day) const {
    const auto [country, certified] = endpoints[endpoint];
    if (country == 0) return true;
    if (!adequate_counts) return false;
    return std::any_of(decisions.begin(), decisions.end(), [&, c = country, has = certified](const Decision& decision) {
      return decision.to == c && decision.since <= day && day < decision.until && (has || !decision.needs_certificate);
    });
  }
  // The first day on which none of `among` is legal; kDays if there is none.
  int FirstDayWithout(const std::vector<size_t>& among) const {
    for (int day = 0; day < kDays; ++day) {
      const bool some = std::any_of(among.begin(), among.end(), [&](size_t e) { return LegalOn(e, day); });
      if (!some) return day;
    }
    return kDays;
  }
  // What V1 must report, by kind, with the date that a lapse must name.
  std::map<diag::Kind, std::string> Expected() const {
    std::map<diag::Kind, std::string> expected;
    const auto note = [&](int day, diag::Kind now) {
      if (day == kDays) return;
      const TimeNs at = builder_activation + day * kDayNs;
      const std::string date = FormatDate(CivilFromDays(at / kDayNs));
      expected.try_emplace(day == 0 ? now : diag::Kind::kResidencyLapse, day == 0 ? "" : "from " + date);
    };
    for (const size_t endpoint : route) note(FirstDayWithout({endpoint}), diag::Kind::kResidencyViolation);
    if (route.empty()) note(FirstDayWithout({0, 1, 2, 3}), diag::Kind::kNoLegalRoute);
    return expected;
  }
  TimeNs builder_activation = builder.program().activation_ns;
};

TEST(ResidencyTest, FindsEveryIllegalPromiseWithItsFirstDayAndNoOther) {
  std::map<diag::Kind, int> seen;
  int clean = 0;
  for (uint64_t seed = 0; seed < 2'000; ++seed) {
    World world(seed);
    const std::map<diag::Kind, std::string> expected = world.Expected();
    const std::shared_ptr<const sema::Program> program = world.builder.Build();
    diag::Sink sink;
    const VerifyResult result = Verify(program, {.replay = ReplayByEvaluator}, sink);
    ASSERT_THAT(result.internal_errors, ::testing::IsEmpty()) << "seed " << seed;
    std::set<diag::Kind> found;
    for (const diag::Diagnostic& diagnostic : sink.diagnostics()) {
      if (diagnostic.severity != diag::Severity::kError) continue;
      found.insert(diagnostic.kind);
      ++seen[diagnostic.kind];
      const auto it = expected.find(diagnostic.kind);
      ASSERT_NE(it, expected.end()) << "seed " << seed << ": " << diagnostic.message;
      ASSERT_THAT(diagnostic.message, ::testing::StartsWith(it->second)) << "seed " << seed;
    }
    ASSERT_EQ(found.size(), expected.size()) << "seed " << seed;
    ASSERT_EQ(result.verified.has_value(), expected.empty()) << "seed " << seed;
    clean += expected.empty();
  }
  EXPECT_GT(clean, 100);
  EXPECT_GT(seen[diag::Kind::kResidencyViolation], 100);
  EXPECT_GT(seen[diag::Kind::kResidencyLapse], 50);
  EXPECT_GT(seen[diag::Kind::kNoLegalRoute], 20);
}

}  // namespace
}  // namespace bylaw::verify

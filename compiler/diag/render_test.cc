#include "compiler/diag/render.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace bylaw::diag {
namespace {

class Render : public testing::Test {
 protected:
  source::Span Find(source::FileId file, std::string_view text) const {
    const uint32_t at = static_cast<uint32_t>(sources_.text(file).find(text));
    return {file, at, at + static_cast<uint32_t>(text.size())};
  }
  source::SourceSet sources_;
  source::FileId tiers_ = sources_.Add("tiers.bylaw", "tier standard {\n  route gpt-4 to gpt4-eu then gpt4-us\n}\n");
  source::FileId tenants_ = sources_.Add("tenants.bylaw", "tenant x on tier standard {\n  subject to GDPR\n}\n");
};

TEST_F(Render, LooksAsTheDesignShowsIt) {
  Sink sink;
  Diagnostic& d = sink.Add(Kind::kResidencyViolation, Find(tiers_, "gpt4-us"),
                           "european-institution's calls to gpt-4 are routed outside the EU");
  d.caret = "in us-east-1 (US), not certified by dpf";
  d.notes.push_back({"note", "calls go only to EU", Find(tenants_, "subject to GDPR")});
  d.notes.push_back({"path", "loan-approval, step compliance, when gpt4-eu is down", {}});
  d.help.push_back("give this tenant its own route");
  d.witness.push_back("gpt4-eu is down");
  EXPECT_EQ(RenderText(sources_, d),
            "error[residency-violation]: european-institution's calls to gpt-4 are routed outside the EU\n"
            " --> tiers.bylaw:2:31\n"
            "2 |   route gpt-4 to gpt4-eu then gpt4-us\n"
            "  |                               ^^^^^^^ in us-east-1 (US), not certified by dpf\n"
            " ::: tenants.bylaw:2:3\n"
            "2 |   subject to GDPR\n"
            "  |   ^^^^^^^^^^^^^^^ calls go only to EU\n"
            "  = path: loan-approval, step compliance, when gpt4-eu is down\n"
            "  = help: give this tenant its own route\n");
  const nlohmann::json json = RenderJson(sources_, d);
  EXPECT_EQ(json["kind"], "residency-violation");
  EXPECT_EQ(json["line"], 2);
  EXPECT_EQ(json["column"], 31);
  EXPECT_EQ(json["witness"], nlohmann::json::array({"gpt4-eu is down"}));
}

TEST_F(Render, SurvivesHostileLines) {
  const source::FileId junk = sources_.Add("junk.bylaw", std::string("\x01\xff\tx") + std::string(100'000, '('));
  Sink sink;
  const Diagnostic& d = sink.Add(Kind::kUnexpectedText, {junk, 50'000, 100'000}, "what is this \xff");
  const std::string text = RenderText(sources_, d);
  EXPECT_LT(text.size(), 2'000u);
  EXPECT_EQ(RenderJson(sources_, d)["kind"], "unexpected-text");
}

TEST_F(Render, SpanPastTheEndStillShowsOneCaret) {
  Sink sink;
  const uint32_t end = static_cast<uint32_t>(sources_.text(tiers_).size());
  const std::string text =
      RenderText(sources_, sink.Add(Kind::kUnexpectedText, {tiers_, end, end}, "the file ends here"));
  EXPECT_NE(text.find("^"), std::string::npos);
}

TEST(SummaryText, Counts) {
  Sink sink(1);
  EXPECT_EQ(Summary(sink), "no mistakes found");
  sink.Add(Kind::kUnknownName, {}, "a");
  sink.Add(Kind::kUnknownName, {}, "b");
  EXPECT_EQ(Summary(sink), "2 errors (1 of them not shown)");
}

}  // namespace
}  // namespace bylaw::diag

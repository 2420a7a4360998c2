// What the trace simulation and its scheduler promise. The recorded traces are read from BYLAW_TEST_DATA.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "base/prng.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/serving/model_server.h"
#include "simulator/serving/service_difference.h"

namespace bylaw::simulator {
namespace {

constexpr double kLoad = 1.25;

ServingResult Serve(const Trace& trace, const std::vector<uint32_t>& weights, Chooser& chooser) {
  ServerOptions options;
  options.slowness = SlownessForLoad(trace, kLoad, options);
  return ServeTrace(trace, weights, chooser, options);
}

double Unit(Prng& prng) { return (static_cast<double>(prng.Below(1'000'000)) + 0.5) / 1e6; }

// `tenants` with rates and lengths of their own, all far from equal; with `tails`, one answer in eight is 16 times as
// long as the others.
Trace RandomTrace(uint64_t seed, uint32_t tenants, int requests, bool tails) {
  Prng prng(seed);
  Trace trace;
  std::vector<double> input, output;
  for (uint32_t t = 0; t < tenants; ++t) {
    trace.tenants.push_back("t" + std::to_string(t));
    input.push_back(20 * std::exp(3 * Unit(prng)));
    output.push_back(30 * std::exp(2 * Unit(prng)));
  }
  TimeNs now = 0;
  for (int i = 0; i < requests; ++i) {
    now += static_cast<TimeNs>(prng.Below(kSecondNs / 2));
    const uint32_t tenant = static_cast<uint32_t>(static_cast<double>(tenants) * Unit(prng) * Unit(prng));
    const double longer = !tails ? 1 : prng.Below(8) == 0 ? 4 : 0.25;
    trace.requests.push_back({.arrival = now,
                              .tenant = tenant,
                              .input_tokens = 1 + static_cast<int64_t>(2 * input[tenant] * Unit(prng)),
                              .output_tokens = 1 + static_cast<int64_t>(2 * longer * output[tenant] * Unit(prng))});
  }
  return trace;
}

void ExpectOursIsLowest(const Trace& trace, const std::string& name) {
  const std::vector<uint32_t> weights(trace.tenants.size(), 1);
  const ServingResult ours = Serve(trace, weights, *MakeTokenFair(trace, weights));
  for (const auto& other :
       {MakeFirstComeFirstServed(), MakeRoundRobin(trace), MakeVirtualTokenCounter(trace, weights)}) {
    const ServingResult result = Serve(trace, weights, *other);
    EXPECT_LT(ours.max_service_difference, result.max_service_difference) << name;
    EXPECT_LT(ours.avg_service_difference, result.avg_service_difference) << name;
    EXPECT_EQ(ours.tokens, result.tokens);
    EXPECT_NEAR(static_cast<double>(ours.makespan_ns) / static_cast<double>(result.makespan_ns), 1, 0.02) << name;
  }
}

TEST(ServingTest, OnRecordedTracesTenantsDriftApartTheLeast) {
  const char* folder = std::getenv("BYLAW_TEST_DATA");
  if (folder == nullptr) GTEST_SKIP() << "BYLAW_TEST_DATA does not say where the recorded traces are";
  for (const char* file : {"lmsys_arena_trace.csv", "azure_llm_code_2023.csv"}) {
    std::ifstream in(std::string(folder) + "/" + file);
    ASSERT_TRUE(in) << file;
    const absl::StatusOr<Trace> trace = ReadTrace(std::string(std::istreambuf_iterator<char>(in), {}), {});
    ASSERT_TRUE(trace.ok()) << trace.status();
    ExpectOursIsLowest(*trace, file);
  }
}

// Traces made here: lower than token counters in the mean of their logarithms.
void ExpectOursIsLower(bool tails, double most_of_max, double most_of_avg) {
  double max_ratio = 0, avg_ratio = 0;
  constexpr int kTraces = 16;
  for (uint64_t seed = 1; seed <= kTraces; ++seed) {
    const Trace trace = RandomTrace(seed, 2 + static_cast<uint32_t>(seed) * 2, 1'200, tails);
    const std::vector<uint32_t> weights(trace.tenants.size(), 1);
    const ServingResult ours = Serve(trace, weights, *MakeTokenFair(trace, weights));
    const ServingResult counters = Serve(trace, weights, *MakeVirtualTokenCounter(trace, weights));
    max_ratio += std::log(ours.max_service_difference / counters.max_service_difference) / kTraces;
    avg_ratio += std::log(ours.avg_service_difference / counters.avg_service_difference) / kTraces;
  }
  EXPECT_LT(std::exp(max_ratio), most_of_max);
  EXPECT_LT(std::exp(avg_ratio), most_of_avg);
}
TEST(ServingTest, OnRandomTracesTenantsDriftApartLessThanUnderTokenCounters) { ExpectOursIsLower(false, 0.85, 0.9); }
TEST(ServingTest, AlsoWhereAnswersAreLongTailed) { ExpectOursIsLower(true, 1, 0.95); }

TEST(ServingTest, WeightsDivideTheTokensOfTenantsThatAlwaysWait) {
  Trace trace;
  trace.tenants = {"a", "b", "c"};
  Prng prng(7);
  for (int i = 0; i < 3'000; ++i) {
    trace.requests.push_back({.arrival = 0,
                              .tenant = static_cast<uint32_t>(i % 3),
                              .input_tokens = prng.Between(1, 100),
                              .output_tokens = i % 3 == 2 ? prng.Between(200, 400) : prng.Between(1, 60)});
  }
  const std::vector<uint32_t> weights = {1, 2, 3};
  // As long as all three wait, what they are given is in proportion: their weighted difference stays within a few
  // requests.
  const ServingResult ours = ServeTrace(trace, weights, *MakeTokenFair(trace, weights), {});
  EXPECT_LT(ours.max_service_difference, 4 * 900);
  const ServingResult fifo = ServeTrace(trace, weights, *MakeFirstComeFirstServed(), {});
  EXPECT_GT(fifo.max_service_difference, 20 * ours.max_service_difference);
}

TEST(ServiceDifferenceTest, CountsOnlyIntervalsInWhichBothWait) {
  ServiceDifference difference({1, 2});
  difference.Begin(0);
  difference.Serve(0, 100);
  difference.Observe();
  EXPECT_EQ(difference.max(), 0);
  difference.Begin(1);
  difference.Serve(0, 30);
  difference.Serve(1, 20);
  difference.Observe();  // 30 against 20 / 2
  EXPECT_EQ(difference.max(), 20);
  difference.Serve(1, 80);
  difference.Observe();  // 30 against 100 / 2
  EXPECT_EQ(difference.max(), 40) << "from +20 to −20";
  difference.End(0);
  difference.Serve(1, 1'000);
  difference.Observe();
  EXPECT_EQ(difference.max(), 40);
  EXPECT_DOUBLE_EQ(difference.avg(), (20 + 20) / 2.0);
  difference.Begin(0);
  difference.Observe();
  EXPECT_DOUBLE_EQ(difference.avg(), (20 + 20 + 0) / 3.0) << "another interval begins at nothing";
}

TEST(TraceTest, ReadsBothLayoutsAndSaysWhatIsWrong) {
  const auto plain = ReadTrace("arrival_s,tenant,input_tokens,output_tokens\n1.5,b,10,20\n0.5,a,1,2\r\n", {});
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_THAT(plain->tenants, testing::ElementsAre("b", "a"));
  EXPECT_EQ(plain->requests[0].arrival, 0);
  EXPECT_EQ(plain->requests[0].tenant, 1u);
  EXPECT_EQ(plain->requests[1].arrival, kSecondNs);
  EXPECT_EQ(plain->requests[1].output_tokens, 20);

  const std::string azure =
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n2023-11-16 18:17:04.4799600,3,0\n";
  const auto dated = ReadTrace(azure, {.tenants = 5, .seed = 3});
  ASSERT_TRUE(dated.ok()) << dated.status();
  EXPECT_EQ(dated->tenants.size(), 5u);
  EXPECT_EQ(dated->requests[1].arrival, kSecondNs / 2);
  EXPECT_EQ(dated->requests[1].output_tokens, 1) << "every answer has a token";
}

constexpr char kHeader[] = "arrival_s,tenant,input_tokens,output_tokens\n";

TEST(TraceTest, ReadsWhatSpreadsheetsAndScriptsWrite) {
  const auto odd = ReadTrace(
      "\xEF\xBB\xBF\"Output_Tokens\",x,TENANT,arrival_s,input_tokens\r\n"
      "2.0,\"a,b\",\"Müller, \"\"Söhne\"\"\",2.5e0,1e3\r\n\r\n"
      "0,,<b>,-1.5e-1, 7 ",
      {});
  ASSERT_TRUE(odd.ok()) << odd.status();
  EXPECT_THAT(odd->tenants, testing::ElementsAre("Müller, \"Söhne\"", "<b>"));
  EXPECT_EQ(odd->requests[0].tenant, 1u) << "in order of arrival";
  EXPECT_EQ(odd->requests[0].input_tokens, 7);
  EXPECT_EQ(odd->requests[1].arrival, kSecondNs * 265 / 100);
  EXPECT_EQ(odd->requests[1].input_tokens, 1'000);
  EXPECT_EQ(odd->requests[1].output_tokens, 2);
}

TEST(TraceTest, ReadsSecondsSince1970AndDatesWithAZone) {
  const auto unix = ReadTrace(std::string(kHeader) + "1700000001.5,a,1000,2\n1700000000,b,0,0\n", {});
  ASSERT_TRUE(unix.ok()) << unix.status();
  EXPECT_EQ(unix->requests[1].arrival, 3 * kSecondNs / 2);
  EXPECT_EQ(unix->requests[0].input_tokens, 0);
  EXPECT_EQ(unix->requests[0].output_tokens, 1);
  const auto zoned = ReadTrace(
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2024-05-10 00:00:00.5+00:00,1,2\n2024-05-10T02:00:01+02:00,1,2\n", {});
  ASSERT_TRUE(zoned.ok()) << zoned.status();
  EXPECT_EQ(zoned->requests[1].arrival, kSecondNs / 2);
}

TEST(TraceTest, SaysWhereWhatIsWrongAndWhatToWrite) {
  const auto message = [](const std::string& csv) { return std::string(ReadTrace(csv, {}).status().message()); };
  const auto of_row = [&](const std::string& row) { return message(kHeader + ("0,z,1,1\n" + row + "\n")); };
  EXPECT_THAT(message(""), testing::HasSubstr("the file is empty; a trace begins with `arrival_s"));
  EXPECT_THAT(message("a,b\n1,2\n"), testing::HasSubstr("line 1: there is no column `arrival_s`; a trace begins with"));
  EXPECT_THAT(message("arrival_s,tenant,input_tokens\n"), testing::HasSubstr("no column `output_tokens`"));
  EXPECT_THAT(message("arrival_s,tenant,tenant,input_tokens,output_tokens\n"), testing::HasSubstr("columns 2 and 3"));
  EXPECT_THAT(message(kHeader), testing::HasSubstr("a header and no request; write one a line"));
  EXPECT_EQ(of_row("1,a,many,3"),
            "line 3: \"many\" is not a number of tokens; `input_tokens` is a whole number from 0 on, as 120");
  for (const char* const tokens : {"-1", "nan", "inf", "1.5", "", "0x10", "99999999999999999999999999x"}) {
    EXPECT_THAT(of_row(std::string("1,a,2,") + tokens), testing::HasSubstr("line 3: \"" + std::string(tokens) + "\""));
  }
  for (const char* const tokens : {"1e30", "10000001", "99999999999999999999"}) {
    EXPECT_THAT(of_row(std::string("1,a,2,") + tokens), testing::HasSubstr("write at most 10000000")) << tokens;
  }
  for (const char* const time :
       {"soon", "nan", "-inf", "1e300", "1e10", "", "2023-13-01 00:00:00", "9999-01-01 00:00:00"}) {
    EXPECT_THAT(of_row(std::string(time) + ",a,2,3"), testing::HasSubstr("is not a time; write seconds, as 12.5"));
  }
  EXPECT_THAT(of_row("1,,2,3"), testing::HasSubstr("line 3: no tenant; write its name"));
  EXPECT_THAT(of_row("1,a"), testing::HasSubstr("line 3: 2 cells, where the header has 4"));
  EXPECT_THAT(of_row("1,a,b,2,3"), testing::HasSubstr("line 3: 5 cells, where the header has 4"));
  EXPECT_THAT(of_row("1,\"a\nb\",2,3\n1,\"c,2,3"), testing::HasSubstr("line 5: the quote is never closed; write"));
  EXPECT_THAT(of_row("1e9,a,2,3"), testing::HasSubstr("more than 366 days"));
  std::string much = kHeader;
  for (int i = 0; i < 1'001; ++i) much += "0,a,1,10000000\n";
  EXPECT_THAT(message(much), testing::HasSubstr("writes 10010000000 tokens in all"));
}

TEST(ServingTest, AsManyTenantsAsCanBeComparedAndNoMore) {
  Trace trace;
  for (uint32_t i = 0; i < 5'000; ++i) {
    trace.tenants.push_back(std::to_string(i));
    trace.requests.push_back({.arrival = 0, .tenant = i, .input_tokens = 1, .output_tokens = 1});
  }
  const std::vector<uint32_t> weights(trace.tenants.size(), 1);
  EXPECT_TRUE(ServeTrace(trace, weights, *MakeTokenFair(trace, weights), {}).too_many_waited);
  trace.requests.resize(kMostTenantsCompared);
  const ServingResult result = ServeTrace(trace, weights, *MakeTokenFair(trace, weights), {});
  EXPECT_FALSE(result.too_many_waited);
  EXPECT_EQ(result.tokens, static_cast<int64_t>(2 * kMostTenantsCompared));
}

}  // namespace
}  // namespace bylaw::simulator

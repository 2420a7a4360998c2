// What records say besides what happened: by which legal basis data went where it did, and under which exceptions.
#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "runtime/engine/engine_world.h"

namespace bylaw::engine {
namespace {

using abi::Reason;
using abi::Verdict;
using audit::Event;
using audit::Record;

constexpr TimeNs kFrom = kMondayMorning + kHourNs;
constexpr TimeNs kUntil = kMondayMorning + 2 * kHourNs;

// The lending platform, with two places that are legal by one sentence until kFrom and by another from then on.
std::shared_ptr<const abi::PolicyImage> WithBases(Lending& lending) {
  lending.policy.AddTenant({.name = "bank"});
  auto image = std::make_shared<abi::PolicyImage>(*lending.policy.Build());
  image->bases = {{.clauses = {kClausePlaces}, .grounds = {"world.bylaw:9: adequacy from EU to US"}},
                  {.clauses = {kClausePlaces}, .grounds = {}}};
  abi::ShapeInfo& shape = image->shapes[0];
  shape.legal_from = {kBeginningOfTimeNs, kFrom};
  shape.legal = {shape.legal[0], shape.legal[0]};
  shape.basis = {std::vector<uint32_t>(image->endpoints.size(), 0), std::vector<uint32_t>(image->endpoints.size(), 1)};
  return image;
}

std::vector<Record> RecordsOf(const EngineWorld& world, Event event) {
  std::vector<Record> found;
  for (const Record& record : world.sink.records()) {
    if (record.event == event) found.push_back(record);
  }
  return found;
}

TEST(EngineAuditTest, EachPlaceIsTiedToTheBasisThatHeldWhenItWasCalled) {
  Lending lending;
  EngineWorld world(WithBases(lending));
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  world.Do(run);
  EXPECT_EQ(world.CountRecords(Event::kBasisEnds), 0u);
  world.Advance(kHourNs);
  world.Do(run);
  const std::vector<Record> ended = RecordsOf(world, Event::kBasisEnds);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].endpoint, lending.identity.value());
  EXPECT_EQ(ended[0].basis, 0u) << "it was called before the change";
  while (world.engine->NextStep(run).valid()) world.Do(run);
  world.engine->Finish(run);
  const std::vector<Record> finished = RecordsOf(world, Event::kFinished);
  ASSERT_EQ(finished.size(), 2u);
  for (const Record& record : finished) EXPECT_EQ(record.basis, 1u);
  EXPECT_EQ(finished[0].endpoint, lending.bureau_a.value());
  EXPECT_EQ(finished[1].endpoint, lending.model.value());
}

TEST(EngineAuditTest, ABasisThatCannotBeWrittenDownFailsClosed) {
  Lending lending;
  EngineWorld world(WithBases(lending));
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  world.Do(run);
  world.Advance(kHourNs);
  world.sink.Fail(absl::DataLossError("the disk is full"));
  const abi::Decision decision = world.Begin(run);
  EXPECT_EQ(VerdictOf(decision), Verdict::kDeny);
  EXPECT_EQ(ReasonOf(decision), Reason::kFailClosed);
  EXPECT_EQ(world.StateOf(run), RunState::kSuspended);
  EXPECT_EQ(world.engine->StatusOf(run).spent_micros, 2 * kCent) << "nothing is reserved for what is not done";
  world.ExpectConsistent();
}

TEST(EngineAuditTest, RecordsNameTheExceptionsThatHoldForTheirTenant) {
  Lending lending(10);
  const ResourceId bureau = lending.policy.Resource("bureau");
  const auto limit = [&](int64_t calls) { return CallsPer(4 * kHourNs, calls, bureau); };
  const TenantId other = lending.policy.AddTenant({.name = "other", .rates = {limit(1)}});
  const TenantId bank = lending.policy.AddTenant({.name = "bank", .rates = {limit(1)}});
  lending.policy.AddPhase(bank, kFrom, kUntil, {.name = "bank", .rates = {limit(2)}});
  EngineWorld world(lending.policy.Build());
  const auto refused = [&](TenantId tenant) {
    const RunId run = world.Submit(tenant);
    while (const auto turn = world.engine->Next(PoolId(0))) {
      world.Do(turn->run);
      if (VerdictOf(world.Begin(turn->run)) == Verdict::kWait) break;
    }
    EXPECT_TRUE(world.engine->Cancel(run).ok());
    return RecordsOf(world, Event::kDecision).back();
  };
  world.engine->CountCalls(bank, bureau, 1);
  world.engine->CountCalls(other, bureau, 1);
  EXPECT_EQ(refused(bank).exception, abi::kNoId);
  world.Advance(kHourNs);
  world.engine->CountCalls(bank, bureau, 1);
  EXPECT_EQ(refused(bank).exception, 0u);
  EXPECT_EQ(refused(other).exception, abi::kNoId);
  world.Advance(kHourNs);
  EXPECT_EQ(refused(bank).exception, abi::kNoId);
  const std::vector<Record> changes = RecordsOf(world, Event::kException);
  ASSERT_EQ(changes.size(), 2u);
  for (const Record& record : changes) EXPECT_EQ(record.exception, 0u);
  EXPECT_EQ(changes[0].verdict, Verdict::kProceed) << "in force";
  EXPECT_EQ(changes[1].verdict, Verdict::kSkip) << "lapsed";
}

}  // namespace
}  // namespace bylaw::engine

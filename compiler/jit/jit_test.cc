#include "compiler/jit/jit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "compiler/plan/policy_for_test.h"

namespace bylaw::jit {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Jit& Loaded() {
  absl::StatusOr<const Jit*> jit = LoadJit();
  BYLAW_CHECK(jit.ok(), std::string(jit.status().message()).c_str());
  return **jit;
}

TEST(Jit, CompiledImageDecides) {
  for (const OptLevel level : {OptLevel::kO0, OptLevel::kO2}) {
    plan::TestPolicy policy;
    policy.FollowLadder();
    const auto plan = policy.Build();
    auto image = Loaded().CompileImage(plan, level);
    ASSERT_TRUE(image.ok()) << image.status();
    plan::Asker asker(plan);
    asker.image = *image;
    EXPECT_EQ(asker.Ask("compliance").endpoint, policy.gpt4_us.value());
    asker.request.remaining_micros = 199'999;
    EXPECT_EQ(asker.Ask("compliance").resource, policy.mini.value());
  }
}

TEST(Jit, DumpsShowTheStepsCode) {
  plan::TestPolicy policy;
  const auto plan = policy.Build();
  const auto llvm = Loaded().DumpLlvm(plan, OptLevel::kO2);
  ASSERT_TRUE(llvm.ok()) << llvm.status();
  EXPECT_THAT(*llvm, HasSubstr("define void @step_0("));
  const auto assembly = Loaded().DumpAsm(plan, OptLevel::kO2);
  ASSERT_TRUE(assembly.ok()) << assembly.status();
  EXPECT_THAT(*assembly, HasSubstr("step_3:"));
  EXPECT_THAT(*Loaded().DumpLlvm(plan, OptLevel::kO0), HasSubstr("alloca"));
  EXPECT_THAT(*llvm, Not(HasSubstr("alloca")));
}

size_t Mappings() {
  std::ifstream maps("/proc/self/maps");
  size_t lines = 0;
  for (std::string line; std::getline(maps, line);) ++lines;
  return lines;
}

TEST(Jit, CodeIsFreedWithItsImage) {
  plan::TestPolicy policy;
  const auto plan = policy.Build();
  const auto reload = [&](int times) {
    for (int i = 0; i < times; ++i) ASSERT_TRUE(Loaded().CompileImage(plan, OptLevel::kO0).ok());
  };
  reload(20);
  const size_t before = Mappings();
  reload(200);
  EXPECT_LE(Mappings(), before + 10);
}

}  // namespace
}  // namespace bylaw::jit

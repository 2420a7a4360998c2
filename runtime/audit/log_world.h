// Test support: a log in simulated files, of a policy with names, and what was acknowledged of it.
#ifndef BYLAW_RUNTIME_AUDIT_LOG_WORLD_H_
#define BYLAW_RUNTIME_AUDIT_LOG_WORLD_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/simulated_file_system.h"
#include "gtest/gtest.h"
#include "runtime/audit/log.h"
#include "runtime/audit/log_reader.h"
#include "runtime/audit/verify_log.h"

namespace bylaw::audit {

inline constexpr char kFolder[] = "audit";

inline std::shared_ptr<const abi::PolicyImage> NamedImage() {
  auto image = std::make_shared<abi::PolicyImage>();
  image->tenant_names = {"bank", "union"};
  for (uint32_t tenant = 0; tenant < 2; ++tenant) {
    abi::TenantRecord record;
    record.tenant = TenantId(tenant);
    record.provenance_begin = tenant;
    image->tenants.Edit().push_back(record);
  }
  image->clauses = {{"tenants.bylaw", 3, "tenant bank on tier standard"},
                    {"tenants.bylaw", 9, "at most 2 workflows at once"},
                    {"rules.bylaw", 1, "gpt-4 is never for small loans"}};
  image->provenance = {ClauseId(0), ClauseId(1)};  // the tenant's own declaration, of each
  image->resources = {"gpt-4"};
  image->endpoints.resize(1);
  image->endpoints[0].name = "gpt4-eu";
  image->regions = {"eu-west-1"};
  image->workflows.resize(1);
  image->workflows[0].name = "loan";
  image->workflows[0].steps.resize(2);
  image->workflows[0].steps[0].name = "verify";
  image->workflows[0].steps[1].name = "decide";
  return image;
}

inline Record NumberedRecord(uint32_t number) {
  Record record;
  record.event = number % 3 == 0 ? Event::kFinished : Event::kDecision;
  record.verdict = abi::Verdict::kSuspend;
  record.reason = abi::Reason::kResidency;
  record.wall_ns = 1'000 * number;
  record.run = number;
  record.tenant = number % 2;
  record.workflow = 0;
  record.step = number % 2;
  record.resource = record.endpoint = record.region = 0;
  record.clause = number % 5 == 0 ? 2 : abi::kTenantTerm;
  return record;
}

class LogWorld {
 public:
  explicit LogWorld(const LogOptions& options = {}) : key(SigningKey::Generate()), options_(options) {}

  // Opens the log; what is acknowledged is kept.
  absl::Status Open() {
    absl::StatusOr<std::unique_ptr<Log>> opened = Log::Open(&files, kFolder, key, 0, options_);
    if (!opened.ok()) return opened.status();
    log = *std::move(opened);
    log->BeginEpoch(0, NamedImage());
    return absl::OkStatus();
  }
  void MustOpen() { ASSERT_TRUE(Open().ok()) << Open(); }
  bool Append(uint32_t number) { return log->Append(NumberedRecord(number)); }

  Verification Verify(const Expected& expected = {}) const {
    absl::StatusOr<Verification> result = VerifyLog(files, kFolder, expected);
    if (result.ok()) return *std::move(result);
    Verification gone;
    gone.problem = std::string(result.status().message());
    return gone;
  }
  // The run numbers in the log, in order.
  std::vector<uint32_t> Runs() const {
    std::vector<uint32_t> runs;
    const auto scan = ScanLog(files, kFolder, {}, [&](const Entry& entry) { runs.push_back(entry.record.run); });
    EXPECT_TRUE(scan.ok()) << scan.status();
    return runs;
  }

  SimulatedFileSystem files;
  SigningKey key;
  std::unique_ptr<Log> log;

 private:
  LogOptions options_;
};

}  // namespace bylaw::audit

#endif  // BYLAW_RUNTIME_AUDIT_LOG_WORLD_H_

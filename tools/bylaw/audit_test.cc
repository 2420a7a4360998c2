// `bylaw audit` on a log in real files, whose policy is gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "base/file_system.h"
#include "runtime/audit/log.h"
#include "tools/bylaw/commands.h"

namespace bylaw::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AuditCommand : public ::testing::Test {
 protected:
  AuditCommand() : folder_(::testing::TempDir() + "bylaw-audit-test") {
    std::filesystem::remove_all(folder_);
    flags_.folder = folder_ + "/log";
    WriteTo(folder_ + "/output", Format::kText);
    audit::SigningKey key = audit::SigningKey::Generate();
    const std::string pem = audit::ToPem(key.public_key());
    log_ = *audit::Log::Open(&files_, flags_.folder, std::move(key), 0, {});
    std::ofstream(folder_ + "/key.pem") << pem;
    std::ofstream(folder_ + "/other.pem") << audit::ToPem(audit::SigningKey::Generate().public_key());
    auto image = std::make_shared<abi::PolicyImage>();
    image->tenant_names = {"bank", "union"};
    image->tenants.Edit().resize(2);
    image->clauses = {{"tenants.bylaw", 34, "subject to GDPR"}};
    image->clauses.Add({"tenants.bylaw", 41, "at most 80 workflows at once"});
    image->provenance = {ClauseId(0), ClauseId(0), ClauseId(1)};
    image->tenants.Edit()[1].provenance_begin = 1;
    image->bases = {{.clauses = {abi::kTenantTerm}, .grounds = {"world.bylaw:9: adequacy from EU to US (2023/1795)"}}};
    abi::TenantRecord phase = image->tenants[1];
    phase.tenant = TenantId(1);
    phase.provenance_begin = 2;
    image->phases = {{TenantId(1), 0, 1, phase, "tenants.bylaw:40: exception quarter-end (OPS-4121) until 2027-01-05"}};
    log_->BeginEpoch(0, image);
    for (const uint32_t tenant : {0, 1, 0}) Append(tenant);
  }
  ~AuditCommand() override { std::filesystem::remove_all(folder_); }

  void Append(uint32_t tenant) {
    audit::Record record;
    record.wall_ns = 1'795'424'400'250'000'000;  // 2026-11-23 09:00:00.25
    record.event = audit::Event::kDecision;
    record.verdict = abi::Verdict::kSuspend;
    record.reason = abi::Reason::kResidency;
    record.tenant = tenant;
    record.clause = 0;
    EXPECT_TRUE(log_->Append(record));
    EXPECT_TRUE(log_->Commit().ok());
  }
  void WriteTo(const std::string& path, Format format) { options_.writes = {{format, path}}; }
  std::string Output() const {
    const absl::StatusOr<std::string> text = PosixFileSystem().Read(options_.writes[0].path);
    return text.ok() ? *text : "";
  }

  PosixFileSystem files_;
  std::string folder_;
  Options options_;
  AuditFlags flags_;
  std::unique_ptr<audit::Log> log_;
};

TEST_F(AuditCommand, ExplainPrintsTheClauseAfterThePolicyIsGone) {
  log_.reset();
  flags_.id = 2;
  EXPECT_EQ(RunAuditExplain(options_, flags_), kClean);
  EXPECT_THAT(Output(), HasSubstr("#2  2026-11-23 09:00:00.250 UTC  suspend because of residency"));
  EXPECT_THAT(Output(), HasSubstr("tenant     union"));
  EXPECT_THAT(Output(), HasSubstr("clause     tenants.bylaw:34: subject to GDPR"));
  flags_.id = 9;
  EXPECT_EQ(RunAuditExplain(options_, flags_), kUsage);
}

TEST_F(AuditCommand, ExplainTellsTheLegalBasisAndTheExceptionInForce) {
  audit::Record record;
  record.event = audit::Event::kFinished;
  record.tenant = 1;
  record.clause = abi::kTenantTerm;
  record.basis = 0;
  EXPECT_TRUE(log_->Append(record));
  record.exception = 0;
  EXPECT_TRUE(log_->Append(record));
  EXPECT_TRUE(log_->Commit().ok());
  log_.reset();
  flags_.id = 4;
  EXPECT_EQ(RunAuditExplain(options_, flags_), kClean);
  EXPECT_THAT(Output(), HasSubstr("legal by   tenants.bylaw:34: subject to GDPR; world.bylaw:9: adequacy from EU to US "
                                  "(2023/1795)\n"));
  EXPECT_THAT(Output(), Not(HasSubstr("exception")));
  flags_.id = 5;
  EXPECT_EQ(RunAuditExplain(options_, flags_), kClean);
  EXPECT_THAT(Output(), HasSubstr("exception  tenants.bylaw:40: exception quarter-end (OPS-4121) until 2027-01-05\n"));
  EXPECT_THAT(Output(), HasSubstr("clause     tenants.bylaw:41: at most 80 workflows at once\n"))
      << "a term is quoted as it is while the exception holds";
  WriteTo(folder_ + "/output", Format::kJson);
  EXPECT_EQ(RunAuditExplain(options_, flags_), kClean);
  EXPECT_THAT(Output(), HasSubstr("\"legal_basis\": \"tenants.bylaw:41"));
  EXPECT_THAT(Output(), HasSubstr("\"exception\": \"tenants.bylaw:40"));
}

TEST_F(AuditCommand, TailIsOfOneTenantIfAsked) {
  flags_.count = 5;
  flags_.tenant = "bank";
  EXPECT_EQ(RunAuditTail(options_, flags_), kClean);
  EXPECT_THAT(Output(), HasSubstr("#1"));
  EXPECT_THAT(Output(), HasSubstr("#3"));
  EXPECT_THAT(Output(), Not(HasSubstr("union")));
  flags_.count = 1;
  WriteTo(folder_ + "/output", Format::kJson);
  EXPECT_EQ(RunAuditTail(options_, flags_), kClean);
  EXPECT_THAT(Output(), HasSubstr("\"id\": 3"));
  EXPECT_THAT(Output(), Not(HasSubstr("\"id\": 1")));
}

TEST_F(AuditCommand, VerifyTellsAnIntactLogFromOneThatIsNot) {
  flags_.key = folder_ + "/key.pem";
  EXPECT_EQ(RunAuditVerify(options_, flags_), kClean);
  EXPECT_THAT(Output(), HasSubstr("intact: 3 records"));
  flags_.key = folder_ + "/other.pem";
  EXPECT_EQ(RunAuditVerify(options_, flags_), kViolation);
  flags_.key.clear();
  const std::string segment = flags_.folder + "/000001.audit";
  std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(segment)) - 60);
  file.put('x');
  file.close();
  EXPECT_EQ(RunAuditVerify(options_, flags_), kViolation);
  EXPECT_THAT(Output(), HasSubstr("not intact: 000001.audit at byte"));
  EXPECT_THAT(Output(), HasSubstr("the records before it (2) are whole"));
  flags_.folder = folder_ + "/nowhere";
  EXPECT_EQ(RunAuditVerify(options_, flags_), kUsage);
}

TEST_F(AuditCommand, AHeadKeptElsewhereShowsAnOlderCopy) {
  const std::string copy = folder_ + "/copy";
  std::filesystem::copy(flags_.folder, copy);
  Append(1);
  WriteTo(folder_ + "/witness", Format::kText);
  EXPECT_EQ(RunAuditHead(options_, flags_), kClean);
  WriteTo(folder_ + "/output", Format::kText);
  flags_.head = folder_ + "/witness";
  EXPECT_EQ(RunAuditVerify(options_, flags_), kClean);
  flags_.folder = copy;
  EXPECT_EQ(RunAuditVerify(options_, flags_), kViolation);
  EXPECT_THAT(Output(), HasSubstr("an older copy"));
  flags_.head = folder_ + "/key.pem";
  EXPECT_EQ(RunAuditVerify(options_, flags_), kUsage);
}

}  // namespace
}  // namespace bylaw::cli

// `bylaw audit verify | tail | explain | head`: what an audit log says, and whether it is whole. Reads the files alone:
// no policy, no running engine.

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/file_system.h"
#include "base/money.h"
#include "runtime/audit/log_reader.h"
#include "runtime/audit/verify_log.h"
#include "tools/bylaw/commands.h"

namespace bylaw::cli {
namespace {

using audit::Entry;
using audit::Event;

// "2026-11-23 09:00:01.250 UTC".
std::string TimeText(TimeNs wall_ns) {
  const int64_t millis = wall_ns / 1'000'000 - (wall_ns % 1'000'000 < 0);
  const int64_t seconds = millis / 1'000 - (millis % 1'000 < 0);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03} UTC", fmt::gmtime(static_cast<std::time_t>(seconds)),
                     millis - seconds * 1'000);
}

// What an entry owns once the visit is over.
struct KeptEntry {
  explicit KeptEntry(const Entry& entry)
      : record(entry.record),
        boot(entry.boot),
        tenant(entry.tenant),
        workflow(entry.workflow),
        step(entry.step),
        resource(entry.resource),
        endpoint(entry.endpoint),
        region(entry.region),
        store(entry.store),
        reviewers(entry.reviewers),
        clause(entry.clause),
        basis(entry.basis),
        exception(entry.exception) {}
  audit::Record record;
  uint32_t boot;
  std::string tenant, workflow, step, resource, endpoint, region, store, reviewers, clause, basis, exception;
};

bool IsWhereabouts(Event event) {
  return event == Event::kParked || event == Event::kFinished || event == Event::kBasisEnds;
}

// What happened, in a few words.
std::string Headline(const KeptEntry& entry) {
  const audit::Record& record = entry.record;
  const std::string verdict(abi::VerdictName(record.verdict));
  const std::string because =
      record.reason == abi::Reason::kNone ? "" : fmt::format(" because of {}", abi::ReasonName(record.reason));
  switch (record.event) {
    case Event::kDecision:
      return verdict + because;
    case Event::kDowngrade:
      return fmt::format("downgrade: rung {} of the ladder, {}{}", record.rung, verdict, because);
    case Event::kBurst:
      return "a workflow started above the cap: burst";
    case Event::kCapHit:
      return "a workflow waits: the cap is reached";
    case Event::kRefused:
      return "a new workflow was refused" + because;
    case Event::kOverrun:
      return "an attempt cost more than was reserved";
    case Event::kReview:
      return fmt::format("reviewer {} {}", record.actor,
                         record.verdict == abi::Verdict::kProceed ? "approved" : "rejected");
    case Event::kParked:
      return fmt::format("parked: {}{}", verdict, because);
    case Event::kFinished:
      return record.verdict == abi::Verdict::kProceed ? "finished" : "ended: " + verdict + because;
    case Event::kException:
      return record.verdict == abi::Verdict::kProceed ? "in force from now on" : "lapsed";
    case Event::kRevocation:
      return "withdrawn for everybody";
    case Event::kReload:
      return fmt::format("policy {} was published", record.epoch);
    case Event::kRestored:
      return "taken up again after a restart";
    case Event::kErased:
      return fmt::format("data erased: {} values", record.amount_micros);
    case Event::kBasisEnds:
      return "the legal basis of its calls ends";
    case Event::kSlotLost:
      return "its worker was not heard of any more: the slot was taken back";
  }
  return std::string(audit::EventName(record.event));
}

// A run's name in this log, for as long as it lives: where it was accepted, and its number there.
std::string RunText(const KeptEntry& entry) {
  const audit::Record& record = entry.record;
  if (record.run == abi::kNoId) return "";
  return fmt::format("{}.{}.{}", record.run_boot == 0 ? entry.boot : record.run_boot, record.run,
                     record.run_generation);
}

std::string EndpointText(const KeptEntry& entry) {
  std::string text = entry.endpoint;
  if (!entry.region.empty()) text += " in " + entry.region;
  if (!entry.resource.empty()) text += text.empty() ? entry.resource : fmt::format(" (for {})", entry.resource);
  return text;
}

std::string RenderEntry(const Options& options, const KeptEntry& entry) {
  const audit::Record& record = entry.record;
  std::string text = fmt::format("{}  {}  {}\n", Paint(options, "1", fmt::format("#{}", record.sequence)),
                                 TimeText(record.wall_ns), Headline(entry));
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) text += fmt::format("  {:<10} {}\n", name, value);
  };
  add("tenant", entry.tenant);
  if (!entry.workflow.empty()) {
    std::string at = entry.workflow;
    if (!entry.step.empty()) at += ", step " + entry.step;
    if (record.attempt > 1) at += fmt::format(", attempt {}", record.attempt);
    add("workflow", at);
  }
  add("run", RunText(entry));
  add(IsWhereabouts(record.event) ? "data was at" : "endpoint", EndpointText(entry));
  add("state in", entry.store);
  add("reviewers", entry.reviewers);
  const bool amount = record.amount_micros != 0 && record.event != Event::kErased;
  if (amount) add("amount", FormatMoney({record.amount_micros, Currency::kUsd}).substr(1));
  add("clause", entry.clause);
  add("legal by", entry.basis);
  add("exception", entry.exception);
  return text;
}

nlohmann::json EntryJson(const KeptEntry& entry) {
  const audit::Record& record = entry.record;
  nlohmann::json json{{"id", record.sequence},
                      {"time", TimeText(record.wall_ns)},
                      {"event", audit::EventName(record.event)},
                      {"verdict", abi::VerdictName(record.verdict)},
                      {"reason", abi::ReasonName(record.reason)},
                      {"headline", Headline(entry)}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) json[name] = value;
  };
  add("tenant", entry.tenant);
  add("workflow", entry.workflow);
  add("step", entry.step);
  add("resource", entry.resource);
  add("endpoint", entry.endpoint);
  add("region", entry.region);
  add("store", entry.store);
  add("reviewers", entry.reviewers);
  add("clause", entry.clause);
  add("legal_basis", entry.basis);
  add("exception", entry.exception);
  add("run", RunText(entry));
  if (record.amount_micros != 0) json["amount_micros"] = record.amount_micros;
  return json;
}

int FailWith(const absl::Status& status) { return Fail(std::string(status.message())); }

// Reads the log to its end or to what is wrong with it, which is told on stderr.
std::optional<int> Read(const AuditFlags& flags, const audit::Visit& visit) {
  const absl::StatusOr<audit::LogScan> scan = audit::ScanLog(PosixFileSystem(), flags.folder, {}, visit);
  if (!scan.ok()) return FailWith(scan.status());
  if (!scan->problem.empty()) {
    fmt::print(stderr, "bylaw: the log can be read up to record {} only: {}\n", scan->end.sequence, scan->problem);
  }
  return std::nullopt;
}

bool IsOf(const Entry& entry, const AuditFlags& flags) { return flags.tenant.empty() || entry.tenant == flags.tenant; }

int Show(const Options& options, const std::deque<KeptEntry>& entries) {
  return Emit(
      options,
      [&](const Options& how, Format format) {
        nlohmann::json json{{"format", 1}, {"records", nlohmann::json::array()}};
        std::string text;
        for (const KeptEntry& entry : entries) {
          text += RenderEntry(how, entry);
          json["records"].push_back(EntryJson(entry));
        }
        return format == Format::kJson ? json.dump(2) + "\n" : text;
      },
      kClean);
}

std::string RenderVerification(const Options& options, const AuditFlags& flags, const audit::Verification& result) {
  const audit::LogScan& scan = result.scan;
  const std::string key = audit::Fingerprint(scan.end.header.key);
  if (options.format == Format::kJson) {
    nlohmann::json json{{"format", 1},
                        {"intact", result.intact},
                        {"records", scan.records},
                        {"segments", scan.segments},
                        {"signed_points", scan.signed_points},
                        {"key", key}};
    if (!result.intact) json["problem"] = result.problem;
    if (!result.note.empty()) json["note"] = result.note;
    return json.dump(2) + "\n";
  }
  if (!result.intact) {
    return fmt::format("{} {}\n  the records before it ({}) are whole and in order\n",
                       Paint(options, "1;31", "not intact:"), result.problem, scan.records);
  }
  std::string text = fmt::format("{} {} records in {} segment{}, {} signed points besides the head, key {}\n",
                                 Paint(options, "1;32", "intact:"), scan.records, scan.segments,
                                 scan.segments == 1 ? "" : "s", scan.signed_points, key);
  if (!result.note.empty()) text += "  note: " + result.note + "\n";
  if (flags.key.empty() && !options.quiet) {
    text += "  note: the key is the one the log names; `--key FILE` checks that it is yours\n";
  }
  return text;
}

absl::StatusOr<audit::Expected> ReadExpected(const AuditFlags& flags) {
  audit::Expected expected;
  const PosixFileSystem files;
  if (!flags.key.empty()) {
    const absl::StatusOr<std::string> pem = files.Read(flags.key);
    if (!pem.ok()) return pem.status();
    const absl::StatusOr<audit::PublicKey> key = audit::PublicKeyFromPem(*pem);
    if (!key.ok()) return absl::InvalidArgumentError(flags.key + ": " + std::string(key.status().message()));
    expected.key = *key;
  }
  if (!flags.head.empty()) {
    const absl::StatusOr<std::string> place = files.Read(flags.head);
    if (!place.ok()) return place.status();
    expected.witness = audit::DecodeHead(*place);
    if (!expected.witness.has_value()) {
      return absl::InvalidArgumentError(flags.head + " is not what `bylaw audit head` writes");
    }
  }
  return expected;
}

}  // namespace

int RunAuditVerify(const Options& options, const AuditFlags& flags) {
  const absl::StatusOr<audit::Expected> expected = ReadExpected(flags);
  if (!expected.ok()) return FailWith(expected.status());
  const absl::StatusOr<audit::Verification> result = audit::VerifyLog(PosixFileSystem(), flags.folder, *expected);
  if (!result.ok()) return FailWith(result.status());
  return Emit(
      options, [&](const Options& how, Format) { return RenderVerification(how, flags, *result); },
      result->intact ? kClean : kViolation);
}

int RunAuditTail(const Options& options, const AuditFlags& flags) {
  std::deque<KeptEntry> last;
  const auto failed = Read(flags, [&](const Entry& entry) {
    if (!IsOf(entry, flags)) return;
    last.emplace_back(entry);
    if (last.size() > flags.count) last.pop_front();
  });
  return failed.has_value() ? *failed : Show(options, last);
}

int RunAuditExplain(const Options& options, const AuditFlags& flags) {
  std::deque<KeptEntry> found;
  const auto failed = Read(flags, [&](const Entry& entry) {
    if (entry.record.sequence == flags.id) found.emplace_back(entry);
  });
  if (failed.has_value()) return *failed;
  if (found.empty()) return Fail(fmt::format("there is no record {} in {}", flags.id, flags.folder));
  return Show(options, found);
}

int RunAuditHead(const Options& options, const AuditFlags& flags) {
  const absl::StatusOr<audit::Heads> heads = audit::ReadHeads(PosixFileSystem(), flags.folder);
  if (!heads.ok()) return FailWith(heads.status());
  const std::optional<audit::Head> head = heads->newest();
  if (!head.has_value()) return Fail("the head of the log in " + flags.folder + " is damaged");
  const bool to_file = std::any_of(options.writes.begin(), options.writes.end(),
                                   [](const Output& output) { return !output.path.empty(); });
  if (!to_file) {
    return Emit(options,
                fmt::format("record {}, chain {}\n", head->point.sequence, audit::Hex(audit::View(head->point.chain))),
                kClean);
  }
  return Emit(options, audit::EncodeHead(*head), kClean);
}

}  // namespace bylaw::cli

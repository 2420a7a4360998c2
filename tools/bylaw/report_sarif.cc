// SARIF 2.1.0 as GitHub code scanning takes it.
//
// A rule is a kind of kind.def, with its page of docs/language/kinds.md as help; a result is a diagnostic. The
// fingerprint of a result is made of its kind and its sentence, not of its line, so that an alert stays the same one
// when lines are added above it. Specification: https://docs.oasis-open.org/sarif/sarif/v2.1.0.

#include <fmt/format.h>

#include <cctype>
#include <map>
#include <string>
#include <string_view>

#include "tools/bylaw/kind_text.h"
#include "tools/bylaw/report.h"
#include "tools/bylaw/version.h"

namespace bylaw::cli {
namespace {

using nlohmann::json;

constexpr std::string_view kRoot = "%SRCROOT%";

std::string Utf8(std::string_view text) {
  return json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
}

// A relative URI reference: what RFC 3986 does not let stand in a path is percent-encoded.
std::string Uri(std::string_view path) {
  constexpr std::string_view kPlain = "-._~!$&'()*+,;=@/";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    out += std::isalnum(byte) != 0 || kPlain.find(c) != std::string_view::npos ? std::string(1, c)
                                                                               : fmt::format("%{:02X}", byte);
  }
  return out;
}

// "residency-violation" as "ResidencyViolation".
std::string RuleName(std::string_view kind) {
  std::string name;
  bool upper = true;
  for (const char c : kind) {
    if (c != '-') name += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = c == '-';
  }
  return name;
}

// A sentence: upper case, full stop.
std::string Sentence(std::string_view text) {
  std::string out = Utf8(text);
  if (!out.empty()) out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out.ends_with('.') ? out : out + '.';
}

std::string_view Level(diag::Severity severity) { return severity == diag::Severity::kError ? "error" : "warning"; }

json Rule(diag::Kind kind) {
  const std::string_view name = diag::KindName(kind);
  return {{"id", name},
          {"name", RuleName(name)},
          {"shortDescription", {{"text", Sentence(diag::KindMeaning(kind))}}},
          {"fullDescription", {{"text", Sentence(diag::KindMeaning(kind))}}},
          {"help", {{"text", KindForTerminal(kind)}, {"markdown", KindMarkdown(kind)}}},
          {"defaultConfiguration", {{"level", Level(diag::KindSeverity(kind))}}},
          {"properties", {{"precision", "very-high"}, {"tags", {"policy"}}}}};
}

json Place(const source::SourceSet& sources, source::Span span) {
  const source::Position begin = sources.begin(span);
  const source::Position end = sources.position(span.file, span.end);
  json region{{"startLine", begin.line}, {"startColumn", begin.column}, {"endLine", end.line}};
  region["endColumn"] = end.line == begin.line && end.column == begin.column ? end.column + 1 : end.column;
  return {{"artifactLocation", {{"uri", Uri(FromRepositoryRoot(sources.path(span.file)))}, {"uriBaseId", kRoot}}},
          {"region", std::move(region)}};
}

// FNV-1a, 64 bits: stable between versions and machines, which std::hash is not.
uint64_t Hash(std::string_view text, uint64_t hash) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::string MessageOf(const diag::Diagnostic& d) {
  std::string text = Sentence(d.message);
  if (!d.caret.empty()) text += " Here: " + Sentence(d.caret);
  for (const diag::Note& note : d.notes) {
    if (!note.span.valid()) text += fmt::format("\n{}", Sentence(fmt::format("{}: {}", note.label, note.text)));
  }
  for (const std::string& help : d.help) text += fmt::format("\n{}", Sentence("help: " + help));
  return Utf8(text);
}

class Results {
 public:
  explicit Results(const Report& report) : report_(report), sources_(*report.compilation->sources) {}

  json Of(const diag::Diagnostic& d) {
    // A result has to lie somewhere; what concerns the policy as a whole lies at its first file.
    source::Span span = d.span;
    if (!span.valid() && !report_.compilation->files.empty()) span = {report_.compilation->files[0]->file, 0, 0};
    json result{{"ruleId", diag::KindName(d.kind)},
                {"ruleIndex", static_cast<size_t>(d.kind)},
                {"level", Level(d.severity)},
                {"message", {{"text", MessageOf(d)}}}};
    if (span.valid()) {
      result["locations"] = json::array({{{"physicalLocation", Place(sources_, span)}}});
      result["partialFingerprints"] = {{"primaryLocationLineHash", Fingerprint(d.kind, span)}};
    }
    json related = json::array();
    for (const diag::Note& note : d.notes) {
      if (!note.span.valid()) continue;
      related.push_back({{"id", related.size() + 1},
                         {"message", {{"text", Sentence(note.text)}}},
                         {"physicalLocation", Place(sources_, note.span)}});
    }
    if (!related.empty()) result["relatedLocations"] = std::move(related);
    json witness = json::array();
    for (const std::string& line : d.witness) witness.push_back(Utf8(line));
    if (!witness.empty()) result["properties"] = {{"witness", std::move(witness)}};
    return result;
  }

 private:
  // The same sentence may be wrong in the same way twice: the second is ":2".
  std::string Fingerprint(diag::Kind kind, source::Span span) {
    std::string line(sources_.line_text(span.file, sources_.begin(span).line));
    std::erase_if(line, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
    const uint64_t hash = Hash(line, Hash(diag::KindName(kind), 0xcbf29ce484222325));
    return fmt::format("{:016x}:{}", hash, ++seen_[hash]);
  }

  const Report& report_;
  const source::SourceSet& sources_;
  std::map<uint64_t, size_t> seen_;
};

json Notifications(const Report& report) {
  json notifications = json::array();
  if (const size_t more = report.compilation->sink.suppressed(); more > 0) {
    notifications.push_back(
        {{"level", "warning"}, {"message", {{"text", fmt::format("{} more results were not written.", more)}}}});
  }
  for (const std::string& error : report.compilation->internal_errors) {
    notifications.push_back({{"level", "error"}, {"message", {{"text", Utf8("A bug of ours: " + error)}}}});
  }
  return notifications;
}

}  // namespace

json SarifOf(const Report& report) {
  json rules = json::array();
  for (const diag::Kind kind : diag::AllKinds()) rules.push_back(Rule(kind));
  json results = json::array();
  Results of(report);
  for (const diag::Diagnostic& d : report.diagnostics) results.push_back(of.Of(d));
  json driver{{"name", "Bylaw"}, {"version", Version()}, {"semanticVersion", Version()}, {"rules", std::move(rules)}};
  json invocation{{"executionSuccessful", report.compilation->internal_errors.empty()}, {"exitCode", report.exit_code}};
  if (json told = Notifications(report); !told.empty()) invocation["toolExecutionNotifications"] = std::move(told);
  json run{{"tool", {{"driver", std::move(driver)}}},
           {"automationDetails", {{"id", fmt::format("bylaw/{}/", report.command)}}},
           {"columnKind", "unicodeCodePoints"},
           {"originalUriBaseIds", {{kRoot, {{"description", {{"text", "The root of the repository."}}}}}}},
           {"invocations", json::array({std::move(invocation)})},
           {"results", std::move(results)}};
  return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
          {"version", "2.1.0"},
          {"runs", json::array({std::move(run)})}};
}

}  // namespace bylaw::cli

// For tests of sema: policies as texts, parsed with the standard library they use, analyzed, and what was reported.
#ifndef BYLAW_COMPILER_SEMA_TESTING_H_
#define BYLAW_COMPILER_SEMA_TESTING_H_

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/sema/analyze.h"
#include "compiler/syntax/parse.h"
#include "stdlib.h"

namespace bylaw::sema {

struct Text {
  std::string path;
  std::string text;
};

struct Analyzed {
  std::shared_ptr<source::SourceSet> sources;
  std::unique_ptr<diag::Sink> sink;
  Program program;

  // One line a diagnostic: "a.bylaw:3 [kind] message", with its help lines behind " | ".
  std::vector<std::string> Reports() const {
    std::vector<std::string> lines;
    for (const diag::Diagnostic& d : sink->diagnostics()) {
      std::string line = fmt::format("{} [{}] {}", sources->Where(d.span), diag::KindName(d.kind), d.message);
      for (const std::string& help : d.help) line += " | " + help;
      lines.push_back(std::move(line));
    }
    return lines;
  }
  std::string AllReports() const { return fmt::format("{}", fmt::join(Reports(), "\n")); }
};

// Texts whose path ends in .bylaw are policy files; the others can be imported by them.
inline Analyzed AnalyzeTexts(const std::vector<Text>& texts, Date as_of = {2026, 11, 23}) {
  Analyzed result;
  result.sources = std::make_shared<source::SourceSet>();
  result.sink = std::make_unique<diag::Sink>(10'000);
  std::vector<std::shared_ptr<const syntax::File>> files;
  std::string own;
  for (const Text& text : texts) {
    if (!text.path.ends_with(".bylaw")) continue;
    const source::FileId id = result.sources->Add(text.path, text.text);
    files.push_back(std::make_shared<const syntax::File>(syntax::Parse(*result.sources, id, *result.sink)));
    own += text.text;
  }
  const auto modules = stdlib::EmbeddedFiles();
  for (size_t i = modules.size(); i-- > 0;) {  // a module uses only modules before it
    const stdlib::EmbeddedFile& module = modules[i];
    const std::string name = fmt::format("std.{}", module.name.substr(0, module.name.rfind('.')));
    if (own.find("use " + name) == std::string::npos) continue;
    const source::FileId id = result.sources->Add(name, std::string(module.text));
    files.push_back(std::make_shared<const syntax::File>(syntax::Parse(*result.sources, id, *result.sink)));
    own += module.text;
  }
  const LoadFile load = [&](const std::string& path, source::FileId* out) {
    for (const Text& text : texts) {
      if (text.path != path) continue;
      *out = result.sources->Add(text.path, text.text);
      return absl::OkStatus();
    }
    return absl::NotFoundError(path + " does not exist");
  };
  const AnalyzeOptions options{as_of, 365};
  result.program = Analyze(result.sources, files, load, options, *result.sink);
  return result;
}

inline Analyzed AnalyzeText(std::string text) { return AnalyzeTexts({{"p.bylaw", std::move(text)}}); }

// A small lending policy that every test may build on; `more` is added to it, `tier` to its tier.
inline std::string Lending(std::string_view more = "", std::string_view tier = "", std::string_view tenant = "") {
  return fmt::format(R"(edition 2026
use std.places
time zone "Europe/Berlin"
endpoint gpt4-us {{
  serves model gpt-4
  in us-east-1
  costs at most $0.03 per call
}}
endpoint gpt4-eu {{
  serves model gpt-4
  in eu-west-1
  costs at most $0.034 per call
}}
endpoint mini-eu {{
  serves model gpt-4o-mini
  in eu-west-1
  costs at most $0.01 per call
}}
endpoint bureau-eu {{
  serves tool credit_bureau_v2
  in eu-central-1
  costs at most $0.06 per call
}}
store eu-data {{
  keeps state, checkpoints, audit
  in eu-west-1
}}
reviewers eu-desk {{
  based in DE, FR
  staff 4
}}
pool eu-workers in eu-west-1 has 20 slots with room for 2_000 waiting
workflow loan {{
  input amount is money
  input channel is one of web, branch
  step credit {{
    calls tool credit_bureau_v2
    retries at most 2 times
  }}
  step decide {{
    after credit
    calls model gpt-4
    gives confidence as a number from 0 to 1
  }}
}}
ladder careful {{
  when budget below 40%: use model gpt-4o-mini
  when budget below $0.05: send to reviewers
}}
setting threshold is a number from 0 to 1 by default 0.8 that tenants may only raise
regulation GDPR {{
  state stays in EU
  calls go only to EU, places adequate for EU
  delete data within 30 days
}}
class high-volume {{
  at most 100 calls per minute to credit_bureau_v2
}}
org alpine {{
  together at most 80 workflows at once
}}
tier standard {{
  weight 10
  at most 50 workflows at once bursting to 75 for 10 minutes
  budget $2.00 per workflow
{}}}
tenant acme on tier standard {{
{}}}
{})",
                     tier, tenant, more);
}

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_TESTING_H_

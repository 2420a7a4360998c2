// The `bylaw` command line: flags in, one command run, exit code out (0 clean, 1 violation, 2 usage or environment, 3
// changes, 4 undecided).

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diag/diagnostic.h"
#include "tools/bylaw/commands.h"
#include "tools/bylaw/completion.h"
#include "tools/bylaw/options.h"
#include "tools/bylaw/version.h"

namespace bylaw::cli {
namespace {

// What the command line says, ready to run.
struct Invocation {
  Options options;
  std::vector<std::string> paths;
  VerifyFlags verify;
  DumpFlags dump;
  ShowFlags show;
  GraphFlags graph;
  FmtFlags fmt;
  PlanFlags plan;
  TestFlags test;
  SimulateFlags simulate;
  RunFlags run_flags;
  AuditFlags audit;
  std::string explain_kind;
  std::string shell;
  std::string init_folder = ".";
  std::function<int()> run;
};

void AddGlobalFlags(CLI::App& app, Invocation& invocation) {
  Options& options = invocation.options;
  app.add_option("--format", options.format_name, "of standard output: text, json, sarif, junit or github")
      ->type_name("FORMAT")
      ->capture_default_str();
  app.add_option("--output", options.outputs,
                 "write to FILE, in the form its extension stands for (.json .sarif .xml …) or that is written before "
                 "it; repeatable")
      ->type_name("[FORMAT:]FILE")
      ->allow_extra_args(false);
  app.add_option("--as-of", options.as_of, "the date on which the policy is judged; today if unsaid")
      ->type_name("DATE");
  app.add_option("--horizon", options.horizon_days, "how many days ahead proofs look")
      ->check(CLI::Range(1, 36500))
      ->type_name("DAYS")
      ->capture_default_str();
  app.add_option("--color", options.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN");
  app.add_flag("--quiet,-q", options.quiet, "only errors and failures");
  app.add_flag("--strict", options.strict, "warnings are errors");
}

void AddPaths(CLI::App& command, std::vector<std::string>& paths) {
  paths = {"."};
  command.add_option("PATH", paths, "policy folders and files; together they are one policy (default: this folder)");
}

CLI::App* AddPathCommand(CLI::App& app, const std::string& name, const std::string& about,
                         std::vector<std::string>& paths) {
  CLI::App* command = app.add_subcommand(name, about);
  AddPaths(*command, paths);
  return command;
}

void AddCompilerCommands(CLI::App& app, Invocation& invocation) {
  AddPathCommand(app, "check", "read the policy: sentences, units, names, inheritance", invocation.paths)
      ->callback([&] { invocation.run = [&] { return RunCheck(invocation.options, invocation.paths); }; });
  CLI::App* verify =
      AddPathCommand(app, "verify", "prove the theorems at every date until the horizon", invocation.verify.paths);
  verify
      ->add_option("--cache", invocation.verify.cache,
                   "keep what was proved in DIR, and prove only what an edit concerns")
      ->type_name("DIR");
  verify->callback([&] { invocation.run = [&] { return RunVerify(invocation.options, invocation.verify); }; });

  CLI::App* dump = AddPathCommand(app, "dump", "show what a compiler phase made of the policy", invocation.dump.paths);
  dump->add_option("--phase", invocation.dump.phase, "tokens, ast, program, plan, llvm or asm")
      ->required()
      ->check(CLI::IsMember({"tokens", "ast", "program", "plan", "llvm", "asm"}));
  dump->callback([&] { invocation.run = [&] { return RunDump(invocation.options, invocation.dump); }; });

  CLI::App* fmt = AddPathCommand(app, "fmt", "write the files in the one way to say each thing", invocation.fmt.paths);
  fmt->add_flag("--check", invocation.fmt.check, "change nothing; exit 1 if a file would change");
  fmt->callback([&] { invocation.run = [&] { return RunFmt(invocation.options, invocation.fmt); }; });

  CLI::App* show = app.add_subcommand("show", "every effective term, and the sentence it comes from");
  show->require_subcommand(1);
  CLI::App* tenant = show->add_subcommand("tenant", "the contract of one tenant");
  tenant->add_option("NAME", invocation.show.tenant, "the tenant")->required();
  AddPaths(*tenant, invocation.show.paths);
  tenant->callback([&] { invocation.run = [&] { return RunShow(invocation.options, invocation.show); }; });

  CLI::App* graph = app.add_subcommand("graph", "a workflow drawn, with costs and what must stay payable");
  graph->require_subcommand(1);
  CLI::App* workflow = graph->add_subcommand("workflow", "its steps, retries, replans and ladder, as DOT, SVG or PNG");
  workflow->add_option("NAME", invocation.graph.workflow, "the workflow")->required();
  AddPaths(*workflow, invocation.graph.paths);
  workflow->add_option("--tenant", invocation.graph.tenant, "as its contract has it; all tenants if unsaid")
      ->type_name("NAME");
  workflow->callback([&] { invocation.run = [&] { return RunGraph(invocation.options, invocation.graph); }; });

  CLI::App* explain = app.add_subcommand("explain", "what a diagnostic means, with a wrong and a right example");
  explain->add_option("KIND", invocation.explain_kind, "as printed in brackets: residency-violation");
  explain->callback([&] { invocation.run = [&] { return RunExplain(invocation.options, invocation.explain_kind); }; });
}

void AddSimulate(CLI::App& app, Invocation& invocation) {
  SimulateFlags& flags = invocation.simulate;
  CLI::App* simulate = app.add_subcommand("simulate", "run a scenario through the real engine on a virtual clock");
  simulate->add_option("PATH", flags.paths, "policy folders and files; together they are one policy");
  simulate->add_option("--scenario", flags.scenario, "its name; every scenario if unsaid")->type_name("NAME");
  simulate
      ->add_option("--strategy", flags.strategies,
                   "fifo, round-robin, weighted, policy (and vtc on a trace); all if unsaid")
      ->delimiter(',')
      ->check(CLI::IsMember({"fifo", "round-robin", "weighted", "policy", "vtc"}));
  simulate->add_option("--seed", flags.seed, "of arrivals and durations, and of the tenants of a trace that names none")
      ->capture_default_str();
  simulate
      ->add_option("--trace", flags.trace,
                   "recorded requests to a model, instead of a scenario: arrival_s,tenant,input_tokens,output_tokens")
      ->type_name("FILE.csv");
  simulate->add_option("--trace-tenants", flags.trace_tenants, "tenants of a trace that names none")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  simulate->add_option("--load", flags.load, "the trace's work, as a multiple of what its server can do in its time")
      ->check(CLI::Range(0.1, 100.0))
      ->capture_default_str();
  simulate->add_option("--report", flags.report, "also write one HTML page with charts and tables, for any browser")
      ->type_name("FILE.html");
  simulate->add_option("--audit", flags.audit, "keep the audit log of strategy policy in this folder")
      ->type_name("FOLDER");
  simulate->callback([&] { invocation.run = [&] { return RunSimulate(invocation.options, invocation.simulate); }; });
}

void AddRun(CLI::App& app, Invocation& invocation) {
  CLI::App* run = AddPathCommand(app, "run", "live through a scenario in real time", invocation.run_flags.paths);
  run->add_option("--scenario", invocation.run_flags.scenario, "its name; the first one if unsaid")->type_name("NAME");
  run->add_option("--speed", invocation.run_flags.speed, "times as fast as real time (60: an hour in a minute)")
      ->check(CLI::Range(0.01, 100'000.0))
      ->capture_default_str();
  run->add_flag("--watch", invocation.run_flags.watch, "publish the policy anew when a file of it is saved");
  run->callback([&] { invocation.run = [&] { return RunLive(invocation.options, invocation.run_flags); }; });
}

void AddPlanCommand(CLI::App& app, Invocation& invocation) {
  CLI::App* plan =
      app.add_subcommand("plan", "what a change means: for whom, stricter or looser, and a request that shows it");
  plan->add_option("OLD NEW", invocation.plan.policies,
                   "two folders or files, or git revisions: `main..HEAD`, `main policies/`, `v1 v2 policies/`")
      ->required()
      ->expected(1, 3);
  plan->add_flag("--exit-code", invocation.plan.exit_code, "exit 3 if anything changes, 4 if that is undecided");
  plan->callback([&] { invocation.run = [&] { return RunPlan(invocation.options, invocation.plan); }; });
}

void AddRuntimeCommands(CLI::App& app, Invocation& invocation) {
  CLI::App* test =
      AddPathCommand(app, "test", "run the tests in the files against the compiled policy", invocation.test.paths);
  test->add_option("--engine", invocation.test.engine, "jit (default) or evaluator")
      ->check(CLI::IsMember({"jit", "evaluator"}));
  test->add_flag("--coverage", invocation.test.coverage, "which sentences, rungs and conditions the tests exercise");
  test->add_flag("--mutate", invocation.test.mutate,
                 "take away or loosen each sentence in turn, and say which changes nobody notices");
  test->callback([&] { invocation.run = [&] { return RunTest(invocation.options, invocation.test); }; });

  AddSimulate(app, invocation);
  AddRun(app, invocation);

  CLI::App* init = app.add_subcommand("init", "a starter policy that proves and tests clean, with a hook and a CI job");
  init->add_option("FOLDER", invocation.init_folder, "where to write it (default: this folder)");
  init->callback([&] { invocation.run = [&] { return RunInit(invocation.options, invocation.init_folder); }; });

  app.add_subcommand("demo", "three minutes of platform life in ten seconds")->callback([&] {
    invocation.run = [&] { return RunDemo(invocation.options); };
  });

  CLI::App* completion = app.add_subcommand("completion", "a completion script for your shell");
  completion->add_option("SHELL", invocation.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([&] {
    invocation.run = [&] { return Emit(invocation.options, CompletionScript(app, invocation.shell), kClean); };
  });
}

// Of words that name no command: the first, with the command that was probably meant; "" if there is none.
std::string UnknownCommand(const CLI::App& app, std::span<char* const> words) {
  std::vector<std::string_view> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.emplace_back(command->get_name());
  }
  bool is_value = false;
  for (const std::string_view word : words.subspan(1)) {
    const bool flag = word.starts_with('-');
    if (!flag && !is_value) {
      const std::string nearest = diag::NearestName(word, names);
      return nearest.empty() ? fmt::format("there is no command {}; `bylaw --help` lists them", word)
                             : fmt::format("there is no command {}; did you mean `bylaw {}`?", word, nearest);
    }
    is_value = flag && app.get_option_no_throw(std::string(word)) != nullptr &&
               app.get_option_no_throw(std::string(word))->get_items_expected_max() > 0;
  }
  return "";
}

// The forms that the result of a command has.
std::span<const Format> FormatsOf(std::string_view command) {
  constexpr std::string_view kReports[] = {"check", "verify", "test"};
  constexpr std::string_view kData[] = {"show", "explain", "simulate", "plan", "audit"};
  if (std::find(std::begin(kReports), std::end(kReports), command) != std::end(kReports)) return kReportFormats;
  if (std::find(std::begin(kData), std::end(kData), command) != std::end(kData)) return kDataFormats;
  if (command == "graph") return kDrawingFormats;
  return kTextOnly;
}

void AddAuditCommands(CLI::App& app, Invocation& invocation) {
  AuditFlags& flags = invocation.audit;
  CLI::App* audit = app.add_subcommand("audit", "what an audit log says, and whether it is whole");
  audit->require_subcommand(1);
  const auto add = [&](const std::string& name, const std::string& about,
                       int (*run)(const Options&, const AuditFlags&)) {
    CLI::App* command = audit->add_subcommand(name, about);
    command->callback([&invocation, run] {
      invocation.run = [&invocation, run] { return run(invocation.options, invocation.audit); };
    });
    return command;
  };
  const auto add_folder = [&](CLI::App* command) {
    command->add_option("FOLDER", flags.folder, "where the log is")->required();
  };
  CLI::App* verify = add("verify", "find any record that was changed, dropped, swapped or cut off", RunAuditVerify);
  add_folder(verify);
  verify->add_option("--key", flags.key, "the key that must have signed it (PEM)")->type_name("FILE");
  verify->add_option("--head", flags.head, "an earlier head, from `bylaw audit head`, that it must contain")
      ->type_name("FILE");
  CLI::App* tail = add("tail", "the last records", RunAuditTail);
  add_folder(tail);
  tail->add_option("-n,--count", flags.count, "how many")->capture_default_str();
  tail->add_option("--tenant", flags.tenant, "of this tenant only")->type_name("NAME");
  CLI::App* explain = add("explain", "one record, with the sentence that decided", RunAuditExplain);
  explain->add_option("ID", flags.id, "its number")->required();
  add_folder(explain);
  add_folder(add("head", "up to where the log is acknowledged; --output FILE keeps it as a witness", RunAuditHead));
}

int Main(int argc, char** argv) {
  CLI::App app("Bylaw: tenant policy as a compiled, proved language", "bylaw");
  app.set_version_flag("--version", fmt::format("bylaw {}", Version()));
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      "Start with `bylaw demo`. Exit codes: 0 clean, 1 violation, 2 usage or environment, 3 changes (plan "
      "--exit-code), 4 undecided.");
  Invocation invocation;
  AddGlobalFlags(app, invocation);
  AddCompilerCommands(app, invocation);
  AddPlanCommand(app, invocation);
  AddRuntimeCommands(app, invocation);
  AddAuditCommands(app, invocation);
  if (argc == 1) {
    std::fputs(app.help().c_str(), stdout);
    return kUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0 && app.get_subcommands().empty()) {
      const std::span<char* const> words(argv, static_cast<size_t>(argc));
      if (const std::string unknown = UnknownCommand(app, words); !unknown.empty()) return Fail(unknown);
    }
    return app.exit(error) == 0 ? kClean : kUsage;
  }
  const std::string command = app.get_subcommands().front()->get_name();
  if (!Resolve(invocation.options, command, FormatsOf(command))) return kUsage;
  return invocation.run();
}

}  // namespace
}  // namespace bylaw::cli

int main(int argc, char** argv) { return bylaw::cli::Main(argc, argv); }

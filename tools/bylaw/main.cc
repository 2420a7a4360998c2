// The `bylaw` command line: flags in, one command run, exit code out (0 clean, 1 violation, 2 usage or environment, 3
// changes, 4 undecided).

#include <CLI/CLI.hpp>

#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "tools/bylaw/commands.h"
#include "tools/bylaw/completion.h"
#include "tools/bylaw/options.h"

namespace bylaw::cli {
namespace {

// What the command line says, ready to run.
struct Invocation {
  Options options;
  std::vector<std::string> paths;
  DumpFlags dump;
  ShowFlags show;
  FmtFlags fmt;
  PlanFlags plan;
  TestFlags test;
  SimulateFlags simulate;
  std::string explain_kind;
  std::string shell;
  std::function<int()> run;
};

void AddGlobalFlags(CLI::App& app, Invocation& invocation) {
  Options& options = invocation.options;
  app.add_option_function<std::string>(
         "--format",
         [&options](const std::string& text) { options.format = text == "json" ? Format::kJson : Format::kText; },
         "text (default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_option("--output", options.outputs, "write to FILE instead of stdout; repeatable")->type_name("FILE");
  app.add_option("--as-of", options.as_of, "the date on which the policy is judged; today if unsaid")
      ->type_name("DATE");
  app.add_option("--horizon", options.horizon_days, "how many days ahead proofs look")
      ->check(CLI::Range(1, 36500))
      ->type_name("DAYS")
      ->capture_default_str();
  app.add_option("--color", options.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN");
  app.add_flag("--quiet,-q", options.quiet, "only what is wrong");
  app.add_flag("--strict", options.strict, "warnings are errors");
}

CLI::App* AddPathCommand(CLI::App& app, const std::string& name, const std::string& about,
                         std::vector<std::string>& paths) {
  CLI::App* command = app.add_subcommand(name, about);
  command->add_option("PATH", paths, "policy folders and files; together they are one policy")->required();
  return command;
}

void AddCompilerCommands(CLI::App& app, Invocation& invocation) {
  AddPathCommand(app, "check", "read the policy: sentences, units, names, inheritance", invocation.paths)
      ->callback([&] { invocation.run = [&] { return RunCheck(invocation.options, invocation.paths); }; });
  AddPathCommand(app, "verify", "prove the theorems at every date until the horizon", invocation.paths)->callback([&] {
    invocation.run = [&] { return RunVerify(invocation.options, invocation.paths); };
  });

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
  tenant->add_option("PATH", invocation.show.paths, "policy folders and files (default: this folder)");
  tenant->callback([&] {
    if (invocation.show.paths.empty()) invocation.show.paths.push_back(".");
    invocation.run = [&] { return RunShow(invocation.options, invocation.show); };
  });

  CLI::App* explain = app.add_subcommand("explain", "what a diagnostic means, with a wrong and a right example");
  explain->add_option("KIND", invocation.explain_kind, "as printed in brackets: residency-violation");
  explain->callback([&] { invocation.run = [&] { return RunExplain(invocation.options, invocation.explain_kind); }; });
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
  test->callback([&] { invocation.run = [&] { return RunTest(invocation.options, invocation.test); }; });

  CLI::App* simulate = AddPathCommand(app, "simulate", "run a scenario through the real engine on a virtual clock",
                                      invocation.simulate.paths);
  simulate->add_option("--scenario", invocation.simulate.scenario, "its name; every scenario if unsaid")
      ->type_name("NAME");
  simulate
      ->add_option("--strategy", invocation.simulate.strategies,
                   "fifo, round-robin, weighted, policy; all four if unsaid")
      ->delimiter(',')
      ->check(CLI::IsMember({"fifo", "round-robin", "weighted", "policy"}));
  simulate->add_option("--seed", invocation.simulate.seed, "of arrivals and durations")->capture_default_str();
  simulate->callback([&] { invocation.run = [&] { return RunSimulate(invocation.options, invocation.simulate); }; });

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

int Main(int argc, char** argv) {
  CLI::App app("Bylaw: tenant policy as a compiled, proved language", "bylaw");
  app.set_version_flag("--version", "bylaw 0.1.0");
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
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kClean : kUsage;
  }
  ResolveColor(invocation.options);
  return invocation.run();
}

}  // namespace
}  // namespace bylaw::cli

int main(int argc, char** argv) { return bylaw::cli::Main(argc, argv); }

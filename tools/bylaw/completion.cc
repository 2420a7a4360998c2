#include "tools/bylaw/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "compiler/diag/diagnostic.h"

namespace bylaw::cli {
namespace {

struct Command {
  std::string name, about;
  std::vector<std::string> words;  // flags, subcommands, fixed arguments
};

std::vector<std::string> Flags(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  return flags;
}

// The values of flags that take one of a few: CLI11 writes them as `TEXT:{auto,always,never}`.
void AddChoices(const CLI::App& app, std::map<std::string, std::string>& choices) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string type = option->get_type_name() + option->get_option_text();
    const size_t open = type.find('{'), close = type.find('}');
    if (open == std::string::npos || close == std::string::npos || option->get_lnames().empty()) continue;
    std::string values = type.substr(open + 1, close - open - 1);
    std::replace(values.begin(), values.end(), ',', ' ');
    for (const std::string& name : option->get_lnames()) choices["--" + name] = values;
  }
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) AddChoices(*sub, choices);
}

std::map<std::string, std::string> Choices(const CLI::App& app) {
  std::map<std::string, std::string> choices = {{"--format", "text json sarif junit github dot svg png"}};
  AddChoices(app, choices);
  return choices;
}

std::vector<Command> Commands(const CLI::App& app) {
  std::vector<Command> commands;
  const std::vector<std::string> global = Flags(app);
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    Command command{sub->get_name(), sub->get_description(), Flags(*sub)};
    command.words.insert(command.words.end(), global.begin(), global.end());
    for (const CLI::App* nested : sub->get_subcommands([](const CLI::App*) { return true; })) {
      command.words.push_back(nested->get_name());
      const std::vector<std::string> flags = Flags(*nested);
      command.words.insert(command.words.end(), flags.begin(), flags.end());
    }
    if (command.name == "explain") {
      for (const diag::Kind kind : diag::AllKinds()) command.words.emplace_back(diag::KindName(kind));
    }
    if (command.name == "completion") command.words.insert(command.words.end(), {"bash", "zsh", "fish"});
    std::sort(command.words.begin(), command.words.end());
    command.words.erase(std::unique(command.words.begin(), command.words.end()), command.words.end());
    commands.push_back(std::move(command));
  }
  return commands;
}

std::string Bash(const std::vector<Command>& commands, const std::map<std::string, std::string>& choices) {
  std::string names, cases, values;
  for (const auto& [flag, words] : choices) {
    values += fmt::format("    {}) COMPREPLY=($(compgen -W \"{}\" -- \"$word\")); return ;;\n", flag, words);
  }
  for (const Command& command : commands) {
    names += (names.empty() ? "" : " ") + command.name;
    cases += fmt::format("    {}) words=\"{}\" ;;\n", command.name, fmt::join(command.words, " "));
  }
  return fmt::format(
      "# bylaw completion for bash: source <(bylaw completion bash)\n"
      "_bylaw() {{\n"
      "  local word=\"${{COMP_WORDS[COMP_CWORD]}}\" words=\"\"\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W \"{}\" -- \"$word\")); return\n"
      "  fi\n"
      "  case \"${{COMP_WORDS[COMP_CWORD-1]}}\" in\n{}"
      "  esac\n"
      "  case \"${{COMP_WORDS[1]}}\" in\n{}"
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\") $(compgen -f -- \"$word\"))\n"
      "}}\n"
      "complete -o filenames -F _bylaw bylaw\n",
      names, values, cases);
}

// Zsh can use bash's completion function.
std::string Zsh(const std::vector<Command>& commands, const std::map<std::string, std::string>& choices) {
  return "#compdef bylaw\n# bylaw completion for zsh: source <(bylaw completion zsh)\n"
         "autoload -U +X bashcompinit && bashcompinit\n" +
         Bash(commands, choices);
}

std::string Fish(const std::vector<Command>& commands, const std::map<std::string, std::string>& choices) {
  std::string script = "# bylaw completion for fish: bylaw completion fish | source\n";
  for (const Command& command : commands) {
    script += fmt::format("complete -c bylaw -n __fish_use_subcommand -a {} -d '{}'\n", command.name, command.about);
    for (const std::string& word : command.words) {
      script += word.starts_with("--")
                    ? fmt::format("complete -c bylaw -n '__fish_seen_subcommand_from {}' -l {}\n", command.name,
                                  word.substr(2))
                    : fmt::format("complete -c bylaw -n '__fish_seen_subcommand_from {}' -a {}\n", command.name, word);
    }
  }
  for (const auto& [flag, words] : choices) {
    script += fmt::format("complete -c bylaw -l {} -x -a '{}'\n", flag.substr(2), words);
  }
  return script;
}

}  // namespace

std::string CompletionScript(const CLI::App& app, const std::string& shell) {
  const std::vector<Command> commands = Commands(app);
  const std::map<std::string, std::string> choices = Choices(app);
  if (shell == "fish") return Fish(commands, choices);
  return shell == "zsh" ? Zsh(commands, choices) : Bash(commands, choices);
}

}  // namespace bylaw::cli

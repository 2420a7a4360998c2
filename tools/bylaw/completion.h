// Shell completion, generated from the command table itself, so that it cannot go out of date.
#ifndef BYLAW_TOOLS_BYLAW_COMPLETION_H_
#define BYLAW_TOOLS_BYLAW_COMPLETION_H_

#include <string>

namespace CLI {
class App;
}

namespace bylaw::cli {

// `shell` is bash, zsh or fish.
std::string CompletionScript(const CLI::App& app, const std::string& shell);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_COMPLETION_H_

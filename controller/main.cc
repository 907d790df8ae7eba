// loadctl: the command line. Each command is a file of controller/cli.
#include <signal.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "common/daemon/exhaustion.h"
#include "controller/cli/commands.h"

namespace {

/// `ps` shows no value of `--secret-source mock=...` or `url=...`.
void HideSecrets(int argc, char** argv) {
  const std::string_view flag = "--secret-source";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const bool joined = argument.starts_with(std::string(flag) + "=");
    if (!joined && argument != flag) continue;
    char* spec = joined ? argv[i] + flag.size() + 1 : i + 1 < argc ? argv[++i] : nullptr;
    char* config = spec == nullptr ? nullptr : std::strchr(spec, '=');
    if (config == nullptr || std::string_view(spec).starts_with("file=")) continue;
    std::memset(config + 1, '*', std::strlen(config + 1));
  }
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  loadctl::daemon::EndWhenExhausted("loadctl", 255);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  HideSecrets(argc, argv);
  return loadctl::cli::Dispatch(arguments);
}

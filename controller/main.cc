// loadctl: the command line. Each command is a file of controller/cli.
#include <signal.h>

#include <string>
#include <vector>

#include "common/daemon/exhaustion.h"
#include "controller/cli/commands.h"

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  loadctl::daemon::EndWhenExhausted("loadctl", 255);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return loadctl::cli::Dispatch(arguments);
}

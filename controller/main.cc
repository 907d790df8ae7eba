// loadctl: the command line. Chooses the command; each is a file of controller/cli.
#include <signal.h>

#include <cstdio>
#include <string>
#include <vector>

#include "controller/cli/commands.h"

namespace {

constexpr char kHelp[] =
    R"(loadctl runs k6 scripts as one load test over many machines.

Usage:
  loadctl [command]

Available Commands:
  run         Start a test
  status      Show what a running test is doing
  stats       Show its metrics
  pause       Pause it
  resume      Let it go on
  scale       Set the VUs of its externally-controlled scenario
  stop        Stop it
  controller  Serve agents and clients of this and other machines
  certs       Make the certificates that they trust each other by
  version     Show the version
  help        This text

Use "loadctl [command] --help" for the flags of a command.
)";

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty() || arguments[0] == "help" || arguments[0] == "-h" ||
      arguments[0] == "--help") {
    const std::string about = arguments.size() > 1 ? arguments[1] : "";
    const std::vector<std::string> help = {"--help"};
    if (about == "run") return loadctl::cli::Run(help);
    if (loadctl::cli::IsControl(about)) return loadctl::cli::Control(about, help);
    if (about == "controller") return loadctl::cli::Controller(help);
    if (about == "certs") return loadctl::cli::Certs(help);
    std::fputs(kHelp, stdout);
    return 0;
  }
  const std::string command = arguments[0];
  arguments.erase(arguments.begin());
  if (command == "run") return loadctl::cli::Run(arguments);
  if (loadctl::cli::IsControl(command)) return loadctl::cli::Control(command, arguments);
  if (command == "controller") return loadctl::cli::Controller(arguments);
  if (command == "certs") return loadctl::cli::Certs(arguments);
  if (command == "version" || command == "--version") {
    std::printf("loadctl v%s\n", LOADCTL_VERSION);
    return 0;
  }
  std::fprintf(stderr, "unknown command \"%s\" for \"loadctl\"\nRun 'loadctl --help' for usage.\n",
               command.c_str());
  return 255;
}

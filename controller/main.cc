// loadctl: the command line. Chooses the command; each is a file of controller/cli.
#include <signal.h>

#include <array>
#include <cstdio>
#include <span>
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
  archive     Create an archive of a test
  inspect     Inspect a script or archive
  new         Create a test
  report      Show a recorded run
  judge       Judge a recorded run again, or a part of it
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

struct Command {
  const char* name;
  int (*run)(std::span<const std::string> arguments);
};

constexpr std::array<Command, 8> kCommands = {{{"run", loadctl::cli::Run},
                                               {"archive", loadctl::cli::Archive},
                                               {"inspect", loadctl::cli::Inspect},
                                               {"new", loadctl::cli::New},
                                               {"report", loadctl::cli::Report},
                                               {"judge", loadctl::cli::Judge},
                                               {"controller", loadctl::cli::Controller},
                                               {"certs", loadctl::cli::Certs}}};

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty() || arguments[0] == "help" || arguments[0] == "-h" ||
      arguments[0] == "--help") {
    const std::string about = arguments.size() > 1 ? arguments[1] : "";
    const std::vector<std::string> help = {"--help"};
    for (const Command& known : kCommands) {
      if (about == known.name) return known.run(help);
    }
    if (loadctl::cli::IsControl(about)) return loadctl::cli::Control(about, help);
    std::fputs(kHelp, stdout);
    return 0;
  }
  const std::string command = arguments[0];
  arguments.erase(arguments.begin());
  for (const Command& known : kCommands) {
    if (command == known.name) return known.run(arguments);
  }
  if (loadctl::cli::IsControl(command)) return loadctl::cli::Control(command, arguments);
  if (command == "version" || command == "--version") {
    std::printf("loadctl v%s\n", LOADCTL_VERSION);
    return 0;
  }
  std::fprintf(stderr, "unknown command \"%s\" for \"loadctl\"\nRun 'loadctl --help' for usage.\n",
               command.c_str());
  return 255;
}

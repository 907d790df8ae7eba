// Chooses the command, and `loadctl help`.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "common/text/closest.h"
#include "controller/cli/commands.h"
#include "controller/cli/compat_text.h"

namespace loadctl::cli {
namespace {

using Arguments = std::span<const std::string>;

#if defined(__x86_64__)
constexpr const char* kArchitecture = "amd64";
#elif defined(__aarch64__)
constexpr const char* kArchitecture = "arm64";
#else
#error "which architecture is this?"
#endif

int Version(Arguments arguments) {
  constexpr const char* kUsage =
      "Show the version.\n\nUsage:\n  loadctl version [flags]\n\nFlags:\n"
      "      --json   as one JSON object";
  const std::string argument = arguments.empty() ? "" : arguments[0];
  if (argument == "-h" || argument == "--help") {
    std::puts(kUsage);
  } else if (argument == "--json") {
    std::printf(R"({"arch":"%s","commit":"%s","os":"linux","version":"v%s"})"
                "\n",
                kArchitecture, LOADCTL_COMMIT, LOADCTL_VERSION);
  } else if (argument.empty()) {
    std::printf("loadctl v%s (commit/%s, linux/%s)\n", LOADCTL_VERSION, LOADCTL_COMMIT,
                kArchitecture);
  } else {
    std::fprintf(stderr, "loadctl version: unknown argument: %s\n", argument.c_str());
    return 255;
  }
  return 0;
}

struct Command {
  const char* name;
  const char* help;
  int (*run)(Arguments arguments);
};

int Status(Arguments arguments) { return Control("status", arguments); }
int Stats(Arguments arguments) { return Control("stats", arguments); }
int Agents(Arguments arguments) { return Control("agents", arguments); }
int Pause(Arguments arguments) { return Control("pause", arguments); }
int Resume(Arguments arguments) { return Control("resume", arguments); }
int Scale(Arguments arguments) { return Control("scale", arguments); }
int Stop(Arguments arguments) { return Control("stop", arguments); }

constexpr auto kCommands = std::to_array<Command>({
    {"run", "Start a test", Run},
    {"debug", "Run one iteration of a script under a debugger", Debug},
    {"archive", "Create an archive of a test", Archive},
    {"inspect", "Inspect a script or archive", Inspect},
    {"new", "Create a test", New},
    {"report", "Show a recorded run", Report},
    {"judge", "Judge a recorded run again, or a part of it", Judge},
    {"compare", "Compare a recorded run with an earlier one", Compare},
    {"status", "Show what a running test is doing", Status},
    {"stats", "Show its metrics", Stats},
    {"agents", "Show its agents", Agents},
    {"pause", "Pause it", Pause},
    {"resume", "Let it go on", Resume},
    {"scale", "Set the VUs of its externally-controlled scenario", Scale},
    {"stop", "Stop it", Stop},
    {"runs", "List the runs of a controller, or stop one", Runs},
    {"attach", "Follow a run of a controller", Attach},
    {"controller", "Serve agents and clients of this and other machines", Controller},
    {"doctor", "Say whether this machine is ready for a test", Doctor},
    {"certs", "Make the certificates that they trust each other by", Certs},
    {"token", "Make the tokens by which agents join without one", Token},
    {"version", "Show the version", Version},
    {"help", "This text; `help COMMAND`; `help compat [TEXT]`: what of k6 is there", Help},
});

/// k6's that are missing here.
constexpr auto kNotYet =
    std::to_array<std::string_view>({"cloud", "completion", "deps", "features", "login", "x"});

const Command* Find(std::string_view name) {
  const auto found = std::find_if(kCommands.begin(), kCommands.end(),
                                  [&](const Command& command) { return name == command.name; });
  return found == kCommands.end() ? nullptr : &*found;
}

void ShowCommands() {
  std::puts(
      "loadctl runs k6 scripts as one load test over many machines.\n\n"
      "Usage:\n  loadctl [command]\n\nAvailable Commands:");
  for (const Command& command : kCommands) std::printf("  %-10s  %s\n", command.name, command.help);
  std::puts("\nUse \"loadctl [command] --help\" for the flags of a command.");
}

bool Contains(std::string_view line, std::string_view text) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::search(line.begin(), line.end(), text.begin(), text.end(),
                     [&](char a, char b) { return lower(a) == lower(b); }) != line.end();
}

/// docs/compatibility.md; with a text, its lines that have it, below their headings.
int ShowCompatibilityPage(std::string_view wanted) {
  if (wanted.empty()) {
    std::fwrite(kCompatibility.data(), 1, kCompatibility.size(), stdout);
    return 0;
  }
  std::string_view rest = kCompatibility, heading;
  bool found = false;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.starts_with("#")) heading = line;
    if (!Contains(line, wanted)) continue;
    if (!heading.empty() && heading != line)
      std::printf("%s%.*s\n", found ? "\n" : "", static_cast<int>(heading.size()), heading.data());
    heading = "";
    found = true;
    std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
  }
  if (found) return 0;
  std::fprintf(stderr, "nothing about \"%.*s\"; `loadctl help compat` shows all\n",
               static_cast<int>(wanted.size()), wanted.data());
  return 255;
}

int Unknown(const std::string& name) {
  if (std::find(kNotYet.begin(), kNotYet.end(), name) != kNotYet.end()) {
    std::fprintf(stderr,
                 "k6's command \"%s\" is not yet supported (see `loadctl help compat %s`)\n",
                 name.c_str(), name.c_str());
    return 255;
  }
  std::vector<std::string_view> names;
  for (const Command& command : kCommands) names.push_back(command.name);
  std::fprintf(stderr,
               "unknown command \"%s\" for \"loadctl\"%s\nRun 'loadctl --help' for usage.\n",
               name.c_str(), text::DidYouMean(name, names).c_str());
  return 255;
}

}  // namespace

int Help(Arguments arguments) {
  if (arguments.empty() || arguments[0].starts_with("-") || arguments[0] == "help") {
    ShowCommands();
    return 0;
  }
  if (arguments[0] == "compat")
    return ShowCompatibilityPage(arguments.size() > 1 ? arguments[1] : "");
  const Command* command = Find(arguments[0]);
  if (command == nullptr) return Unknown(arguments[0]);
  const std::vector<std::string> help = {"--help"};
  return command->run(help);
}

int Dispatch(Arguments arguments) {
  if (arguments.empty() || arguments[0] == "-h" || arguments[0] == "--help") return Help({});
  if (arguments[0] == "--version") return Version({});
  const Command* command = Find(arguments[0]);
  return command == nullptr ? Unknown(arguments[0]) : command->run(arguments.subspan(1));
}

}  // namespace loadctl::cli

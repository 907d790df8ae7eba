#include <algorithm>

#include "controller/plan/plan.h"
#include "controller/plan/settings.h"

namespace loadctl::plan {
namespace {

constexpr std::size_t kWidth = 100;

constexpr std::string_view kRunIntro = R"(Start a test: on this machine, or on agents.

Usage:
  loadctl run [flags] SCRIPT

SCRIPT is a path or URL of a k6 script, or "-" to read it from standard input.

Examples:
  # Run a single VU, once.
  loadctl run script.js

  # Run 5 VUs, splitting 10 iterations between them.
  loadctl run -u 5 -i 10 script.js

  # Run 5 VUs for 10s.
  loadctl run -u 5 -d 10s script.js

  # Run 3000 VUs for 10m, split over 3 agents that registered with a running controller.
  loadctl run --controller ctl.example:6566 --agents 3 -u 3000 -d 10m script.js

)";

constexpr std::string_view kArchiveIntro = R"(Create an archive.

An archive is a fully self-contained test run, and can be executed identically elsewhere.

Usage:
  loadctl archive [flags] SCRIPT

Examples:
  # Archive a test run.
  loadctl archive -u 10 -d 10s -O myarchive.tar script.js

  # Run the resulting archive.
  loadctl run myarchive.tar

)";

constexpr std::string_view kInspectIntro = R"(Inspect a script or archive: its options as JSON.

Usage:
  loadctl inspect [flags] SCRIPT
  loadctl inspect --compat PATH

Examples:
  # The options, with what k6 calls the execution requirements.
  loadctl inspect --execution-requirements script.js

  # What is wrong with its types, where TypeScript is installed.
  loadctl inspect --types script.ts

  # Which scripts of a folder loadctl runs, and what is not yet there.
  loadctl inspect --compat tests/

)";

constexpr std::string_view kNewIntro =
    R"(Create and initialize a new k6 script using one of the predefined templates.

By default, the script will be named script.js unless a different name is specified.

Usage:
  loadctl new [flags] [FILE]

Examples:
  # Create a new k6 script with the default template
  loadctl new

  # Specify a file name when creating a script
  loadctl new test.js

  # Overwrite an existing file
  loadctl new -f test.js

  # Create a script using a specific template
  loadctl new --template protocol

)";

constexpr std::string_view kOutro = R"(
Flags marked (not yet) are k6's and are refused, with exit status 104; --allow-unsupported lets
those pass that change neither the load nor the verdict. `loadctl help compat` has them all.
)";

/// `  -u, --vus int`.
std::string Name(const Setting& setting) {
  std::string out = setting.shorthand == 0 ? std::string("      ")
                                           : std::string("  -") + setting.shorthand + ", ";
  out += "--" + std::string(setting.flag);
  if (!setting.word.empty()) out += " " + std::string(setting.word);
  return out;
}

/// The text in lines that begin at the column, broken at spaces.
std::string Wrap(std::string_view text, std::size_t column) {
  std::string out;
  std::size_t at = column;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
    if (at > column && at + 1 + word.size() > kWidth) {
      out += "\n" + std::string(column, ' ');
      at = column;
    }
    if (at > column) {
      out += ' ';
      ++at;
    }
    out += word;
    at += word.size();
  }
  return out;
}

/// The command's flags for which `wanted` holds; nothing if there are none.
template <typename Wanted>
std::string Section(Command command, std::string_view title, Wanted wanted) {
  std::size_t column = 0;
  for (const Setting& setting : Settings()) {
    if (HasFlag(command, setting) && wanted(setting)) {
      column = std::max(column, Name(setting).size() + 3);
    }
  }
  if (column == 0) return "";
  std::string out(title);
  for (const Setting& setting : Settings()) {
    if (!HasFlag(command, setting) || !wanted(setting)) continue;
    std::string line = Name(setting);
    line.resize(column, ' ');
    std::string help(setting.help);
    const bool refused =
        setting.support == Support::kHarmless || setting.support == Support::kUnsupported;
    const bool said = help.find("supported") != std::string::npos;
    if (refused && !said && setting.flag != "log-output") help += " (not yet)";
    out += line + Wrap(help, column) + "\n";
  }
  return out;
}

constexpr std::string_view kDebugIntro =
    R"(Run one iteration of a script under a debugger.

It waits until Chrome DevTools (chrome://inspect) or VS Code (attach, type "node") has connected,
pauses at the script's first line, and shows each HTTP exchange. Breakpoints are set in the files as
they were written, TypeScript included. setup() and teardown() run, too.

Usage:
  loadctl debug [flags] SCRIPT

Examples:
  # One iteration, with a debugger at the usual port.
  loadctl debug script.ts

  # Of the scenario `checkout`, pausing at breakpoints only.
  loadctl debug --scenario checkout --no-break script.ts

)";

std::string_view Intro(Command command) {
  switch (command) {
    case Command::kRun:
      return kRunIntro;
    case Command::kArchive:
      return kArchiveIntro;
    case Command::kInspect:
      return kInspectIntro;
    case Command::kNew:
      return kNewIntro;
    case Command::kDebug:
      return kDebugIntro;
  }
  return "";
}

}  // namespace

std::string HelpOf(Command command) {
  std::string out(Intro(command));
  out += Section(command, "Flags:\n", [](const Setting& s) {
    return s.scope != Scope::kGlobal && s.scope != Scope::kOwn && !s.own;
  });
  out += Section(command, "\nFlags of loadctl:\n",
                 [](const Setting& s) { return s.scope == Scope::kOwn || s.own; });
  out += Section(command, "\nGlobal Flags:\n",
                 [](const Setting& s) { return s.scope == Scope::kGlobal; });
  return out += kOutro;
}

std::string RunHelp() { return HelpOf(Command::kRun); }

}  // namespace loadctl::plan

// From what the user gave (flags, environment, script options) to the plan of a run.
// Not for reading the script (controller/bundle) nor for agents (controller/fleet).
// Plain functions and values: any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/plan/options.h"
#include "common/plan/scenario.h"
#include "common/plan/vu_isolation.h"
#include "controller/plan/settings.h"

namespace loadctl::plan {

using Environment = std::map<std::string, std::string, std::less<>>;

/// k6's JSON configuration file, the layer between defaults and script.
struct ConfigFile {
  std::string path;  ///< as given, or the default place; for messages
  std::string text;
};

/// What becomes of a run that loses an agent.
enum class OnAgentLoss { kAbort };

/// loadctl's own flags: what k6 has no word for.
struct FleetFlags {
  std::optional<std::int64_t> agents;           ///< --agents N, 1..10000
  bool agents_auto = false;                     ///< --agents auto: there is no number yet
  bool ignore_limits = false;                   ///< --ignore-limits
  std::string controller;                       ///< --controller host:port; empty = run here
  std::optional<std::int64_t> vus_per_isolate;  ///< --vus-per-isolate N ≥ 1; nullopt = auto
  std::optional<std::int64_t> workers;  ///< --workers N ≥ 1 threads an agent; nullopt = auto
  OnAgentLoss on_agent_loss = OnAgentLoss::kAbort;
  std::string tls_cert, tls_key, tls_ca;             ///< PEM files; empty = not given
  std::string token_file;                            ///< --token-file; empty = found by the address
  std::optional<std::int64_t> max_heap;              ///< --max-heap, in bytes, of one isolate
  VuIsolation vu_isolation = VuIsolation::kContext;  ///< --vu-isolation
};

/// What --fail-on may name, beside k6's own reasons to fail.
enum class FailOn {
  kException,
  kCheck,
  kNoRequests,
  kNoIterations,
  kMissedRate,
  kNoData,
  kOutputLoss
};

/// The parsed command line of `loadctl run`, `archive`, `inspect` or `new`.
struct CommandLine {
  Command command = Command::kRun;
  std::string script;  ///< path, URL or `-`; of `new` the file to write, empty = not given
  bool help = false;   ///< -h: print HelpOf() and exit 0; nothing else is checked then
  Options options;     ///< those that flags set
  FleetFlags fleet;
  bool allow_unsupported = false;
  bool strict = false;               ///< --strict: what would be warned of as unused is an error
  std::vector<FailOn> fail_on;       ///< in the order given
  std::string verdict_file;          ///< --verdict-file; empty = none
  std::vector<std::string> reports;  ///< --report, as given: `junit=out.xml`
  std::string record;                ///< --record; empty = none
  std::string history;               ///< --history; empty = none
  std::string web_control;           ///< --web-control: `auto` or a file; empty = not at all
  std::string summary_dir;           ///< --summary-dir; empty = the current folder
  std::vector<std::string> summary_overwrite;  ///< every --summary-overwrite
  bool detach = false;                         ///< --detach, with --controller

  /// Flags that are no options, as given, by name without dashes; the last one counts. Those that
  /// have a variable are read through ResolveRuntimeOptions(), which adds the environment.
  std::map<std::string, std::string, std::less<>> runtime;
  std::vector<std::string> env;             ///< every -e, as given
  std::vector<std::string> secret_env;      ///< every --secret-env
  std::vector<std::string> secret_sources;  ///< every --secret-source, as given

  /// A text or yes-or-no flag of the command alone: `template`, `force`.
  [[nodiscard]] std::string Text(std::string_view flag, std::string_view fallback = "") const;
  [[nodiscard]] bool Has(std::string_view flag) const;
};

/// Parses what follows `loadctl COMMAND` by k6's rules: flags and the script in any order, `--`
/// ends flags, `-u5`, `-u 5`, `--vus=5`, `--vus 5`, `-qv`; bools take a value only after `=`.
///
/// Fails with k6's texts (kGeneric, 255), or (kInvalidConfig, 104) for a flag that k6 knows and
/// this build does not have; that error names the flag and its row in docs/compatibility.md.
[[nodiscard]] Result<CommandLine> ParseCommandLine(Command command,
                                                   std::span<const std::string> args);
[[nodiscard]] Result<CommandLine> ParseRunCommandLine(std::span<const std::string> args);

/// The text of `loadctl COMMAND --help`.
[[nodiscard]] std::string HelpOf(Command command);
[[nodiscard]] std::string RunHelp();

enum class SummaryMode { kCompact, kFull, kDisabled };
enum class LogDestination { kStderr, kStdout, kNone, kFile, kLoki };

/// What governs the run but is no option: k6's runtime and global flags, resolved.
struct RuntimeOptions {
  std::map<std::string, std::string> env;  ///< `__ENV` of the script
  bool no_thresholds = false;
  SummaryMode summary_mode = SummaryMode::kCompact;
  std::string summary_export;             ///< file; empty = none
  bool machine_readable = false;          ///< --new-machine-readable-summary
  std::string address;                    ///< of the REST API; empty = none on TCP
  bool address_is_flag = false;           ///< not only a variable: then it must be had
  std::string api_token_file;             ///< empty = asked for where others reach the address
  std::string api_tls_cert, api_tls_key;  ///< PEM files; empty = plain HTTP

  bool quiet = false;
  bool verbose = false;
  bool no_color = false;
  std::string log_format;  ///< `json`, `raw`, anything else is text
  LogDestination log_destination = LogDestination::kStderr;
  std::string log_file;        ///< path, for kFile
  std::string loki;            ///< `loki=...` as given, for kLoki
  std::string log_level;       ///< from `file=...,level=L`; empty = all
  std::string test_type;       ///< `js`, `archive`; empty = found out from the content
  std::string import_map;      ///< file; empty = none
  bool remote_imports = true;  ///< imports by https

  std::vector<std::string> secret_env;      ///< names of variables; `env` has none of them
  std::vector<std::string> secret_sources;  ///< `type[=config]`

  std::string config_path;            ///< of the configuration file
  bool config_may_be_absent = false;  ///< it is k6's default place

  /// The variables that options are read from: the environment, and -e where `__ENV` includes it.
  Environment option_variables;
  std::vector<std::string> warnings;  ///< to log
};

/// Adds the environment to the flags. Needed before the script is loaded, because of `__ENV`.
///
/// `__ENV` is the system environment (unless --include-system-env-vars=false, the default but for
/// `run`) and the -e values. As in k6, -e then also sets options: `-e K6_VUS=2`.
/// Fails with k6's texts (255), or (104) when the environment sets a K6_ variable that k6 knows and
/// this build does not have.
[[nodiscard]] Result<RuntimeOptions> ResolveRuntimeOptions(const CommandLine& command_line,
                                                           const Environment& environment);

/// What MakePlan needs; the referenced values must outlive the call only.
struct PlanInputs {
  std::string_view script_options_json;  ///< the exported `options` as JSON; empty = none
  std::span<const std::string> exports;  ///< names of the script's exported functions
  const Environment& environment;        ///< the controller's
  const CommandLine& command_line;
  std::string_view version;            ///< of this program, for the default user agent: `0.1.0`
  const ConfigFile* config = nullptr;  ///< nullptr: there is none
  /// What lies under the variables of `__ENV`: the archive's.
  const std::map<std::string, std::string>* archive_env = nullptr;
};

/// Everything decided before the first agent is asked for anything.
struct Plan {
  Options options;                     ///< with scenarios sorted and validated
  ExecutionRequirements requirements;  ///< of the whole run
  RuntimeOptions runtime;
  bool paused = false;         ///< `paused`: the run waits before setup() until it is told to go on
  bool web_dashboard = false;  ///< K6_WEB_DASHBOARD; `--out web-dashboard` is one of the outputs
  bool linger = false;         ///< `--linger`: and at its end, until a signal
  std::vector<std::string> outputs;   ///< `--out`, as given: `json=out.json`
  std::string collectors = "{}";      ///< settings of outputs in the configuration file, JSON
  std::vector<std::string> warnings;  ///< to log, in order; runtime's included
};

/// Merges defaults < configuration file < script < K6_ variables < flags, turns shortcuts into the
/// scenario `default`, and validates.
///
/// Fails with k6's texts: kInvalidConfig (104), or kGeneric (255) for trend statistics, an invalid
/// DNS TTL and a script without exported functions. What k6 knows and this build does not have
/// fails with kInvalidConfig, naming its row in docs/compatibility.md (for `run`: the other
/// commands run nothing).
[[nodiscard]] Result<Plan> MakePlan(const PlanInputs& inputs);

}  // namespace loadctl::plan

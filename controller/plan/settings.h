// The one table of everything a user can set: options, flags and K6_ variables, with how far this
// build supports each. It drives parsing, the environment, script options and the refusals.
// Not for values (values.h) nor precedence (layers.h). Constants: any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::plan {

/// How a value is written and read; values.h converts each.
enum class ValueType {
  kBool,
  kInt,
  kString,
  kDuration,
  kStringList,   ///< flag and variable: separated by commas
  kStringArray,  ///< flag: one value each time it is given
  kTags,         ///< flag `name=value`, variable `a:b,c:d`, script object
  kDns,          ///< `ttl=5m,select=random,policy=preferIPv4`
  kStages,
  kScenarios,
  kThresholds,
  kAnyJson,      ///< kept as it is
  kPositiveInt,  ///< from 1; loadctl's own flags
  kAutoOrInt,    ///< `auto`, or from 1
  kBytes,        ///< `512M`, `2GiB`, or a plain number of bytes
};

/// How far this build honours a setting.
enum class Support {
  kWorks,
  kNoEffect,     ///< accepted: k6's own `run` does nothing with it, and neither do we
  kHarmless,     ///< refused; --allow-unsupported passes it with a warning
  kUnsupported,  ///< always refused: without it the load or the verdict would be another
};

/// What a setting is for, and where it may be given.
enum class Scope {
  kOption,   ///< script `options`, K6_ variable, flag
  kHidden,   ///< an option that k6 takes from variable and flag only
  kConfig,   ///< flag and variable of `run` that are no script option
  kRuntime,  ///< never an option: read through ResolveRuntimeOptions()
  kGlobal,   ///< flags of all commands; resolved like kRuntime
  kOwn,      ///< loadctl's, unknown to k6
  kArchive,  ///< flags of `archive` alone
  kInspect,  ///< flags of `inspect` alone
  kNew,      ///< flags of `new` alone
};

/// Where a value comes from, from the lowest layer to the highest.
enum class Source { kFile, kScript, kVariable, kFlag };

/// The commands that share the table's flags.
enum class Command { kRun, kArchive, kInspect, kNew };

/// One row. Empty texts stand for "has none".
struct Setting {
  Scope scope = Scope::kOption;
  std::string_view key;  ///< name in scripts, or of the value in a layer; empty for plain variables
  std::string_view flag;  ///< long name without dashes
  char shorthand = 0;
  std::string_view env;  ///< variable; with `*` at the end, all that begin so
  ValueType type = ValueType::kString;
  Support support = Support::kWorks;
  std::string_view accepted;  ///< values that work although the setting does not, `|` between them
  std::string_view go_name;   ///< k6's field name in messages
  std::string_view word;      ///< what the help calls the flag's value
  std::string_view help;

  /// Name of the row in docs/compatibility.md: the key, else `--flag`, else the variable.
  [[nodiscard]] std::string Row() const;
};

/// All rows, flags in the order of the help.
[[nodiscard]] std::span<const Setting> Settings();

/// The row of an option key as scripts write it: exact, else ignoring the case of ASCII letters, as
/// Go's JSON does; nullptr if k6 has no such option.
[[nodiscard]] const Setting* FindOption(std::string_view key);
/// The row of a key of the configuration file: an option of scripts, or `out`, `linger` and so on.
[[nodiscard]] const Setting* FindFileKey(std::string_view key);
[[nodiscard]] const Setting* FindFlag(std::string_view name);
[[nodiscard]] const Setting* FindShorthand(char letter);

/// Whether the command has the row's flag.
[[nodiscard]] bool HasFlag(Command command, const Setting& setting);

/// `option rps of the script`, `variable K6_RPS`, `flag --rps`.
[[nodiscard]] std::string DescribeSource(const Setting& setting, Source source);

enum class AllowUnsupported { kNo, kYes };

/// Decides on a setting that was given with a value that asks for something.
///
/// Supported: an empty string. Passed with a warning: its text. Refused: fails (kInvalidConfig)
/// naming `what` (`flag --rps`, `option rps of the script`, `variable K6_RPS`) and the row.
[[nodiscard]] Result<std::string> JudgeUse(const Setting& setting, std::string_view what,
                                           AllowUnsupported allow);

/// Whether the text is one of the setting's accepted values: `extended` of --compatibility-mode.
[[nodiscard]] bool IsAccepted(const Setting& setting, std::string_view text);

}  // namespace loadctl::plan

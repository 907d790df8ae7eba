// Everything a user can set, found by name: the options (common/plan/options.inc), and the flags
// and variables that are none (flags.inc). What is not there yet is refused by what stands in its
// row. Not for values (values.h) nor precedence (layers.h). Constants: any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "common/plan/setting.h"

namespace loadctl::plan {

/// The commands that share the table's flags.
enum class Command { kRun, kArchive, kInspect, kNew, kDebug };
/// Whether the command runs a script.
[[nodiscard]] constexpr bool Runs(Command command) {
  return command == Command::kRun || command == Command::kDebug;
}

/// All rows, flags in the order of the help.
[[nodiscard]] std::span<const Setting> Settings();

/// The row of an option key as scripts write it: exact, else ignoring the case of ASCII letters, as
/// Go's JSON does; nullptr if k6 has no such option.
[[nodiscard]] const Setting* FindOption(std::string_view key);
/// The row of a key of the configuration file: an option of scripts, or `out`, `linger` and so on.
[[nodiscard]] const Setting* FindFileKey(std::string_view key);
[[nodiscard]] const Setting* FindFlag(std::string_view name);

/// `; did you mean "vus"?` of a key that FindFileKey() does not find; nothing where none is near.
[[nodiscard]] std::string SuggestOption(std::string_view key);

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

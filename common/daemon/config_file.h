// The configuration file of a daemon (--daemon-config): YAML, one flat map of flags to values.
// Not for the options of a test. Pure but for reading the file; any thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::daemon {

/// Values by key; keys are the long flags' names without dashes.
using Settings = std::map<std::string, std::string, std::less<>>;

/// Fails (kGeneric) as `FILE:LINE: ...`: no YAML, no map, an unknown or repeated key, a value that
/// is no plain text.
[[nodiscard]] Result<Settings> ReadConfigFile(const std::string& path,
                                              std::span<const std::string_view> known_keys);
/// The same for a text; `name` stands for the file in errors.
[[nodiscard]] Result<Settings> ParseConfig(const std::string& text, const std::string& name,
                                           std::span<const std::string_view> known_keys);

/// Flags of the command line over the file that --daemon-config among them names, if any:
/// `--flag value` and `--flag=value`. Fails (kGeneric) for unknown flags and missing values.
/// `--help` and `--version` are not known here. `internal_keys` are flags of programs that start
/// others: not for files, nor named in errors.
[[nodiscard]] Result<Settings> ReadDaemonFlags(
    std::span<const std::string> arguments, std::span<const std::string_view> known_keys,
    std::span<const std::string_view> internal_keys = {});

}  // namespace loadctl::daemon

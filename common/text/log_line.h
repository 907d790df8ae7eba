// How a log line looks, in k6's formats; both programs write such lines. Not for where it goes
// (controller/terminal/log.h). Pure functions, any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.h"

namespace loadctl::text {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// The level that k6 calls `name` (`debug`, `info`, `warn`, `warning`, `error`; `trace`, `fatal`,
/// `panic` map to the nearest), else k6's error `unknown log level NAME`.
[[nodiscard]] Result<LogLevel> ParseLogLevel(std::string_view name);

/// The level that a number from the wire stands for; kError for one that is none.
[[nodiscard]] constexpr LogLevel LogLevelOf(unsigned number) {
  return number < 3 ? static_cast<LogLevel>(number) : LogLevel::kError;
}

/// logrus' name of a level: `debug`, `info`, `warning`, `error`.
[[nodiscard]] std::string_view LevelName(LogLevel level);

/// Key and value, in any order; they are shown sorted by key.
using LogFields = std::vector<std::pair<std::string, std::string>>;

struct LogRecord {
  std::chrono::system_clock::time_point time;
  std::chrono::nanoseconds since_start{0};  ///< of the program; the number in `INFO[0003]`
  LogLevel level = LogLevel::kInfo;
  std::string message;
  LogFields fields;
};

/// `time="2026-01-02T15:04:05Z" level=info msg=hello source=console`, local time zone, with "\n".
[[nodiscard]] std::string FormatPlain(const LogRecord& record);
/// `INFO[0003] hello` padded to 44, then the fields, coloured as k6 does on a terminal, with "\n".
[[nodiscard]] std::string FormatColored(const LogRecord& record);
/// One JSON object with sorted keys, with "\n".
[[nodiscard]] std::string FormatJson(const LogRecord& record);
/// The message alone, with "\n".
[[nodiscard]] std::string FormatRaw(const LogRecord& record);

}  // namespace loadctl::text

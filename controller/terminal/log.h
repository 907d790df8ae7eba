// Log lines for a person or a log collector, in k6's formats, written by spdlog.
// Not for metrics or results. The formatting functions are pure; a Logger may be used by any
// thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "controller/summary/colors.h"

namespace spdlog {
class logger;
}

namespace loadctl::terminal {

using summary::Colors;

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// The level that k6 calls `name` (`debug`, `info`, `warn`, `warning`, `error`; `trace`, `fatal`,
/// `panic` map to the nearest), else k6's error `unknown log level NAME`.
[[nodiscard]] Result<LogLevel> ParseLogLevel(std::string_view name);

/// The level that a number from the wire stands for; kError for one that is none.
[[nodiscard]] constexpr LogLevel LogLevelOf(unsigned number) {
  return number < 3 ? static_cast<LogLevel>(number) : LogLevel::kError;
}

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

struct LogOptions {
  std::string output = "stderr";  ///< `stderr`, `stdout`, `none`, `file=PATH[,level=L]`
  std::string format;             ///< `raw`, `json`; anything else is text
  bool verbose = false;           ///< -v: debug lines too
  bool no_color = false;
  bool stdout_is_tty = false;
  bool stderr_is_tty = false;
  /// Calls its argument, which writes to a terminal, with the progress block out of the way
  /// (ProgressPrinter::Print); empty: call it directly. Must outlive the Logger.
  std::function<void(const std::function<void()>&)> around_terminal_write;
};

/// Where all log lines of the controller and of its agents go.
class Logger final {
 public:
  /// Opens the output. Errors are k6's: `unsupported log output 'x'`, `filepath must not be empty`,
  /// `provided directory 'd' does not exist`, `unknown logfile config key k`, `unknown log level
  /// l`.
  static Result<std::unique_ptr<Logger>> Open(LogOptions options);
  ~Logger();

  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  /// Writes one line at once, or nothing if the level is below the output's. Blocks while the
  /// output does.
  void Log(LogLevel level, std::string_view message, const LogFields& fields = {});

  void Debug(std::string_view message, const LogFields& fields = {});
  void Info(std::string_view message, const LogFields& fields = {});
  void Warn(std::string_view message, const LogFields& fields = {});
  void Error(std::string_view message, const LogFields& fields = {});

  /// Whether a line of this level would be written; to skip the work of making it.
  [[nodiscard]] bool Enabled(LogLevel level) const;

 private:
  using Formatter = std::string (*)(const LogRecord&);
  Logger(std::shared_ptr<spdlog::logger> sink, Formatter format, LogLevel lowest);

  std::shared_ptr<spdlog::logger> sink_;
  Formatter format_;
  LogLevel lowest_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace loadctl::terminal

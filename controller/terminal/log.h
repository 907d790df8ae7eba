// Log lines for a person or a log collector, in k6's formats, written by spdlog.
// Not for metrics or results, nor for how a line looks (common/text/log_line.h). Any thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/secrets/redactor.h"
#include "common/text/log_line.h"
#include "controller/summary/colors.h"

namespace spdlog {
class logger;
}

namespace loadctl::terminal {

using summary::Colors;

using text::LogFields;
using text::LogLevel;
using text::LogLevelOf;
using text::LogRecord;
using text::ParseLogLevel;

struct LogOptions {
  std::string output = "stderr";  ///< `stderr`, `stdout`, `none`, `file=PATH[,level=L]`
  std::string format;             ///< `raw`, `json`; anything else is text
  /// Lines for stderr go to systemd's journal instead, as entries by this identifier; empty: no.
  std::string journal{};
  bool verbose = false;  ///< -v: debug lines too
  bool no_color = false;
  bool stdout_is_tty = false;
  bool stderr_is_tty = false;
  /// Gets each line of `lowest` and above as well; from any thread. It must outlive the Logger.
  std::function<void(const LogRecord&)> also = {};
  LogLevel lowest = LogLevel::kDebug;  ///< of `none`
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

  /// Secrets that lines are written without. Before other threads log.
  void Redact(std::shared_ptr<const secrets::Redactor> redactor) {
    redactor_ = std::move(redactor);
  }

  /// Writes one line at once, or nothing if the level is below the output's. Blocks while the
  /// output does.
  void Log(LogLevel level, std::string_view message, const LogFields& fields = {});

  void Debug(std::string_view message, const LogFields& fields = {});
  void Info(std::string_view message, const LogFields& fields = {});
  void Warn(std::string_view message, const LogFields& fields = {});
  void Error(std::string_view message, const LogFields& fields = {});

  /// Why lines could not be written: `/var/log/x: No space left on device`; "" if all were.
  [[nodiscard]] std::string Problem() const;

  /// Whether a line of this level would be written; to skip the work of making it.
  [[nodiscard]] bool Enabled(LogLevel level) const;

 private:
  using Formatter = std::string (*)(const LogRecord&);
  class DescriptorSink;
  Logger(std::shared_ptr<DescriptorSink> sink, Formatter format, LogLevel lowest,
         std::string journal);

  std::shared_ptr<DescriptorSink> descriptor_;
  std::unique_ptr<spdlog::logger> sink_;
  Formatter format_;
  LogLevel lowest_;
  const std::string journal_;
  std::function<void(const LogRecord&)> also_;
  std::shared_ptr<const secrets::Redactor> redactor_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace loadctl::terminal

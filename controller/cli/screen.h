// What a person at the terminal sees of a run: log lines, header, moving lines, results.
// Not for computing any of it. The run's thread, but for the logger.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "controller/plan/plan.h"
#include "controller/run/test_run.h"
#include "controller/terminal/console_limiter.h"
#include "controller/terminal/header.h"
#include "controller/terminal/log.h"
#include "controller/terminal/progress.h"

namespace loadctl::cli {

struct FileProblem {
  std::string step;  ///< `open` or `write`
  std::string reason;
};
/// Writes or replaces the file; what went wrong, if anything did.
[[nodiscard]] std::optional<FileProblem> TryWriteFile(const std::string& path,
                                                      const std::string& content);
/// The same in k6's words of results; an empty text: well done.
[[nodiscard]] std::string WriteFile(const std::string& path, const std::string& content);

class Screen final {
 public:
  static Result<std::unique_ptr<Screen>> Open(const plan::RuntimeOptions& options, int agents);

  [[nodiscard]] terminal::Logger& logger() { return *logger_; }
  [[nodiscard]] const summary::DisplayState& display() const { return display_; }

  void Banner();
  void Header(const plan::CommandLine& line, const plan::Plan& plan);
  [[nodiscard]] controller::RunHooks Hooks();

  /// Shows the end: what handleSummary() made or the built-in summary, then the last progress
  /// lines. False if a file could not be written (which is logged).
  bool Results(const controller::RunResult& result);
  /// The --summary-export file.
  bool Export(const controller::RunResult& result);

 private:
  explicit Screen(const plan::RuntimeOptions& options);
  void OnProgress(const terminal::ProgressState& state);

  plan::RuntimeOptions options_;
  summary::DisplayState display_;
  terminal::Colors colors_;
  std::unique_ptr<terminal::ProgressPrinter> printer_;
  std::unique_ptr<terminal::Logger> logger_;
  std::unique_ptr<terminal::ConsoleLimiter> console_;
  std::chrono::steady_clock::time_point next_plain_{};
};

}  // namespace loadctl::cli

// What a person at the terminal sees of a run: log lines, header, moving lines, results.
// Not for computing any of it. Events on one thread, the rest on the main one; the logger on any.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/events/subscriber.h"
#include "controller/plan/plan.h"
#include "controller/results/recent.h"
#include "controller/summary/json.h"
#include "controller/terminal/console_limiter.h"
#include "controller/terminal/header.h"
#include "controller/terminal/log.h"
#include "controller/terminal/loki.h"
#include "controller/terminal/progress.h"

namespace loadctl::cli {

struct FileProblem {
  std::string step;  ///< `open` or `write`
  std::string reason;
};
/// Who may read a file that is written.
enum class Readers {
  kByUmask,
  kOwner,  ///< alone: it may hold secrets
};
/// Writes or replaces the file; what went wrong, if anything did.
[[nodiscard]] std::optional<FileProblem> TryWriteFile(const std::string& path,
                                                      const std::string& content,
                                                      Readers readers = Readers::kByUmask);
/// The same in k6's words of results; an empty text: well done.
[[nodiscard]] std::string WriteFile(const std::string& path, const std::string& content);
/// The same, behind what the file has already.
[[nodiscard]] std::string AppendFile(const std::string& path, const std::string& content);

class Screen final : public events::Subscriber {
 public:
  static Result<std::unique_ptr<Screen>> Open(const plan::RuntimeOptions& options, int agents);

  [[nodiscard]] terminal::Logger& logger() { return *logger_; }
  [[nodiscard]] const summary::DisplayState& display() const { return display_; }

  /// Bytes for standard output, between two states of the moving lines. Any thread.
  void Print(std::string_view bytes);

  /// How files of handleSummary() are written from here on: what went wrong, or an empty text.
  /// Without it as k6 does, wherever the script says.
  using FileWriter =
      std::function<std::string(const std::string& path, const std::string& content)>;
  /// Of a run elsewhere: what it sends is another's. It is written by `writer`, and shown with
  /// nothing but its colours; not `wanted`: it is refused, and the built-in summary is shown.
  void WriteFilesBy(FileWriter writer, bool wanted) {
    write_file_ = std::move(writer);
    files_ = wanted ? Files::kOfOthers : Files::kUnwanted;
  }

  void Banner();
  void Header(const plan::CommandLine& line, const plan::Plan& plan,
              std::vector<std::string> outputs, const std::string& dashboard);

  /// Shows what the run tells. Of the outcome: what handleSummary() made or the built-in summary,
  /// then the last progress lines.
  void On(const v1::RunEvent& event) override;
  /// False: a file that handleSummary() made, standard output or the log could not be written,
  /// which was said.
  [[nodiscard]] bool files_written() const { return files_written_; }

 private:
  explicit Screen(const plan::RuntimeOptions& options);
  void OnLog(const v1::LogEntry& entry);
  void OnProgress(const terminal::ProgressState& state);
  void OnSecond(const v1::Second& second);
  [[nodiscard]] std::string SummaryOf(const v1::Outcome& outcome);
  void OnMissed(const v1::Missed& missed);
  void OnOutcome(const v1::Outcome& outcome);
  void SayWhatWasLost();

  plan::RuntimeOptions options_;
  summary::DisplayState display_;
  terminal::Colors colors_;
  std::unique_ptr<terminal::ProgressPrinter> printer_;
  std::unique_ptr<terminal::Loki> loki_;  // null: lines do not go there
  std::unique_ptr<terminal::Logger> logger_;
  std::unique_ptr<terminal::ConsoleLimiter> console_;
  controller::Recent recent_;  // on a terminal
  std::chrono::steady_clock::time_point next_plain_{};
  FileWriter write_file_ = WriteFile;
  enum class Files { kOwn, kOfOthers, kUnwanted } files_ = Files::kOwn;
  bool files_written_ = true;
};

}  // namespace loadctl::cli

// Files that a run's events go to while it goes on: its record, its place in the history, the HTTP
// archive and the CPU profile. Not for results that are written at the end (result_files.h).
// The thread that publishes the run's events.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/base/error.h"
#include "controller/cli/cpu_profile_file.h"
#include "controller/cli/result_files.h"
#include "controller/events/publisher.h"
#include "controller/events/queue.h"
#include "controller/plan/plan.h"
#include "controller/record/history.h"
#include "controller/record/writer.h"
#include "controller/report/har.h"
#include "controller/terminal/log.h"

namespace loadctl::cli {

class RunFiles final {
 public:
  /// Subscribes to `told` before those that it has: a verdict tells of what could not be written.
  /// Both must outlive this.
  RunFiles(const plan::CommandLine& line, events::Publisher& told)
      : line_(line), told_(told), profile_(line.Text("cpu-profile")) {}

  /// Opens what the command line names. Fails (kGeneric) naming the file; before the first event,
  /// as the next two.
  Result<void> Begin();
  /// --har; an empty path: none.
  Result<void> OpenHar(const std::string& path);
  /// Fails too if the run is recorded already; an empty path: none.
  Result<void> OpenRecord(const std::string& path);

  /// A request and its answer, for the HTTP archive.
  void Add(const v1::HttpExchange& exchange) { har_.Add(exchange); }

  /// Whether something is told of scenarios, groups and failed requests by themselves.
  [[nodiscard]] bool WantParts() const { return record_ || history_; }
  /// Nothing went wrong so far.
  [[nodiscard]] bool written() const;
  /// A line for each problem.
  void Say(terminal::Logger& logger) const;

 private:
  Result<void> OpenHistory();

  const plan::CommandLine& line_;
  events::Publisher& told_;
  CpuProfileFile profile_;
  report::HarLog har_;
  std::optional<ResultFile> har_file_;  // absent: none was asked for
  std::string record_path_;
  std::unique_ptr<record::Writer> record_;
  std::unique_ptr<events::Queue> to_record_;
  std::unique_ptr<record::HistoryWriter> history_;
  std::unique_ptr<events::Queue> to_history_;
};

}  // namespace loadctl::cli

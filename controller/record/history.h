// A folder of the runs that were, `--history DIR`: of each its record, and a short file for lists.
// Not for what is in a record (writer.h). One thread at a time; several programs may share a
// folder.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/text/json_writer.h"
#include "controller/events/subscriber.h"
#include "controller/record/writer.h"

namespace loadctl::record {

/// What a list shows of a run.
struct KeptRun {
  enum class State {
    kRunning,  ///< it is being written
    kEnded,
    kCut,  ///< its program was killed, or the machine broke down
  };
  std::string id;      ///< as of RunId
  std::string file;    ///< of the record
  std::string script;  ///< as typed
  State state = State::kCut;
  std::int64_t began_unix_ns = 0;

  // Of those that have ended.
  std::chrono::nanoseconds lasted{0};
  std::uint32_t agents = 0;
  int code = 0;  ///< exit status
  bool complete = true;
  std::string cause;  ///< why it is not 0
  std::optional<double> iterations, requests, requests_per_second, requests_failed, duration_p95_ms;
};

/// Members of an object that tell how a run ended: exit status, why, and its figures.
void WriteEnd(const KeptRun& run, text::JsonWriter& out);

/// Keeps every run whose events it gets, one after the other.
class HistoryWriter final : public events::Subscriber {
 public:
  /// Makes the folder if it is not there. Fails (kGeneric) if nothing can be written to it.
  [[nodiscard]] static Result<std::unique_ptr<HistoryWriter>> Make(const std::string& folder);
  void On(const v1::RunEvent& event) override;
  /// Why the last run is not there, or not as a whole; empty: it is.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  explicit HistoryWriter(std::string folder) : folder_(std::move(folder)) {}
  void Begin(const v1::RunEvent& planned);
  void End(const v1::Outcome& outcome);

  const std::string folder_;
  KeptRun run_;
  std::unique_ptr<Writer> writer_;  // null: no run goes on
  std::string problem_;
};

/// The runs of a folder, the newest first, at most so many. Files that are none of a run are passed
/// over. Fails (kGeneric) if the folder cannot be read.
[[nodiscard]] Result<std::vector<KeptRun>> ListHistory(const std::string& folder,
                                                       std::size_t most = 1000);

/// The run with this id, or with the only one that begins so. Fails (kGeneric) if there is none.
[[nodiscard]] Result<KeptRun> FindInHistory(const std::string& folder, const std::string& id);

}  // namespace loadctl::record

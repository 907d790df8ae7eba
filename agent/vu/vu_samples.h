// What is measured of a VU's iterations: their number and duration, bytes, how late they began.
// Not for samples of modules, which use recorder(). The VU's thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "agent/metrics/recorder.h"
#include "agent/vu/loop.h"
#include "agent/vu/program.h"
#include "agent/vu/vu_tags.h"

namespace loadctl::vu {

class VuSamples final {
 public:
  /// Both outlive it.
  VuSamples(VuTags& tags, const Program& program) : tags_(tags), program_(program) {}

  void MoveTo(metrics::Recorder& recorder, WorkerStats& stats) {
    recorder_ = &recorder;
    stats_ = &stats;
  }
  /// Null in init code.
  [[nodiscard]] metrics::Recorder* recorder() const { return recorder_; }
  /// While init code runs again.
  metrics::Recorder* SetRecorder(metrics::Recorder* recorder) {
    return std::exchange(recorder_, recorder);
  }
  /// The number of the VU's worker on the agent, from 0.
  [[nodiscard]] std::size_t worker() const { return stats_ == nullptr ? 0 : stats_->worker; }

  /// Counts the VU as active (1) or no longer (-1), for the metric `vus`.
  void CountActive(int by) {
    if (stats_ != nullptr) CountAlone(stats_->active, by);
  }
  /// Bytes for data_sent and data_received of the present work.
  void CountData(std::uint64_t sent, std::uint64_t received) {
    sent_ += sent;
    received_ += received;
  }

  /// An iteration as it went.
  struct Iteration {
    TimePoint began, ended;
    std::optional<TimePoint> due;  ///< when it was to start by plan
    bool complete = true;
  };
  /// k6's samples of an iteration, and ours.
  void Emit(const Iteration& iteration);
  /// The bytes counted, and counts from 0 again.
  void EmitData(std::int64_t time);

 private:
  void EmitData(std::int64_t time, const metrics::SampleTags& tags);

  VuTags& tags_;
  const Program& program_;
  metrics::Recorder* recorder_ = nullptr;
  WorkerStats* stats_ = nullptr;
  std::uint64_t sent_ = 0, received_ = 0;
};

}  // namespace loadctl::vu

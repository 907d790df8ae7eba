#include "agent/vu/vu_samples.h"

#include <chrono>

#include "agent/vu/clock.h"

namespace loadctl::vu {
namespace {

double Milliseconds(std::chrono::nanoseconds duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

}  // namespace

void VuSamples::Emit(const Iteration& iteration) {
  const std::int64_t time = WallNs(iteration.ended);
  metrics::SampleTags tags = tags_.Now({}, nullptr);
  EmitData(time, tags);
  if (iteration.due) {
    // Late or not, complete or not: it started.
    recorder_->Add(metrics::Builtin::kStartLag, Milliseconds(iteration.began - *iteration.due),
                   WallNs(iteration.began), tags);
  }
  if (!iteration.complete) {
    CountAlone(stats_->interrupted, 1);
    return;
  }
  CountAlone(stats_->complete, 1);
  if (tags_.LeaveGroups()) tags = tags_.Now({}, nullptr);
  recorder_->Add(metrics::Builtin::kIterationDuration,
                 Milliseconds(iteration.ended - iteration.began), time, tags);
  recorder_->Add(metrics::Builtin::kIterations, 1, time, tags);
  if (iteration.due && program_.options.iteration_latency)
    recorder_->Add(metrics::Builtin::kIterationLatency,
                   Milliseconds(iteration.ended - *iteration.due), time, tags);
}

void VuSamples::EmitData(std::int64_t time) { EmitData(time, tags_.Now({}, nullptr)); }

void VuSamples::EmitData(std::int64_t time, const metrics::SampleTags& tags) {
  recorder_->Add(metrics::Builtin::kDataSent, static_cast<double>(std::exchange(sent_, 0)), time,
                 tags);
  recorder_->Add(metrics::Builtin::kDataReceived, static_cast<double>(std::exchange(received_, 0)),
                 time, tags);
}

}  // namespace loadctl::vu

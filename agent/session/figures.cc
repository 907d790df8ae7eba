#include "agent/session/figures.h"

#include <cstdint>

namespace loadctl::session {

void Put(const metrics::TrendSink& milliseconds, v1::Lateness& to) {
  const auto nanoseconds = [](double value) { return static_cast<std::int64_t>(value * 1e6); };
  to.set_samples(milliseconds.count());
  to.set_p99_ns(nanoseconds(milliseconds.Percentile(99)));
  to.set_max_ns(nanoseconds(milliseconds.max()));
}

void Put(const executor::ScenarioRun& run, v1::ScenarioCounts& to) {
  const auto& counts = run.counts();
  to.set_name(run.scenario().name);
  to.set_started(counts.started);
  to.set_dropped(counts.dropped);
  to.set_complete(counts.complete);
  to.set_interrupted(counts.interrupted);
  to.set_exceptions(counts.exceptions);
}

void Put(const worker::CpuUse& use, v1::CpuUse& to) {
  to.set_wall_ns(use.wall.count());
  to.set_used_ns(use.used.count());
  to.set_waited_ns(use.waited.count());
  to.set_saturated_ns(use.saturated.count());
}

}  // namespace loadctl::session

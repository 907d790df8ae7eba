// How late iterations started against their plan, of the samples of one agent or of all. Pure.
#pragma once

#include "common/metrics/sink.h"
#include "loadctl/v1/report.pb.h"

namespace loadctl::controller {

[[nodiscard]] inline v1::StartLag StartLagOf(const metrics::TrendSink& milliseconds) {
  v1::StartLag lag;
  lag.set_count(static_cast<std::int64_t>(milliseconds.count()));
  lag.set_avg(milliseconds.avg());
  lag.set_p95(milliseconds.Percentile(95));
  lag.set_p99(milliseconds.Percentile(99));
  lag.set_max(milliseconds.max());
  return lag;
}

}  // namespace loadctl::controller

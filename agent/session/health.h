// How the generator itself did in a run: late loops, cores, memory. Any thread.
#pragma once

#include <cstdint>

#include "agent/worker/cpu_watch.h"
#include "common/metrics/sink.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::session {

/// Of all workers that were asked.
struct GeneratorHealth {
  metrics::TrendSink loop_lag;
  worker::CpuUse cpu;
  std::size_t heap_bytes = 0;         ///< of the scripts, now
  std::uint64_t samples_dropped = 0;  ///< raw ones

  void Add(const GeneratorHealth& other);
};

/// With the process's memory, now and at most so far; not what it could carry.
[[nodiscard]] v1::Health ToProto(const GeneratorHealth& health);

}  // namespace loadctl::session

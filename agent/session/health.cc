#include "agent/session/health.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace loadctl::session {
namespace {

/// Resident bytes of this process (proc(5)); 0 where the kernel does not tell.
std::int64_t MemoryNow() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t size = 0, resident = 0;
  statm >> size >> resident;
  return statm ? resident * sysconf(_SC_PAGESIZE) : 0;
}

}  // namespace

void GeneratorHealth::Add(const GeneratorHealth& other) {
  loop_lag.Merge(other.loop_lag);
  cpu.Add(other.cpu);
  heap_bytes += other.heap_bytes;
  samples_dropped += other.samples_dropped;
}

v1::Health ToProto(const GeneratorHealth& health) {
  v1::Health to;
  const auto nanoseconds = [](double ms) { return static_cast<std::int64_t>(ms * 1e6); };
  auto* lag = to.mutable_loop_lag();
  lag->set_samples(health.loop_lag.count());
  lag->set_p99_ns(nanoseconds(health.loop_lag.Percentile(99)));
  lag->set_max_ns(nanoseconds(health.loop_lag.max()));
  auto* cpu = to.mutable_cpu();
  cpu->set_wall_ns(health.cpu.wall.count());
  cpu->set_used_ns(health.cpu.used.count());
  cpu->set_waited_ns(health.cpu.waited.count());
  cpu->set_saturated_ns(health.cpu.saturated.count());
  cpu->set_stalled_ns(health.cpu.stalled.count());
  to.set_heap_bytes(static_cast<std::int64_t>(health.heap_bytes));
  to.set_memory_bytes(MemoryNow());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  to.set_memory_peak_bytes(usage.ru_maxrss * 1024);
  return to;
}

}  // namespace loadctl::session

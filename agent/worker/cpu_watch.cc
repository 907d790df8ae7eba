#include "agent/worker/cpu_watch.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>

namespace loadctl::worker {

using std::chrono::nanoseconds;

void CpuUse::Add(const CpuUse& other) {
  wall += other.wall;
  used += other.used;
  waited += other.waited;
  saturated += other.saturated;
  stalled += other.stalled;
}

CpuUse CpuUse::Since(const CpuUse& earlier) const {
  return {wall - earlier.wall, used - earlier.used, waited - earlier.waited,
          saturated - earlier.saturated, stalled - earlier.stalled};
}

void CpuUse::AddSpan(nanoseconds span, nanoseconds span_used, nanoseconds span_waited) {
  if (span <= nanoseconds(0)) return;
  wall += span;
  used += span_used;
  waited += span_waited;
  const auto wanted = static_cast<double>((span_used + span_waited).count());
  if (wanted >= kSaturatedShare * static_cast<double>(span.count())) saturated += span;
}

ThreadTimes ReadThreadTimes() {
  ThreadTimes times;
  timespec used{};
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) == 0)
    times.used = std::chrono::seconds(used.tv_sec) + nanoseconds(used.tv_nsec);
  // Its second number is the time spent on a run queue (Documentation/scheduler/sched-stats.rst).
  const int file = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
  if (file < 0) return times;
  char text[100];
  const ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  long long on_core = 0, waited = 0;
  text[size < 0 ? 0 : size] = '\0';
  if (std::sscanf(text, "%lld %lld", &on_core, &waited) == 2) times.waited = nanoseconds(waited);
  return times;
}

void CpuWatch::Mark() {
  if (!last_) return;
  const Instant now = Now();
  use_.AddSpan(now.at - last_->at, now.times.used - last_->times.used,
               now.times.waited - last_->times.waited);
  last_ = now;
}

}  // namespace loadctl::worker

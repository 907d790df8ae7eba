// What the page of a run over many agents costs the controller: ten minutes, told as fast as can
// be, with every agent saying how it does as often as it would, for so many browsers that look on.
//
//   controller_page_agents_bench [AGENTS [SERIES]]
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/metrics/delta.h"
#include "common/wire/health.h"
#include "controller/page/watch.h"

namespace {

using namespace loadctl;

constexpr std::int64_t kSeconds = 600;

/// Of this thread, in seconds.
double CpuNow() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

v1::RunEvent Second(std::int64_t at, int series) {
  metrics::Delta delta;
  delta.sequence = static_cast<std::uint64_t>(at + 1);
  delta.first_interval = delta.interval = at;
  for (int i = 0; i < series; ++i) {
    metrics::SeriesDelta one{"http_req_duration", "name:" + std::to_string(i),
                             metrics::ValueType::kTime,
                             metrics::MakeSink(metrics::MetricType::kTrend)};
    for (int k = 0; k < 100; ++k) metrics::Add(one.sink, 5 + (at * 31 + i * 7 + k) % 97, {at, 1});
    delta.series.push_back(std::move(one));
  }
  v1::RunEvent event;
  event.set_at_ns((at + 1) * 1'000'000'000);
  event.mutable_second()->set_delta(metrics::EncodeDelta(delta));
  return event;
}

v1::RunEvent Health(std::uint32_t agent, std::int64_t at) {
  v1::RunEvent event;
  event.set_at_ns((at + 1) * 1'000'000'000);
  event.mutable_agent()->set_agent(agent);
  auto& now = *event.mutable_agent()->mutable_health();
  now.set_active_vus(100);
  now.set_delay_ns(1'234'567);
  now.mutable_start_lag()->set_p99(7);
  auto& health = *now.mutable_health();
  health.set_heap_bytes(120'000'000 + at);
  health.set_memory_bytes(300'000'000);
  health.mutable_loop_lag()->set_max_ns(3'000'000);
  health.mutable_cpu()->set_wall_ns(80'000'000'000);
  health.mutable_cpu()->set_used_ns(20'000'000'000);
  return event;
}

/// Prints the share of a core.
void Run(std::uint32_t agents, int series, std::size_t browsers) {
  page::Watch watch;
  std::uint64_t number = 0;
  double spent = 0;
  const auto tell = [&](v1::RunEvent event) {
    event.set_number(++number);
    const double began = CpuNow();
    watch.On(event);
    spent += CpuNow() - began;
  };
  v1::RunEvent planned;
  planned.mutable_planned()->set_agents(agents);
  auto& metric = *planned.mutable_planned()->add_metrics();
  metric.set_name("http_req_duration");
  metric.set_type(v1::Metric::TREND);
  tell(planned);
  for (std::uint32_t agent = 1; agent <= agents; ++agent) {
    v1::RunEvent event;
    event.mutable_agent()->set_agent(agent);
    event.mutable_agent()->mutable_attached()->set_name("host-" + std::to_string(agent));
    tell(event);
  }
  const auto every = static_cast<std::uint32_t>(wire::HealthEvery(agents).count());
  std::vector<std::uint64_t> since(browsers, 0);
  std::size_t bytes = 0;
  for (auto& one : since) bytes += watch.News(one).size();
  bytes = 0;
  spent = 0;
  for (std::int64_t at = 0; at < kSeconds; ++at) {
    tell(Second(at, series));
    for (std::uint32_t agent = 1; agent <= agents; ++agent)
      if ((agent + at) % every == 0) tell(Health(agent, at));
    const double began = CpuNow();
    for (auto& one : since) bytes += watch.News(one).size();
    spent += CpuNow() - began;
  }
  std::printf("%u agents, %d series, %zu browsers: %.2f %% of a core, %.1f kB a second to each\n",
              agents, series, browsers, 100 * spent / kSeconds,
              browsers == 0
                  ? 0
                  : static_cast<double>(bytes) / 1e3 / kSeconds / static_cast<double>(browsers));
}

}  // namespace

int main(int count, char** arguments) {
  const auto agents = static_cast<std::uint32_t>(count > 1 ? std::atoi(arguments[1]) : 1'000);
  const int series = count > 2 ? std::atoi(arguments[2]) : 50;
  for (const std::size_t browsers : {0, 1, 10, 50}) Run(agents, series, browsers);
  return 0;
}

// Prints what merging costs the controller: 7 agents, 50 series each, one delta a second.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "common/metrics/delta.h"
#include "common/metrics/registry.h"
#include "controller/aggregate/aggregate.h"

namespace {

using namespace loadctl;
using metrics::Delta;
using metrics::Sink;

constexpr int kAgents = 7;
constexpr int kSeries = 50;

double CpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

metrics::MetricType TypeOf(int series) {
  return series < 20   ? metrics::MetricType::kTrend
         : series < 40 ? metrics::MetricType::kCounter
         : series < 45 ? metrics::MetricType::kRate
                       : metrics::MetricType::kGauge;
}
std::string NameOf(int series) { return "http_req_metric_" + std::to_string(series); }
std::string SuffixOf(int series) { return series % 5 == 0 ? "status:200" : ""; }

metrics::MetricSet Known() {
  metrics::MetricSet known;
  for (int i = 0; i < kSeries; ++i) {
    static_cast<void>(known.Declare(NameOf(i), TypeOf(i), metrics::ValueType::kTime));
    static_cast<void>(known.Keep({NameOf(i), SuffixOf(i), {{"status", "200"}}}));
  }
  return known;
}

// 20 trends, 20 counters, 5 rates and 5 gauges, each of `samples` samples.
std::string OneSecond(int agent, int second, int samples, std::mt19937_64& random) {
  std::lognormal_distribution<> times(3, 0.7);
  Delta delta;
  delta.agent = agent;
  delta.epoch = 7;
  delta.sequence = static_cast<std::uint64_t>(second) + 1;
  delta.first_interval = delta.interval = second;
  for (int i = 0; i < kSeries; ++i) {
    Sink sink = metrics::MakeSink(TypeOf(i));
    for (int k = 0; k < samples; ++k) {
      metrics::Add(sink, std::floor(times(random) * 1e6) / 1e6, {second, 0});
    }
    delta.series.push_back({NameOf(i), SuffixOf(i), metrics::ValueType::kTime, std::move(sink)});
  }
  return metrics::EncodeDelta(delta);
}

void Measure(int samples) {
  const int seconds = samples > 10'000 ? 6 : 60;  // making them takes long
  std::mt19937_64 random(1);
  std::vector<std::string> wire;
  std::size_t bytes = 0;
  for (int second = 0; second < seconds; ++second) {
    for (int agent = 1; agent <= kAgents; ++agent) {
      wire.push_back(OneSecond(agent, second, samples, random));
      bytes += wire.back().size();
    }
  }
  aggregate::Totals totals;
  aggregate::Aggregate aggregate(
      kAgents,
      [&](const metrics::Delta& second) {
        totals.Add(*metrics::DecodeDelta(metrics::EncodeDelta(second)));
      },
      Known());
  const double start = CpuSeconds();
  for (const std::string& one : wire) {
    auto delta = metrics::DecodeDelta(one);
    if (!delta || aggregate.Add(std::move(*delta)) != aggregate::Acceptance::kAccepted) {
      std::puts("a delta was refused");
      return;
    }
  }
  const double elapsed = CpuSeconds() - start;
  std::printf(
      "%7d samples a series and second: %5.3f %% of a core to decode, merge, tell and add up, %zu "
      "B each\n",
      samples, 100 * elapsed / seconds, bytes / wire.size());
}

}  // namespace

int main() {
  double load[1] = {0};
  getloadavg(load, 1);
  std::printf("load average %.1f\n", load[0]);
  std::printf("%d agents, %d series each (20 trends), once a second:\n", kAgents, kSeries);
  for (const int samples : {10, 100, 1'000, 10'000, 100'000}) Measure(samples);
}

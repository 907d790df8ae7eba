// Prints what folding a sample costs, and the memory of 15 million trend samples.
#include <sys/resource.h>

#include <cmath>
#include <cstdio>
#include <ctime>
#include <random>
#include <vector>

#include "common/metrics/delta.h"
#include "common/metrics/sink.h"

namespace {

using namespace loadctl::metrics;
// Of processor time, so that other programs disturb it less.
double Nanoseconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

long PeakKib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

std::vector<double> Times(std::size_t count) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<> times(3, 0.7);  // a median of 20 ms
  std::vector<double> values(count);
  for (double& value : values) value = std::floor(times(random) * 1e6) / 1e6;
  return values;
}

void Measure(const char* what, Sink sink, const std::vector<double>& values, int rounds) {
  const auto start = Nanoseconds();
  std::int64_t time = 0;
  for (int round = 0; round < rounds; ++round) {
    for (const double value : values) Add(sink, value, {++time, 0});
  }
  const double count = static_cast<double>(values.size()) * rounds;
  std::printf("%-32s %6.2f ns per Add\n", what, (Nanoseconds() - start) / count);
}

// What a worker does: a second's samples, then hand over and forget.
void MeasureSeconds(const std::vector<double>& values, std::size_t per_second) {
  TrendSink shard, total;
  const auto start = Nanoseconds();
  std::size_t count = 0;
  for (const double value : values) {
    shard.Add(value);
    if (++count % per_second != 0) continue;
    total.Merge(shard);
    shard.Clear();
  }
  std::printf("trend, taken every %7zu samples %5.2f ns per Add\n", per_second,
              (Nanoseconds() - start) / static_cast<double>(values.size()));
}

}  // namespace

int main() {
  const std::vector<double> values = Times(1'000'000);
  Measure("counter", CounterSink(), values, 15);
  Measure("gauge", GaugeSink(), values, 15);
  Measure("rate", RateSink(), values, 15);
  MeasureSeconds(values, 1'000);
  MeasureSeconds(values, 100'000);

  TrendSink trend;
  for (const double value : values) trend.Add(value);
  const long before = PeakKib();
  Measure("trend, 15 million samples", TrendSink(), values, 15);
  std::printf("memory for 15 million trend samples: %ld KiB more\n", PeakKib() - before);

  const auto start = Nanoseconds();
  double sum = 0;
  for (int i = 0; i < 1000; ++i) sum += trend.Percentile(95);
  std::printf("p(95) of a million samples: %.2f us (%.3f ms)\n", (Nanoseconds() - start) / 1e6,
              sum / 1000);
}

// A day of a run with 2,000 series, as fast as it can be told: how large its record becomes, and
// what memory the page's figures take after each quarter.
//
//   controller_cli_day_bench [SECONDS [SERIES [FILE]]]
//
// The record stays in FILE, for `loadctl report`, if one is named.
#include <sys/resource.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "common/metrics/delta.h"
#include "common/plan/options.h"
#include "controller/page/watch.h"
#include "controller/record/writer.h"

namespace {

using namespace loadctl;

/// Of this process, now.
double MegabytesNow() {
  std::ifstream file("/proc/self/statm");
  long pages = 0, resident = 0;
  file >> pages >> resident;
  return static_cast<double>(resident) * 4096 / 1e6;
}

/// A tenth of the series are trends with five values a second; the others count, or are rates.
metrics::Delta SecondOf(std::int64_t at, std::int64_t series, std::mt19937& random) {
  metrics::Delta delta;
  delta.sequence = static_cast<std::uint64_t>(at + 1);
  delta.first_interval = delta.interval = at;
  std::lognormal_distribution<double> milliseconds(4, 0.5);
  for (std::int64_t i = 0; i < series; ++i) {
    const auto type = i % 10 == 0   ? metrics::MetricType::kTrend
                      : i % 10 == 1 ? metrics::MetricType::kRate
                                    : metrics::MetricType::kCounter;
    metrics::SeriesDelta one{"my_" + std::string(metrics::TypeName(type)),
                             "endpoint:" + std::to_string(i), metrics::ValueType::kDefault,
                             metrics::MakeSink(type)};
    for (int k = 0; k < 5; ++k) {
      const double value = type == metrics::MetricType::kTrend
                               ? std::round(milliseconds(random) * 1e6) / 1e6
                           : random() % 50 == 0 ? 0
                                                : 1;
      metrics::Add(one.sink, value, {at, 1});
    }
    delta.series.push_back(std::move(one));
  }
  return delta;
}

}  // namespace

int main(int count, char** arguments) {
  const std::int64_t seconds = count > 1 ? std::atoll(arguments[1]) : 86'400;
  const std::int64_t series = count > 2 ? std::atoll(arguments[2]) : 2'000;
  const std::string path =
      count > 3 ? arguments[3] : std::filesystem::temp_directory_path() / "day_bench.record";
  auto writer = record::Writer::Create(path);
  if (!writer) return 1;
  page::Watch watch;
  std::mt19937 random(1);
  const auto tell = [&](v1::RunEvent& event) {
    (*writer)->On(event);
    watch.On(event);
  };
  plan::Options options;
  v1::RunEvent planned;
  planned.set_number(1);
  planned.mutable_planned()->set_agents(1);
  for (const auto& [name, type] :
       {std::pair("my_trend", v1::Metric::TREND), std::pair("my_rate", v1::Metric::RATE),
        std::pair("my_counter", v1::Metric::COUNTER)}) {
    auto& metric = *planned.mutable_planned()->add_metrics();
    metric.set_name(name);
    metric.set_type(type);
  }
  // Thresholds are what keeps sub-metrics.
  for (std::int64_t i = 0; i < series; ++i) {
    const char* metric = i % 10 == 0 ? "my_trend" : i % 10 == 1 ? "my_rate" : "my_counter";
    options.thresholds.push_back(
        {std::string(metric) + "{endpoint:" + std::to_string(i) + "}", {}});
  }
  planned.mutable_planned()->set_options_json(plan::OptionsToJson(options));
  tell(planned);
  for (std::int64_t at = 0; at < seconds; ++at) {
    v1::RunEvent event;
    event.set_number(static_cast<std::uint64_t>(at + 2));
    event.set_at_ns((at + 1) * 1'000'000'000);
    event.mutable_second()->set_delta(metrics::EncodeDelta(SecondOf(at, series, random)));
    tell(event);
    if ((at + 1) % (seconds / 4) != 0) continue;
    std::printf("%lld s: %.0f MB of memory, record %.1f MB, page's data %.0f kB\n",
                static_cast<long long>(at + 1), MegabytesNow(),
                static_cast<double>(std::filesystem::file_size(path)) / 1e6,
                static_cast<double>(watch.Snapshot().size()) / 1e3);
    std::fflush(stdout);
  }
  if (count <= 3) std::filesystem::remove(path);
  return 0;
}

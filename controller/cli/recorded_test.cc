#include "controller/cli/recorded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "common/metrics/delta.h"
#include "common/metrics/sink.h"
#include "common/plan/options.h"
#include "controller/record/writer.h"

namespace loadctl::cli {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kSeconds = 4;

/// A run of four seconds, with 1, 2, 3 and 4 iterations.
void Record(const std::string& path) {
  auto writer = record::Writer::Create(path);
  ASSERT_TRUE(writer) << writer.error().message;
  v1::RunEvent event;
  event.set_number(1);
  event.mutable_planned()->set_agents(1);
  event.mutable_planned()->set_options_json(plan::OptionsToJson(plan::Options()));
  (*writer)->On(event);
  for (std::int64_t at = 0; at < kSeconds; ++at) {
    metrics::Delta delta;
    delta.sequence = static_cast<std::uint64_t>(at + 1);
    delta.first_interval = delta.interval = at;
    metrics::SeriesDelta one{"iterations", "", metrics::ValueType::kDefault,
                             metrics::MakeSink(metrics::MetricType::kCounter)};
    metrics::Add(one.sink, static_cast<double>(at + 1), {at, 1});
    delta.series.push_back(std::move(one));
    v1::RunEvent second;
    second.set_number(static_cast<std::uint64_t>(at + 2));
    second.set_at_ns((at + 1) * 1'000'000'000);
    second.mutable_second()->set_delta(metrics::EncodeDelta(delta));
    (*writer)->On(second);
  }
  v1::RunEvent end;
  end.set_number(kSeconds + 2);
  end.mutable_outcome()->mutable_summary()->set_complete(true);
  (*writer)->On(end);
  ASSERT_EQ((*writer)->problem(), "");
}

double Iterations(const Recorded& recorded) {
  const auto* series = recorded.results.totals().Find("iterations", "");
  return series == nullptr ? 0 : std::get<metrics::CounterSink>(series->sink).sum();
}

TEST(Recorded, CutAtAnyByteIsOneErrorOrTheWholeSecondsBefore) {
  const std::string path = testing::TempDir() + "recorded_test." + std::to_string(getpid());
  Record(path);
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  double before = -1;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes.substr(0, size);
    const auto recorded = ReadRecord(path, {});
    if (!recorded) {
      ASSERT_EQ(before, -1) << "more bytes, and an error: " << size;
      ASSERT_THAT(recorded.error().message, HasSubstr(path));
      ASSERT_EQ(recorded.error().message.find('\n'), std::string::npos);
      continue;
    }
    const double now = Iterations(*recorded);
    // 0, 1, 3, 6, 10: none of a second that is not there as a whole.
    ASSERT_THAT(now, testing::AnyOf(0, 1, 3, 6, 10)) << size;
    ASSERT_GE(now, before) << size;
    before = now;
    ASSERT_EQ(recorded->outcome.has_value(), size == bytes.size()) << size;
    ASSERT_EQ(recorded->problem.empty(), size == bytes.size()) << size;
  }
  EXPECT_EQ(before, 10);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace loadctl::cli

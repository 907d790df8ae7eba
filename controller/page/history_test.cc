#include "controller/page/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

namespace loadctl::page {
namespace {

namespace json = boost::json;

metrics::Delta Second(std::int64_t interval, double count, std::vector<double> times) {
  metrics::Delta delta;
  delta.first_interval = delta.interval = interval;
  metrics::TrendSink trend;
  for (const double time : times) trend.Add(time);
  delta.series.push_back(
      {"http_reqs", "", metrics::ValueType::kDefault, metrics::CounterSink::Of(count)});
  delta.series.push_back({"http_req_duration", "", metrics::ValueType::kTime, trend});
  return delta;
}

json::value Written(const History& history, std::size_t first = 0, std::size_t most = 1200) {
  text::JsonWriter out;
  history.Write(first, most, out);
  return json::parse(out.Take());
}

const json::array& Column(const json::value& written, const char* name, const char* stat) {
  return written.at("series").at(name).at("columns").at(stat).as_array();
}

double Sum(const json::array& values) {
  double sum = 0;
  for (const auto& value : values)
    if (!value.is_null()) sum += value.to_number<double>();
  return sum;
}

TEST(History, HasAPointASecondAtFirst) {
  History history;
  history.Add(Second(0, 5, {1, 2, 3}));
  history.Add(Second(2, 7, {10}));
  const auto written = Written(history);
  EXPECT_EQ(written.at("width").as_int64(), 1);
  EXPECT_EQ(written.at("count").as_int64(), 3);
  EXPECT_EQ(json::serialize(Column(written, "http_reqs", "rate")), "[5,null,7]");
  EXPECT_EQ(json::serialize(Column(written, "http_req_duration", "max")), "[3,null,10]");
}

TEST(History, TenHoursAreBoundedAndLoseNoRequestNorPeak) {
  History history;
  constexpr std::int64_t kSeconds = 36'000;
  for (std::int64_t i = 0; i < kSeconds; ++i)
    history.Add(Second(i, 10, {i == 12'345 ? 999.0 : 1.0}));
  EXPECT_LE(history.size(), History::kMostPoints);
  const auto written = Written(history);
  const auto width = static_cast<double>(written.at("width").as_int64());
  EXPECT_NEAR(Sum(Column(written, "http_reqs", "rate")) * width, 10 * kSeconds, 10 * width);
  double peak = 0;
  for (const auto& value : Column(written, "http_req_duration", "max"))
    peak = std::max(peak, value.to_number<double>());
  EXPECT_EQ(peak, 999);
}

TEST(History, WritesFewerPointsWhereFewerAreWanted) {
  History history;
  for (std::int64_t i = 0; i < 100; ++i) history.Add(Second(i, 4, {static_cast<double>(i)}));
  const auto written = Written(history, 0, 10);
  EXPECT_EQ(written.at("width").as_int64(), 10);
  EXPECT_EQ(written.at("count").as_int64(), 10);
  EXPECT_EQ(json::serialize(Column(written, "http_reqs", "rate")), "[4,4,4,4,4,4,4,4,4,4]");
  EXPECT_EQ(Column(written, "http_req_duration", "max").at(0).to_number<double>(), 9);
}

TEST(History, SeriesAreBoundedAndThoseLeftOutCounted) {
  History history;
  metrics::Delta delta;
  for (int i = 0; i < 300; ++i) {
    delta.series.push_back(
        {"m" + std::to_string(i), "", metrics::ValueType::kDefault, metrics::CounterSink::Of(1)});
  }
  history.Add(delta);
  EXPECT_EQ(Written(history).at("series").as_object().size(), History::kMostSeries);
  EXPECT_EQ(history.left_out(), 100u);
}

TEST(History, TimeThatNoRunCanReachIsIgnored) {
  History history;
  history.Add(Second(-1, 1, {1}));
  history.Add(Second(std::int64_t{1} << 50, 1, {1}));
  EXPECT_EQ(history.size(), 0u);
}

}  // namespace
}  // namespace loadctl::page

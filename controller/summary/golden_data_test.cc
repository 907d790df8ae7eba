#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

#include "controller/summary/golden_data.h"

namespace loadctl::summary {
namespace {

constexpr const char* kFolder = "tests/golden/summary";

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Text(const boost::json::value& value) { return std::string(value.as_string()); }

/// Boost 1.81 reads long numbers with the last digit wrong; as strings they can be read exactly.
/// The files have one value a line.
std::string WithNumbersAsStrings(const std::string& json) {
  std::istringstream lines(json);
  std::string out, line;
  while (std::getline(lines, line)) {
    const std::size_t start = line.rfind(": ");
    const std::string_view value =
        std::string_view(line).substr(start == std::string::npos ? line.size() : start + 2);
    const std::size_t end = value.find_last_not_of(',') + 1;
    if (end > 0 && value.substr(0, end).find_first_not_of("0123456789+-.eE") == std::string::npos) {
      out += line.substr(0, start + 2) + '"' + std::string(value.substr(0, end)) + '"' +
             std::string(value.substr(end));
    } else {
      out += line;
    }
  }
  return out;
}

double Number(const boost::json::value& value) {
  return std::strtod(value.as_string().c_str(), nullptr);
}
std::int64_t Count(const boost::json::value& value) { return std::llround(Number(value)); }

GroupSummary ToGroup(const boost::json::object& json) {
  GroupSummary group;
  group.name = Text(json.at("name"));
  group.path = Text(json.at("path"));
  group.id = Text(json.at("id"));
  for (const auto& inner : json.at("groups").as_array()) {
    group.groups.push_back(ToGroup(inner.as_object()));
  }
  for (const auto& entry : json.at("checks").as_array()) {
    const auto& check = entry.as_object();
    group.checks.push_back({Text(check.at("name")), Text(check.at("path")), Text(check.at("id")),
                            Count(check.at("passes")), Count(check.at("fails"))});
  }
  return group;
}

Values ToValues(MetricSummary& metric, const std::string& type, const boost::json::object& json,
                const std::vector<std::string>& stats) {
  if (type == "counter") {
    metric.type = metrics::MetricType::kCounter;
    return CounterValues{Number(json.at("count")), Number(json.at("rate"))};
  }
  if (type == "gauge") {
    metric.type = metrics::MetricType::kGauge;
    return GaugeValues{Number(json.at("value")), Number(json.at("min")), Number(json.at("max"))};
  }
  if (type == "rate") {
    metric.type = metrics::MetricType::kRate;
    return RateValues{Number(json.at("rate")), Count(json.at("passes")), Count(json.at("fails"))};
  }
  metric.type = metrics::MetricType::kTrend;
  TrendValues trend;
  for (const std::string& stat : stats) trend.stats.emplace_back(stat, Number(json.at(stat)));
  return trend;
}

MetricSummary ToMetric(std::string name, const boost::json::object& json,
                       const std::vector<std::string>& stats) {
  MetricSummary metric;
  metric.name = std::move(name);
  if (const std::size_t brace = metric.name.find('{'); brace != std::string::npos) {
    metric.parent = metric.name.substr(0, brace);
    metric.suffix = metric.name.substr(brace + 1, metric.name.size() - brace - 2);
  }
  const std::string contains = Text(json.at("contains"));
  metric.contains = contains == "time"   ? metrics::ValueType::kTime
                    : contains == "data" ? metrics::ValueType::kData
                                         : metrics::ValueType::kDefault;
  metric.values = ToValues(metric, Text(json.at("type")), json.at("values").as_object(), stats);
  if (const auto* thresholds = json.if_contains("thresholds")) {
    for (const auto& [source, result] : thresholds->as_object()) {
      ThresholdResult threshold;
      threshold.source = std::string(source);
      threshold.aggregate = threshold.source.substr(0, threshold.source.find_first_of(" <>="));
      threshold.ok = result.as_object().at("ok").as_bool();
      // In the one script with percentiles beyond the columns all values are equal.
      if (const auto* trend = std::get_if<TrendValues>(&metric.values)) {
        threshold.value = trend->stats.front().second;
      }
      metric.thresholds.push_back(std::move(threshold));
    }
  }
  return metric;
}

}  // namespace

std::vector<std::string> GoldenNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

GoldenSummary ReadGolden(const std::string& name) {
  const std::string stem = std::string(kFolder) + "/" + name;
  GoldenSummary golden;
  golden.text = ReadFile(stem + ".txt");
  golden.json = ReadFile(stem + ".json");
  golden.export_json = ReadFile(stem + ".export");
  const boost::json::value parsed = boost::json::parse(WithNumbersAsStrings(golden.json));
  const auto& json = parsed.as_object();
  const auto& options = json.at("options").as_object();
  Summary& summary = golden.summary;
  for (const auto& stat : options.at("summaryTrendStats").as_array()) {
    summary.trend_stats.push_back(Text(stat));
  }
  summary.time_unit = Text(options.at("summaryTimeUnit"));
  summary.duration = std::chrono::nanoseconds(
      std::llround(Number(json.at("state").as_object().at("testRunDurationMs")) * 1e6));
  summary.root = ToGroup(json.at("root_group").as_object());
  for (const auto& [key, metric] : json.at("metrics").as_object()) {
    summary.metrics.push_back(ToMetric(std::string(key), metric.as_object(), summary.trend_stats));
  }
  const boost::json::value unchanged = boost::json::parse(golden.json);
  if (const auto* setup_data = unchanged.as_object().if_contains("setup_data")) {
    summary.setup_data_json = boost::json::serialize(*setup_data);
  }
  return golden;
}

}  // namespace loadctl::summary

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

void AddGroup(const boost::json::object& json, int parent, Summary& to) {
  const int place = to.groups_size();
  GroupSummary& group = *to.add_groups();
  group.set_name(Text(json.at("name")));
  group.set_path(Text(json.at("path")));
  group.set_id(Text(json.at("id")));
  group.set_parent(static_cast<std::uint32_t>(parent));
  for (const auto& entry : json.at("checks").as_array()) {
    const auto& from = entry.as_object();
    CheckSummary& check = *group.add_checks();
    check.set_name(Text(from.at("name")));
    check.set_path(Text(from.at("path")));
    check.set_id(Text(from.at("id")));
    check.set_passes(Count(from.at("passes")));
    check.set_fails(Count(from.at("fails")));
  }
  for (const auto& inner : json.at("groups").as_array()) AddGroup(inner.as_object(), place, to);
}

void PutValues(const std::string& type, const boost::json::object& json, const Summary& summary,
               MetricSummary& to) {
  if (type == "counter") {
    to.mutable_counter()->set_count(Number(json.at("count")));
    to.mutable_counter()->set_rate(Number(json.at("rate")));
  } else if (type == "gauge") {
    to.mutable_gauge()->set_value(Number(json.at("value")));
    to.mutable_gauge()->set_min(Number(json.at("min")));
    to.mutable_gauge()->set_max(Number(json.at("max")));
  } else if (type == "rate") {
    to.mutable_rate()->set_rate(Number(json.at("rate")));
    to.mutable_rate()->set_passes(Count(json.at("passes")));
    to.mutable_rate()->set_fails(Count(json.at("fails")));
  } else {
    to.mutable_trend();
    for (const std::string& name : summary.trend_stats()) {
      auto& stat = *to.mutable_trend()->add_stats();
      stat.set_name(name);
      stat.set_value(Number(json.at(name)));
    }
  }
}

void AddMetric(const std::string& name, const boost::json::object& json, Summary& to) {
  MetricSummary& metric = *to.add_metrics();
  metric.set_name(name);
  if (const std::size_t brace = name.find('{'); brace != std::string::npos) {
    metric.set_parent(name.substr(0, brace));
    metric.set_suffix(name.substr(brace + 1, name.size() - brace - 2));
  }
  const std::string contains = Text(json.at("contains"));
  metric.set_contains(contains == "time"   ? v1::Metric::TIME
                      : contains == "data" ? v1::Metric::DATA
                                           : v1::Metric::DEFAULT);
  metric.set_has_samples(true);
  PutValues(Text(json.at("type")), json.at("values").as_object(), to, metric);
  const auto* thresholds = json.if_contains("thresholds");
  if (thresholds == nullptr) return;
  for (const auto& [key, result] : thresholds->as_object()) {
    const std::string source(key);
    ThresholdResult& threshold = *metric.add_thresholds();
    threshold.set_source(source);
    threshold.set_aggregate(source.substr(0, source.find_first_of(" <>=")));
    threshold.set_ok(result.as_object().at("ok").as_bool());
    threshold.set_judged(true);
    // In the one script with percentiles beyond the columns all values are equal.
    if (metric.has_trend()) threshold.set_value(metric.trend().stats(0).value());
  }
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
  for (const auto& stat : options.at("summaryTrendStats").as_array())
    summary.add_trend_stats(Text(stat));
  summary.set_time_unit(Text(options.at("summaryTimeUnit")));
  summary.set_complete(true);
  summary.set_agents(1);
  summary.set_duration_ns(
      std::llround(Number(json.at("state").as_object().at("testRunDurationMs")) * 1e6));
  AddGroup(json.at("root_group").as_object(), 0, summary);
  for (const auto& [key, metric] : json.at("metrics").as_object())
    AddMetric(std::string(key), metric.as_object(), summary);
  const boost::json::value unchanged = boost::json::parse(golden.json);
  if (const auto* setup_data = unchanged.as_object().if_contains("setup_data"))
    summary.set_setup_data_json(boost::json::serialize(*setup_data));
  return golden;
}

}  // namespace loadctl::summary

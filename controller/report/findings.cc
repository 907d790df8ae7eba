#include "controller/report/findings.h"

#include <algorithm>

#include "controller/summary/humanize.h"
#include "controller/summary/summary.h"

namespace loadctl::report {
namespace {

using summary::MetricSummary;

std::string Humanized(const v1::Summary& run, const MetricSummary& metric, std::string_view stat,
                      double value) {
  if (metric.has_rate()) return summary::HumanizeRate(value);
  // How many there were has no unit.
  const bool count = stat == "count" && metric.has_trend();
  return summary::HumanizeValue(
      value, count ? metrics::ValueType::kDefault : summary::ContainsOf(metric), run.time_unit());
}

void Collect(const summary::GroupTree& tree, std::size_t group, const std::string& path,
             std::vector<CheckCase>& out) {
  for (const auto& check : tree.At(group).checks())
    out.push_back({path + check.name(), check.passes(), check.fails()});
  for (const std::size_t inner : tree.In(group))
    Collect(tree, inner, path + tree.At(inner).name() + " › ", out);
}

}  // namespace

std::vector<ThresholdCase> ThresholdsOf(const v1::Outcome& outcome) {
  std::vector<ThresholdCase> out;
  const v1::Summary& run = outcome.summary();
  for (const auto& metric : run.metrics()) {
    for (const auto& one : metric.thresholds()) {
      ThresholdCase item;
      item.metric = metric.name();
      item.expression = one.source();
      item.value = metric.has_samples() ? one.aggregate() + "=" +
                                              Humanized(run, metric, one.aggregate(), one.value())
                                        : "no data";
      item.judged = one.judged();
      item.ok = one.ok() || one.warn();
      item.within_error = one.within_error();
      out.push_back(std::move(item));
    }
  }
  return out;
}

std::vector<CheckCase> ChecksOf(const v1::Outcome& outcome) {
  std::vector<CheckCase> out;
  const summary::GroupTree tree(outcome.summary());
  Collect(tree, 0, "", out);
  return out;
}

std::vector<Figure> FiguresOf(const v1::Outcome& outcome) {
  constexpr std::string_view kMain[] = {
      "http_reqs",          "http_req_duration",  "http_req_failed", "checks",        "iterations",
      "iteration_duration", "dropped_iterations", "vus_max",         "data_received", "data_sent"};
  std::vector<Figure> out;
  const v1::Summary& run = outcome.summary();
  for (const std::string_view name : kMain) {
    for (const auto& metric : run.metrics()) {
      if (metric.name() != name || !metric.has_samples()) continue;
      const auto value = [&](std::string_view stat, double number) {
        return Humanized(run, metric, stat, number);
      };
      std::string text;
      if (metric.has_counter()) {
        text = value("count", metric.counter().count()) + ", " +
               value("rate", metric.counter().rate()) + "/s";
      } else if (metric.has_gauge()) {
        text = value("value", metric.gauge().value());
      } else if (metric.has_rate()) {
        text = value("rate", metric.rate().rate()) + ", " + std::to_string(metric.rate().passes()) +
               " out of " + std::to_string(metric.rate().passes() + metric.rate().fails());
      } else {
        for (const auto& stat : metric.trend().stats())
          text += (text.empty() ? "" : " ") + stat.name() + "=" + value(stat.name(), stat.value());
      }
      out.push_back({metric.name(), text});
    }
  }
  return out;
}

std::string VerdictOf(const Subject& subject) {
  return subject.failure ? subject.failure->message : "passed";
}

}  // namespace loadctl::report

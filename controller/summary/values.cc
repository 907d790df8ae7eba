#include "controller/summary/values.h"

#include <string>
#include <string_view>

#include "common/text/number.h"

namespace loadctl::summary {
namespace {

using metrics::CounterSink;
using metrics::GaugeSink;
using metrics::RateSink;
using metrics::Sink;
using metrics::TrendSink;

double StatOf(const TrendSink& sink, const std::string& stat) {
  if (stat == "avg") return sink.avg();
  if (stat == "min") return sink.min();
  if (stat == "med") return sink.Percentile(50);
  if (stat == "max") return sink.max();
  if (stat == "count") return static_cast<double>(sink.count());
  return sink.Percentile(text::ParseGoFloat(PercentileText(stat)).value_or(0));
}

v1::Metric::Contains ContainsOf(metrics::ValueType type) {
  switch (type) {
    case metrics::ValueType::kTime:
      return v1::Metric::TIME;
    case metrics::ValueType::kData:
      return v1::Metric::DATA;
    case metrics::ValueType::kDefault:
      break;
  }
  return v1::Metric::DEFAULT;
}

}  // namespace

std::string_view PercentileText(std::string_view stat) { return stat.substr(2, stat.size() - 3); }

void PutValues(const Sink& sink, metrics::ValueType contains, const BuildOptions& options,
               MetricSummary& to) {
  to.set_contains(ContainsOf(contains));
  if (const auto* counter = std::get_if<CounterSink>(&sink)) {
    const double seconds = static_cast<double>(options.duration.count()) / 1e9;
    to.mutable_counter()->set_count(counter->sum());
    to.mutable_counter()->set_rate(options.duration.count() == 0 ? 0 : counter->sum() / seconds);
  } else if (const auto* gauge = std::get_if<GaugeSink>(&sink)) {
    to.mutable_gauge()->set_value(gauge->value());
    to.mutable_gauge()->set_min(gauge->min());
    to.mutable_gauge()->set_max(gauge->max());
  } else if (const auto* rate = std::get_if<RateSink>(&sink)) {
    to.mutable_rate()->set_rate(rate->rate());
    to.mutable_rate()->set_passes(rate->nonzero());
    to.mutable_rate()->set_fails(rate->total() - rate->nonzero());
  } else {
    to.mutable_trend();
    for (const std::string& name : options.trend_stats) {
      auto& stat = *to.mutable_trend()->add_stats();
      stat.set_name(name);
      stat.set_value(StatOf(std::get<TrendSink>(sink), name));
    }
  }
}

}  // namespace loadctl::summary

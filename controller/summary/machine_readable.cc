#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <utility>

#include "common/base/saturating.h"
#include "common/metrics/builtin.h"
#include "common/text/json_writer.h"
#include "controller/summary/blocks.h"
#include "controller/summary/json.h"

namespace loadctl::summary {
namespace {

using text::JsonWriter;

/// Of trends, k6 tells these six alone, as far as summaryTrendStats names them.
constexpr std::pair<const char*, const char*> kTrendStats[] = {{"avg", "avg"},   {"max", "max"},
                                                               {"med", "med"},   {"min", "min"},
                                                               {"p90", "p(90)"}, {"p95", "p(95)"}};

void WriteRate(JsonWriter& out, std::int64_t matches, std::int64_t others, double rate) {
  out.Key("matches").Number(matches);
  out.Key("rate").Number(rate);
  out.Key("total").Number(SaturatingAdd(matches, others));
}

void WriteValues(JsonWriter& out, const MetricSummary& metric) {
  switch (metric.values_case()) {
    case MetricSummary::kGauge:
      out.Key("max").Number(metric.gauge().max());
      out.Key("min").Number(metric.gauge().min());
      out.Key("value").Number(metric.gauge().value());
      return;
    case MetricSummary::kRate:
      return WriteRate(out, metric.rate().passes(), metric.rate().fails(), metric.rate().rate());
    case MetricSummary::kTrend:
      for (const auto& [key, name] : kTrendStats) {
        for (const auto& stat : metric.trend().stats())
          if (stat.name() == name) out.Key(key).Number(stat.value());
      }
      return;
    default:
      out.Key("count").Number(metric.counter().count());
  }
}

template <typename Values>
void WriteMetric(JsonWriter& out, std::string_view contains, std::string_view name,
                 std::string_view type, const Values& values) {
  out.Element().Object([&] {
    out.Key("contains").String(contains);
    out.Key("name").String(name);
    out.Key("type").String(type);
    out.Key("values").Object(values);
  });
}

void WriteChecks(JsonWriter& out, const Summary& summary) {
  const auto found =
      std::find_if(summary.metrics().begin(), summary.metrics().end(),
                   [](const MetricSummary& metric) { return metric.name() == "checks"; });
  out.Key("checks").Object([&] {
    if (found == summary.metrics().end() || !found->has_rate()) return;
    const auto& rate = found->rate();
    const std::int64_t total = SaturatingAdd(rate.passes(), rate.fails());
    const double failed =
        total == 0 ? 0 : static_cast<double>(rate.fails()) / static_cast<double>(total);
    out.Key("metrics").Array([&] {
      WriteMetric(out, "default", "checks_total", "counter",
                  [&] { out.Key("count").Number(total); });
      WriteMetric(out, "default", "checks_failed", "rate",
                  [&] { WriteRate(out, rate.fails(), rate.passes(), failed); });
      WriteMetric(out, "default", "checks_succeeded", "rate",
                  [&] { WriteRate(out, rate.passes(), rate.fails(), rate.rate()); });
    });
    const CheckList list(summary);
    if (list.checks().empty()) return;
    out.Key("results").Array([&] {
      for (const Check& check : list.checks()) {
        out.Element().Object([&] {
          out.Key("fails").Number(check.fails);
          out.Key("name").String(check.name);
          out.Key("passes").Number(check.passes);
        });
      }
    });
  });
}

void WriteMetrics(JsonWriter& out, const Summary& summary, Detail detail) {
  // k6's order of blocks here, in which the script's own come last.
  constexpr Block kOrder[] = {Block::kHttp,      Block::kExecution, Block::kNetwork,
                              Block::kBrowser,   Block::kWebVitals, Block::kGrpc,
                              Block::kWebSocket, Block::kCustom};
  const Metrics sorted = Sorted(summary.metrics());
  out.Key("metrics").Array([&] {
    for (const Block block : kOrder) {
      for (const MetricSummary* metric : sorted) {
        if (BlockOf(metric->name(), detail) != block) continue;
        WriteMetric(out, metrics::ValueTypeName(ContainsOf(*metric)), metric->name(),
                    metrics::TypeName(TypeOf(*metric)), [&] { WriteValues(out, *metric); });
      }
    }
  });
}

}  // namespace

RunFacts FactsNow(std::string script, std::string version) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  std::tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  std::array<char, 40> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + size, text.size() - size, ".%09ldZ", now.tv_nsec);
  return {std::move(script), std::move(version), text.data()};
}

std::string MachineReadableJson(const Summary& summary, Detail detail, const RunFacts& facts,
                                int indent) {
  JsonWriter out(indent);
  out.Object([&] {
    out.Key("config").Object([&] {
      out.Key("duration").Number(static_cast<double>(summary.duration_ns()) / 1e9);
      out.Key("execution").String("local");
      out.Key("script").String(facts.script);
    });
    out.Key("metadata").Object([&] {
      out.Key("generated_at").String(facts.generated_at);
      out.Key("k6_version").String(facts.version);
    });
    out.Key("results").Object([&] {
      WriteChecks(out, summary);
      WriteMetrics(out, summary, detail);
    });
    out.Key("version").String("1.0.0");
  });
  return out.Take();
}

}  // namespace loadctl::summary

#include "controller/summary/json.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "common/metrics/builtin.h"
#include "common/text/number.h"

namespace loadctl::summary {
namespace {

using text::JsonWriter;

/// Brackets inside brackets; deeper setup data is left out rather than the stack risked.
constexpr std::size_t kMaxSetupDataDepth = 500;

/// The two forms differ in what a rate is called and in where its value stands.
enum class Form { kExport, kHandleSummary };

void WriteValues(JsonWriter& out, const MetricSummary& metric, Form form) {
  switch (metric.values_case()) {
    case MetricSummary::kGauge:
      out.Key("value").Number(metric.gauge().value());
      out.Key("min").Number(metric.gauge().min());
      out.Key("max").Number(metric.gauge().max());
      return;
    case MetricSummary::kRate:
      if (form == Form::kHandleSummary) out.Key("rate").Number(metric.rate().rate());
      out.Key("passes").Number(metric.rate().passes());
      out.Key("fails").Number(metric.rate().fails());
      if (form == Form::kExport) out.Key("value").Number(metric.rate().rate());
      return;
    case MetricSummary::kTrend:
      for (const auto& stat : metric.trend().stats()) out.Key(stat.name()).Number(stat.value());
      return;
    default:
      out.Key("count").Number(metric.counter().count());
      out.Key("rate").Number(metric.counter().rate());
  }
}

/// Thresholds of equal text are one key, as in an object; the last one counts.
std::vector<const ThresholdResult*> Unique(const MetricSummary& metric) {
  std::vector<const ThresholdResult*> unique;
  for (const ThresholdResult& threshold : metric.thresholds()) {
    const auto same = std::find_if(
        unique.begin(), unique.end(),
        [&](const ThresholdResult* earlier) { return earlier->source() == threshold.source(); });
    if (same == unique.end()) {
      unique.push_back(&threshold);
    } else {
      *same = &threshold;
    }
  }
  return unique;
}

void WriteThresholds(JsonWriter& out, const MetricSummary& metric, Form form) {
  if (metric.thresholds().empty()) return;
  out.Key("thresholds").Object([&] {
    for (const ThresholdResult* threshold : Unique(metric)) {
      out.Key(threshold->source());
      const auto write = [&](bool value) { threshold->judged() ? out.Bool(value) : out.Null(); };
      if (form == Form::kExport) {
        write(!threshold->ok());
      } else {
        out.Object([&] {
          out.Key("ok");
          write(threshold->ok());
        });
      }
    }
  });
}

/// In the order in which JavaScript lists an object's keys: array indices first, by value.
/// `name_of` gives an item's key.
template <typename T, typename NameOf>
void SortByKeys(std::vector<T>& items, const NameOf& name_of) {
  const auto indices = std::stable_partition(
      items.begin(), items.end(), [&](const T& item) { return text::IsArrayIndex(name_of(item)); });
  std::sort(items.begin(), indices, [&](const T& a, const T& b) {
    return std::pair(name_of(a).size(), name_of(a)) < std::pair(name_of(b).size(), name_of(b));
  });
}

template <typename T>
void WriteIdentity(JsonWriter& out, const T& item) {
  out.Key("name").String(item.name());
  out.Key("path").String(item.path());
  out.Key("id").String(item.id());
}

void WriteCheck(JsonWriter& out, const CheckSummary& check) {
  out.Object([&] {
    WriteIdentity(out, check);
    out.Key("passes").Number(check.passes());
    out.Key("fails").Number(check.fails());
  });
}

void WriteGroup(JsonWriter& out, const GroupTree& tree, std::size_t place, Form form) {
  const GroupSummary& group = tree.At(place);
  const auto named = [&] {
    WriteIdentity(out, group);
    out.Key("groups").Object([&] {
      auto inside = tree.In(place);
      SortByKeys(inside, [&](std::size_t i) -> const std::string& { return tree.At(i).name(); });
      for (const std::size_t inner : inside) {
        out.Key(tree.At(inner).name());
        WriteGroup(out, tree, inner, form);
      }
    });
    out.Key("checks").Object([&] {
      std::vector<const CheckSummary*> checks;
      for (const auto& check : group.checks()) checks.push_back(&check);
      SortByKeys(checks, [](const auto* check) -> const std::string& { return check->name(); });
      for (const CheckSummary* check : checks) {
        out.Key(check->name());
        WriteCheck(out, *check);
      }
    });
  };
  const auto listed = [&] {
    WriteIdentity(out, group);
    out.Key("groups").Array([&] {
      for (const std::size_t inner : tree.In(place)) {
        out.Element();
        WriteGroup(out, tree, inner, form);
      }
    });
    out.Key("checks").Array([&] {
      for (const CheckSummary& check : group.checks()) {
        out.Element();
        WriteCheck(out, check);
      }
    });
  };
  form == Form::kExport ? out.Object(named) : out.Object(listed);
}

void WriteGroups(JsonWriter& out, const Summary& summary, Form form) {
  out.Key("root_group");
  WriteGroup(out, GroupTree(summary), 0, form);
}

void WriteMetrics(JsonWriter& out, const Summary& summary, Form form) {
  out.Key("metrics").Object([&] {
    for (const MetricSummary& metric : summary.metrics()) {
      out.Key(metric.name()).Object([&] {
        if (form == Form::kExport) {
          WriteValues(out, metric, form);
        } else {
          out.Key("type").String(metrics::TypeName(TypeOf(metric)));
          out.Key("contains").String(metrics::ValueTypeName(ContainsOf(metric)));
          out.Key("values").Object([&] { WriteValues(out, metric, form); });
        }
        WriteThresholds(out, metric, form);
      });
    }
  });
}

void WriteSetupData(JsonWriter& out, const Summary& summary) {
  if (!summary.has_setup_data_json()) return;
  const std::string_view text = summary.setup_data_json();
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = kMaxSetupDataDepth;
  boost::json::parse(boost::json::string_view(text.data(), text.size()), error, {}, options);
  if (error) return;
  out.Key("setup_data").Json(text.substr(text.find_first_not_of(" \n\t\r")));
}

void WriteStartLag(JsonWriter& out, const StartLag& lag) {
  out.Key("start_lag").Object([&] {
    out.Key("count").Number(lag.count());
    out.Key("avg").Number(lag.avg());
    out.Key("p(95)").Number(lag.p95());
    out.Key("p(99)").Number(lag.p99());
    out.Key("max").Number(lag.max());
  });
}

void WriteLateness(JsonWriter& out, std::string_view name, const Lateness& lateness) {
  out.Key(name).Object([&] {
    out.Key("samples").Number(static_cast<std::int64_t>(lateness.samples()));
    out.Key("p99_ms").Number(Milliseconds(lateness.p99_ns()));
    out.Key("max_ms").Number(Milliseconds(lateness.max_ns()));
  });
}

void WriteCpu(JsonWriter& out, const CpuUse& cpu) {
  out.Key("cpu").Object([&] {
    out.Key("used").Number(ShareOf(cpu.used_ns(), cpu));
    out.Key("waited").Number(ShareOf(cpu.waited_ns(), cpu));
    out.Key("saturated").Number(ShareOf(cpu.saturated_ns(), cpu));
    out.Key("stalled").Number(ShareOf(cpu.stalled_ns(), cpu));
  });
}

void WriteLedgerEntry(JsonWriter& out, const LedgerEntry& entry) {
  const auto& iterations = entry.iterations();
  out.Object([&] {
    out.Key("agent").Number(std::int64_t{entry.agent()});
    out.Key("planned").Number(iterations.planned());
    out.Key("started").Number(iterations.started());
    out.Key("dropped").Number(iterations.dropped());
    out.Key("complete").Number(iterations.complete());
    out.Key("interrupted").Number(iterations.interrupted());
    out.Key("exceptions").Number(iterations.exceptions());
    out.Key("deltas_sent").Number(static_cast<std::int64_t>(entry.deltas_sent()));
    out.Key("deltas_merged").Number(static_cast<std::int64_t>(entry.deltas_merged()));
    out.Key("start_skew_ms").Number(Milliseconds(iterations.first_start_skew_ns()));
    out.Key("balanced").Bool(entry.balanced());
    WriteHealth(out, entry.health(), entry.has_start_lag() ? &entry.start_lag() : nullptr);
  });
}

/// Between the earliest and the latest agent's first start.
double SkewMs(const Summary& summary) {
  if (summary.ledger().empty()) return 0;
  const auto skew = [](const LedgerEntry& entry) {
    return SpanOf(entry.iterations().first_start_skew_ns());
  };
  const auto [first, last] = std::minmax_element(
      summary.ledger().begin(), summary.ledger().end(),
      [&](const LedgerEntry& a, const LedgerEntry& b) { return skew(a) < skew(b); });
  return Milliseconds((skew(*last) - skew(*first)).count());
}

void WriteThresholdsWithinError(JsonWriter& out, const Summary& summary) {
  out.Key("thresholds_within_error").Array([&] {
    for (const MetricSummary& metric : summary.metrics()) {
      for (const ThresholdResult* threshold : Unique(metric)) {
        if (!threshold->within_error()) continue;
        out.Element().Object([&] {
          out.Key("metric").String(metric.name());
          out.Key("threshold").String(threshold->source());
          out.Key("value").Number(threshold->value());
        });
      }
    }
  });
}

void WriteOutputs(JsonWriter& out, const Summary& summary) {
  if (summary.outputs().empty()) return;
  out.Key("outputs").Array([&] {
    for (const v1::OutputEntry& entry : summary.outputs()) {
      out.Element().Object([&] {
        out.Key("output").String(entry.output());
        out.Key("samples").Number(static_cast<std::int64_t>(entry.samples()));
        out.Key("lost").Number(static_cast<std::int64_t>(entry.lost()));
      });
    }
  });
}

void WriteLoadctl(JsonWriter& out, const Summary& summary) {
  out.Key("loadctl").Object([&] {
    out.Key("complete").Bool(summary.complete());
    out.Key("agents").Number(std::int64_t{summary.agents()});
    out.Key("duration_ms").Number(Milliseconds(summary.duration_ns()));
    out.Key("skew_ms").Number(SkewMs(summary));
    if (summary.has_start_lag()) WriteStartLag(out, summary.start_lag());
    WriteThresholdsWithinError(out, summary);
    out.Key("lost").Array([&] {
      for (const LostAgent& lost : summary.lost()) {
        out.Element().Object([&] {
          out.Key("agent").Number(std::int64_t{lost.agent()});
          out.Key("at_ms").Number(Milliseconds(lost.at_ns()));
          out.Key("reason").String(lost.reason());
        });
      }
    });
    out.Key("ledger").Array([&] {
      for (const LedgerEntry& entry : summary.ledger()) {
        out.Element();
        WriteLedgerEntry(out, entry);
      }
    });
    WriteOutputs(out, summary);
  });
}

}  // namespace

void WriteHealth(JsonWriter& out, const v1::Health& health, const StartLag* lag) {
  if (lag != nullptr) WriteStartLag(out, *lag);
  WriteLateness(out, "loop_lag", health.loop_lag());
  WriteCpu(out, health.cpu());
  out.Key("memory_peak_bytes").Number(health.memory_peak_bytes());
}

std::string SummaryExportJson(const Summary& summary) {
  JsonWriter out(4);
  out.Object([&] {
    WriteGroups(out, summary, Form::kExport);
    WriteMetrics(out, summary, Form::kExport);
    WriteSetupData(out, summary);
    WriteLoadctl(out, summary);
  });
  return out.Take();
}

std::string HandleSummaryData(const Summary& summary, const DisplayState& display) {
  JsonWriter out(0);
  out.Object([&] {
    WriteGroups(out, summary, Form::kHandleSummary);
    out.Key("options").Object([&] {
      out.Key("summaryTrendStats").Array([&] {
        for (const std::string& stat : summary.trend_stats()) out.Element().String(stat);
      });
      out.Key("summaryTimeUnit").String(summary.time_unit());
      out.Key("noColor").Bool(display.no_color);
    });
    out.Key("state").Object([&] {
      out.Key("isStdOutTTY").Bool(display.stdout_is_tty);
      out.Key("isStdErrTTY").Bool(display.stderr_is_tty);
      out.Key("testRunDurationMs").Number(Milliseconds(summary.duration_ns()));
    });
    WriteMetrics(out, summary, Form::kHandleSummary);
    WriteSetupData(out, summary);
  });
  return out.Take();
}

}  // namespace loadctl::summary

#include "controller/summary/json.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "common/metrics/builtin.h"
#include "common/text/json_writer.h"
#include "common/text/number.h"

namespace loadctl::summary {
namespace {

using text::JsonWriter;

/// Brackets inside brackets; deeper setup data is left out rather than the stack risked.
constexpr std::size_t kMaxSetupDataDepth = 500;

double Milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// The two forms differ in what a rate is called and in where its value stands.
enum class Form { kExport, kHandleSummary };

void WriteValues(JsonWriter& out, const Values& values, Form form) {
  if (const auto* counter = std::get_if<CounterValues>(&values)) {
    out.Key("count").Number(counter->count);
    out.Key("rate").Number(counter->rate);
  } else if (const auto* gauge = std::get_if<GaugeValues>(&values)) {
    out.Key("value").Number(gauge->value);
    out.Key("min").Number(gauge->min);
    out.Key("max").Number(gauge->max);
  } else if (const auto* rate = std::get_if<RateValues>(&values)) {
    if (form == Form::kHandleSummary) out.Key("rate").Number(rate->rate);
    out.Key("passes").Number(rate->passes);
    out.Key("fails").Number(rate->fails);
    if (form == Form::kExport) out.Key("value").Number(rate->rate);
  } else {
    for (const auto& [stat, value] : std::get<TrendValues>(values).stats) {
      out.Key(stat).Number(value);
    }
  }
}

/// Thresholds of equal text are one key, as in an object; the last one counts.
std::vector<const ThresholdResult*> Unique(const std::vector<ThresholdResult>& thresholds) {
  std::vector<const ThresholdResult*> unique;
  for (const ThresholdResult& threshold : thresholds) {
    const auto same = std::find_if(
        unique.begin(), unique.end(),
        [&](const ThresholdResult* earlier) { return earlier->source == threshold.source; });
    if (same == unique.end()) {
      unique.push_back(&threshold);
    } else {
      *same = &threshold;
    }
  }
  return unique;
}

void WriteThresholds(JsonWriter& out, const MetricSummary& metric, Form form) {
  if (metric.thresholds.empty()) return;
  out.Key("thresholds").Object([&] {
    for (const ThresholdResult* threshold : Unique(metric.thresholds)) {
      out.Key(threshold->source);
      const auto write = [&](bool value) { threshold->judged ? out.Bool(value) : out.Null(); };
      if (form == Form::kExport) {
        write(!threshold->ok);
      } else {
        out.Object([&] {
          out.Key("ok");
          write(threshold->ok);
        });
      }
    }
  });
}

/// The items in the order in which JavaScript lists an object's keys: array indices first, by
/// value.
template <typename T>
std::vector<const T*> InKeyOrder(const std::vector<T>& items) {
  std::vector<const T*> ordered;
  for (const T& item : items) ordered.push_back(&item);
  const auto indices = std::stable_partition(
      ordered.begin(), ordered.end(), [](const T* item) { return text::IsArrayIndex(item->name); });
  std::sort(ordered.begin(), indices, [](const T* a, const T* b) {
    return std::pair(a->name.size(), a->name) < std::pair(b->name.size(), b->name);
  });
  return ordered;
}

template <typename T>
void WriteIdentity(JsonWriter& out, const T& item) {
  out.Key("name").String(item.name);
  out.Key("path").String(item.path);
  out.Key("id").String(item.id);
}

void WriteCheck(JsonWriter& out, const CheckSummary& check) {
  out.Object([&] {
    WriteIdentity(out, check);
    out.Key("passes").Number(check.passes);
    out.Key("fails").Number(check.fails);
  });
}

void WriteGroup(JsonWriter& out, const GroupSummary& group, Form form) {
  const auto named = [&] {
    WriteIdentity(out, group);
    out.Key("groups").Object([&] {
      for (const GroupSummary* inner : InKeyOrder(group.groups)) {
        out.Key(inner->name);
        WriteGroup(out, *inner, form);
      }
    });
    out.Key("checks").Object([&] {
      for (const CheckSummary* check : InKeyOrder(group.checks)) {
        out.Key(check->name);
        WriteCheck(out, *check);
      }
    });
  };
  const auto listed = [&] {
    WriteIdentity(out, group);
    out.Key("groups").Array([&] {
      for (const GroupSummary& inner : group.groups) {
        out.Element();
        WriteGroup(out, inner, form);
      }
    });
    out.Key("checks").Array([&] {
      for (const CheckSummary& check : group.checks) {
        out.Element();
        WriteCheck(out, check);
      }
    });
  };
  form == Form::kExport ? out.Object(named) : out.Object(listed);
}

void WriteMetrics(JsonWriter& out, const Summary& summary, Form form) {
  out.Key("metrics").Object([&] {
    for (const MetricSummary& metric : summary.metrics) {
      out.Key(metric.name).Object([&] {
        if (form == Form::kExport) {
          WriteValues(out, metric.values, form);
        } else {
          out.Key("type").String(metrics::TypeName(metric.type));
          out.Key("contains").String(metrics::ValueTypeName(metric.contains));
          out.Key("values").Object([&] { WriteValues(out, metric.values, form); });
        }
        WriteThresholds(out, metric, form);
      });
    }
  });
}

void WriteSetupData(JsonWriter& out, const Summary& summary) {
  if (!summary.setup_data_json) return;
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = kMaxSetupDataDepth;
  boost::json::parse(*summary.setup_data_json, error, {}, options);
  if (error) return;
  const std::string_view text = *summary.setup_data_json;
  const std::size_t first = text.find_first_not_of(" \n\t\r");
  out.Key("setup_data").Json(text.substr(first));
}

void WriteStartLag(JsonWriter& out, const std::optional<StartLag>& lag) {
  if (!lag) return;
  out.Key("start_lag").Object([&] {
    out.Key("count").Number(lag->count);
    out.Key("avg").Number(lag->avg);
    out.Key("p(95)").Number(lag->p95);
    out.Key("p(99)").Number(lag->p99);
    out.Key("max").Number(lag->max);
  });
}

void WriteLateness(JsonWriter& out, std::string_view name, const Lateness& lateness) {
  out.Key(name).Object([&] {
    out.Key("samples").Number(static_cast<std::int64_t>(lateness.samples));
    out.Key("p99_ms").Number(Milliseconds(lateness.p99));
    out.Key("max_ms").Number(Milliseconds(lateness.max));
  });
}

void WriteCpu(JsonWriter& out, const CpuUse& cpu) {
  out.Key("cpu").Object([&] {
    out.Key("used").Number(cpu.ShareOf(cpu.used));
    out.Key("waited").Number(cpu.ShareOf(cpu.waited));
    out.Key("saturated").Number(cpu.ShareOf(cpu.saturated));
  });
}

void WriteLedgerEntry(JsonWriter& out, const LedgerEntry& entry) {
  out.Object([&] {
    out.Key("agent").Number(std::int64_t{entry.agent});
    out.Key("planned").Number(entry.planned);
    out.Key("started").Number(entry.started);
    out.Key("dropped").Number(entry.dropped);
    out.Key("complete").Number(entry.complete);
    out.Key("interrupted").Number(entry.interrupted);
    out.Key("exceptions").Number(entry.exceptions);
    out.Key("deltas_sent").Number(static_cast<std::int64_t>(entry.deltas_sent));
    out.Key("deltas_merged").Number(static_cast<std::int64_t>(entry.deltas_merged));
    out.Key("start_skew_ms").Number(Milliseconds(entry.start_skew));
    out.Key("balanced").Bool(entry.balanced);
    WriteStartLag(out, entry.start_lag);
    WriteLateness(out, "loop_lag", entry.loop_lag);
    WriteCpu(out, entry.cpu);
  });
}

/// Between the earliest and the latest agent's first start.
double SkewMs(const Summary& summary) {
  if (summary.ledger.empty()) return 0;
  const auto [first, last] = std::minmax_element(
      summary.ledger.begin(), summary.ledger.end(),
      [](const LedgerEntry& a, const LedgerEntry& b) { return a.start_skew < b.start_skew; });
  return Milliseconds(last->start_skew - first->start_skew);
}

void WriteThresholdsWithinError(JsonWriter& out, const Summary& summary) {
  out.Key("thresholds_within_error").Array([&] {
    for (const MetricSummary& metric : summary.metrics) {
      for (const ThresholdResult* threshold : Unique(metric.thresholds)) {
        if (!threshold->within_error) continue;
        out.Element().Object([&] {
          out.Key("metric").String(metric.name);
          out.Key("threshold").String(threshold->source);
          out.Key("value").Number(threshold->value);
        });
      }
    }
  });
}

void WriteLoadctl(JsonWriter& out, const Summary& summary) {
  out.Key("loadctl").Object([&] {
    out.Key("complete").Bool(summary.complete);
    out.Key("agents").Number(std::int64_t{summary.agents});
    out.Key("duration_ms").Number(Milliseconds(summary.duration));
    out.Key("skew_ms").Number(SkewMs(summary));
    WriteStartLag(out, summary.start_lag);
    WriteThresholdsWithinError(out, summary);
    out.Key("lost").Array([&] {
      for (const LostAgent& lost : summary.lost) {
        out.Element().Object([&] {
          out.Key("agent").Number(std::int64_t{lost.agent});
          out.Key("at_ms").Number(Milliseconds(lost.at));
          out.Key("reason").String(lost.reason);
        });
      }
    });
    out.Key("ledger").Array([&] {
      for (const LedgerEntry& entry : summary.ledger) {
        out.Element();
        WriteLedgerEntry(out, entry);
      }
    });
  });
}

}  // namespace

std::string SummaryExportJson(const Summary& summary) {
  JsonWriter out(4);
  out.Object([&] {
    out.Key("root_group");
    WriteGroup(out, summary.root, Form::kExport);
    WriteMetrics(out, summary, Form::kExport);
    WriteSetupData(out, summary);
    WriteLoadctl(out, summary);
  });
  return out.Take();
}

std::string HandleSummaryData(const Summary& summary, const DisplayState& display) {
  JsonWriter out(0);
  out.Object([&] {
    out.Key("root_group");
    WriteGroup(out, summary.root, Form::kHandleSummary);
    out.Key("options").Object([&] {
      out.Key("summaryTrendStats").Array([&] {
        for (const std::string& stat : summary.trend_stats) out.Element().String(stat);
      });
      out.Key("summaryTimeUnit").String(summary.time_unit);
      out.Key("noColor").Bool(display.no_color);
    });
    out.Key("state").Object([&] {
      out.Key("isStdOutTTY").Bool(display.stdout_is_tty);
      out.Key("isStdErrTTY").Bool(display.stderr_is_tty);
      out.Key("testRunDurationMs").Number(Milliseconds(summary.duration));
    });
    WriteMetrics(out, summary, Form::kHandleSummary);
    WriteSetupData(out, summary);
  });
  return out.Take();
}

}  // namespace loadctl::summary

// `loadctl compare`: whether a recorded run is as good as another.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/text/json_writer.h"
#include "common/text/number.h"
#include "controller/cli/commands.h"
#include "controller/cli/load.h"
#include "controller/cli/recorded.h"
#include "controller/cli/screen.h"
#include "controller/cli/table.h"
#include "controller/page/document.h"
#include "controller/page/watch.h"
#include "controller/report/comparison.h"
#include "controller/report/report.h"
#include "controller/summary/build.h"
#include "controller/summary/humanize.h"

namespace loadctl::cli {
namespace {

constexpr char kHelp[] = R"(Compare a recorded run with an earlier one.

Usage:
  loadctl compare [flags] BASE RUN

Examples:
  loadctl run --record today.record script.js
  loadctl compare --tolerance 'p(95)=5%' base.record today.record
  loadctl compare --tolerance 'http_reqs:rate=-3%' --tolerance 'checks:rate=-0%' base.record today.record

Flags:
      --tolerance [METRIC:]STAT=LIMIT  how much worse RUN may be; may be repeated. A positive limit is
                                       one of growth (durations), a negative one of decline (rates of
                                       requests, checks). `5%` is of BASE's value, `0.01` is of the
                                       stat itself. Without METRIC it is for http_req_duration, or
                                       iteration_duration where nothing was requested. (default
                                       p(95)=5%, and http_req_failed:rate=0.01 where there are requests)
      --report FORMAT=FILE             write the comparison to a file, too: html, junit, md, github or
                                       json; may be repeated
      --json                           print the comparison as JSON
  -h, --help                           this text

Stats: of trends avg, min, med, max, count and p(N); of rates rate; of counters count and rate; of
gauges value. Every metric of both runs is shown; those with a tolerance are judged. The exit code is
99 if RUN is worse than a tolerance allows, or BASE or RUN is incomplete or lacks the metric.
)";

struct Tolerance {
  std::string metric;  ///< empty: the duration of what the run did
  std::string stat;
  double limit = 0;
  bool relative = false;
};

Result<Tolerance> ParseTolerance(const std::string& text) {
  const auto bad = [&] {
    return Fail("invalid argument \"" + text +
                "\" for \"--tolerance\" flag: [METRIC:]STAT=LIMIT is wanted, such as p(95)=5%");
  };
  const auto equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) return bad();
  Tolerance out;
  const std::string left = text.substr(0, equals);
  const auto colon = left.rfind(':');
  // A sub-metric has colons of its own, inside its braces.
  const auto brace = left.rfind('}');
  const bool named = colon != std::string::npos && (brace == std::string::npos || colon > brace);
  out.metric = named ? left.substr(0, colon) : "";
  out.stat = named ? left.substr(colon + 1) : left;
  std::string limit = text.substr(equals + 1);
  out.relative = limit.ends_with('%');
  if (out.relative) limit.pop_back();
  const auto value = text::ParseGoFloat(limit);
  if (!value || !std::isfinite(*value) || out.stat.empty()) return bad();
  // `-0%`: no decline at all.
  out.limit = out.relative ? *value / 100 : *value;
  return out;
}

struct Arguments {
  std::string base, run;
  std::vector<Tolerance> tolerances;
  std::vector<report::Request> reports;
  bool json = false;
};

/// The value of the flag at `at`, which then is the last argument of it; nullopt: it is another.
Result<std::optional<std::string>> ValueOf(std::string_view flag,
                                           std::span<const std::string> arguments,
                                           std::size_t& at) {
  const std::string& one = arguments[at];
  if (one.starts_with(flag) && one.size() > flag.size() && one[flag.size()] == '=')
    return std::optional(one.substr(flag.size() + 1));
  if (one != flag) return std::optional<std::string>();
  if (at + 1 == arguments.size()) return Fail("flag needs an argument: " + one);
  return std::optional(arguments[++at]);
}

Result<Arguments> ReadArguments(std::span<const std::string> arguments) {
  Arguments given;
  std::vector<std::string> files;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    LOADCTL_TRY(const auto tolerance, ValueOf("--tolerance", arguments, i));
    LOADCTL_TRY(const auto report, tolerance ? Result<std::optional<std::string>>()
                                             : ValueOf("--report", arguments, i));
    if (tolerance) {
      LOADCTL_TRY(Tolerance one, ParseTolerance(*tolerance));
      given.tolerances.push_back(std::move(one));
    } else if (report) {
      LOADCTL_TRY(report::Request request, report::ParseRequest(*report));
      if (request.format == report::Format::kBrief || request.format == report::Format::kMetrics)
        return Fail("--report " + *report +
                    ": a comparison is written as html, junit, md, github or json");
      given.reports.push_back(std::move(request));
    } else if (arguments[i] == "--json") {
      given.json = true;
    } else if (arguments[i].starts_with('-') && arguments[i] != "-") {
      return Fail("unknown flag: " + arguments[i]);
    } else {
      files.push_back(arguments[i]);
    }
  }
  if (files.size() != 2)
    return Fail("accepts 2 arg(s), received " + std::to_string(files.size()) +
                ": the record to compare with, and the one to compare");
  given.base = files[0];
  given.run = files[1];
  return given;
}

/// The figures of a recorded run, and whether they are whole.
struct Side {
  summary::Summary summary;
  bool complete = false;
};

/// `over_time`, if there is one, sees the run go by.
Result<Side> ReadSide(const std::string& path, const std::vector<std::string>& stats,
                      page::Watch* over_time) {
  LOADCTL_TRY(const Recorded recorded, ReadRecord(path, {}, over_time));
  Side side;
  side.complete = recorded.outcome && recorded.outcome->summary().complete();
  summary::BuildOptions build;
  build.trend_stats = stats;
  if (recorded.outcome)
    build.duration = std::chrono::nanoseconds(recorded.outcome->summary().duration_ns());
  side.summary = summary::BuildSummary(recorded.results.totals(), {}, build);
  return side;
}

const summary::MetricSummary* FindMetric(const Side& side, std::string_view name) {
  for (const auto& metric : side.summary.metrics())
    if (metric.name() == name) return &metric;
  return nullptr;
}

std::optional<double> ValueOf(const summary::MetricSummary& metric, std::string_view stat) {
  switch (metric.values_case()) {
    case summary::MetricSummary::kGauge:
      return stat == "value" ? std::optional(metric.gauge().value()) : std::nullopt;
    case summary::MetricSummary::kRate:
      return stat == "rate" ? std::optional(metric.rate().rate()) : std::nullopt;
    case summary::MetricSummary::kTrend:
      for (const auto& one : metric.trend().stats())
        if (one.name() == stat) return one.value();
      return std::nullopt;
    default:
      if (stat == "count") return metric.counter().count();
      return stat == "rate" ? std::optional(metric.counter().rate()) : std::nullopt;
  }
}

std::string Said(const summary::MetricSummary& metric, std::string_view stat, double value) {
  if (summary::TypeOf(metric) == metrics::MetricType::kRate) return summary::HumanizeRate(value);
  if (stat == "count" && summary::TypeOf(metric) == metrics::MetricType::kTrend)
    return text::JsNumber(value);
  std::string out = summary::HumanizeValue(value, summary::ContainsOf(metric), "");
  const bool per_second =
      stat == "rate" && summary::TypeOf(metric) == metrics::MetricType::kCounter;
  return per_second ? out + "/s" : out;
}

using Verdict = report::ComparedRow::Verdict;

struct Row : report::ComparedRow {
  std::optional<double> base_value, run_value;
};

std::string Percent(double part) {
  char text[40];
  std::snprintf(text, sizeof text, "%+.1f%%", part * 100);
  return text;
}

Row Compare(const Side& base, const Side& run, const std::string& name, const std::string& stat,
            const Tolerance* tolerance) {
  Row row;
  row.metric = name;
  row.stat = stat;
  row.base = row.run = "-";
  const auto* before = FindMetric(base, name);
  const auto* after = FindMetric(run, name);
  if (before != nullptr) row.base_value = ValueOf(*before, stat);
  if (after != nullptr) row.run_value = ValueOf(*after, stat);
  if (row.base_value) row.base = Said(*before, stat, *row.base_value);
  if (row.run_value) row.run = Said(*after, stat, *row.run_value);
  const bool both = row.base_value && row.run_value;
  if (both && *row.base_value != 0)
    row.change = Percent((*row.run_value - *row.base_value) / std::fabs(*row.base_value));
  if (tolerance == nullptr) return row;
  row.limit = tolerance->relative ? Percent(tolerance->limit) : text::JsNumber(tolerance->limit);
  if (!both) {
    row.verdict = Verdict::kMissing;
    return row;
  }
  const double by = tolerance->relative ? std::fabs(*row.base_value) : 1;
  const double grown = *row.run_value - *row.base_value;
  const bool of_decline = std::signbit(tolerance->limit);
  const bool worse = of_decline ? grown < tolerance->limit * by : grown > tolerance->limit * by;
  row.verdict = worse ? Verdict::kWorse : Verdict::kHolds;
  return row;
}

std::vector<std::string> StatsOf(const summary::MetricSummary& metric) {
  switch (summary::TypeOf(metric)) {
    case metrics::MetricType::kGauge:
      return {"value"};
    case metrics::MetricType::kTrend:
      return {"med", "p(95)"};
    default:
      return {"rate"};
  }
}

std::string Text(const std::vector<Row>& rows) {
  std::vector<std::vector<std::string>> lines;
  for (const Row& row : rows) {
    lines.push_back(
        {row.metric, row.stat, row.base, row.run, row.change, row.limit, NameOf(row.verdict)});
  }
  return Table({{"METRIC"},
                {"STAT"},
                {"BASE", true},
                {"RUN", true},
                {"CHANGE", true},
                {"LIMIT", true},
                {""}},
               lines);
}

std::string Json(const std::vector<Row>& rows, bool worse) {
  text::JsonWriter out(2);
  out.Object([&] {
    out.Key("worse").Bool(worse);
    out.Key("rows").Array([&] {
      for (const Row& row : rows) {
        out.Element().Object([&] {
          const auto number = [&](const std::optional<double>& value) {
            value ? out.Number(*value) : out.Null();
          };
          out.Key("metric").String(row.metric);
          out.Key("stat").String(row.stat);
          number((out.Key("base"), row.base_value));
          number((out.Key("run"), row.run_value));
          out.Key("limit").String(row.limit);
          out.Key("verdict").String(NameOf(row.verdict));
        });
      }
    });
  });
  return out.Take() + "\n";
}

/// Both runs over time, for the page's charts.
std::string OverTime(const std::vector<Row>& rows, const page::Watch& base,
                     const page::Watch& run) {
  constexpr std::size_t kMostBytes = 300'000;  // of each
  text::JsonWriter judged(0, text::JsonEscapes::kGoHtml);
  judged.Array([&] {
    for (const Row& row : rows) {
      if (row.verdict == Verdict::kNone) continue;
      judged.Element().Array([&] {
        judged.Element().String(row.metric);
        judged.Element().String(row.stat);
      });
    }
  });
  return "{\"judged\":" + judged.Take() + ",\"base\":" + base.Snapshot(kMostBytes) +
         ",\"run\":" + run.Snapshot(kMostBytes) + "}";
}

std::string Html(const report::Comparison& comparison, const std::string& over_time) {
  using Tone = page::Cell::Tone;
  page::TablePage page;
  const std::string title = comparison.run + " compared with " + comparison.base;
  page.title = title;
  page.state = comparison.worse ? page::Cell{"not as good", "", Tone::kBad}
                                : page::Cell{"as good", "", Tone::kGood};
  page.heads = {{"Metric"},      {"Stat"}, {"Base", true}, {"Run", true}, {"Change", true},
                {"Limit", true}, {""}};
  for (const auto& row : comparison.rows) {
    const bool holds = row.verdict == Verdict::kHolds;
    page.rows.push_back(
        {{row.metric},
         {row.stat},
         {row.base},
         {row.run},
         {row.change},
         {row.limit},
         row.verdict == Verdict::kNone
             ? page::Cell{}
             : page::Cell{NameOf(row.verdict), "", holds ? Tone::kGood : Tone::kBad}});
  }
  for (const std::string& one : comparison.incomplete)
    page.note += one + " is incomplete, and proves nothing. ";
  page.compared = over_time;
  return page::Page(page);
}

/// What went wrong, or an empty text.
std::string WriteReport(const report::Request& request, const report::Comparison& comparison,
                        const std::string& json, const std::string& over_time) {
  switch (request.format) {
    case report::Format::kHtml:
      return WriteFile(request.path, Html(comparison, over_time));
    case report::Format::kJunit:
      return WriteFile(request.path, report::Junit(comparison));
    case report::Format::kMarkdown:
      return WriteFile(request.path, report::Markdown(comparison));
    case report::Format::kJson:
      return WriteFile(request.path, json);
    case report::Format::kGithub:
      std::fputs(report::GithubAnnotations(comparison).c_str(), stdout);
      return AppendFile(request.path, report::Markdown(comparison));
    case report::Format::kBrief:
    case report::Format::kMetrics:
      break;  // refused where they are read
  }
  return "";
}

std::vector<Row> RowsOf(const Side& base, const Side& run, std::vector<Tolerance> tolerances) {
  const bool requested =
      FindMetric(base, "http_req_duration") != nullptr || FindMetric(run, "http_req_duration");
  if (tolerances.empty()) {
    tolerances.push_back({"", "p(95)", 0.05, true});
    if (requested) tolerances.push_back({"http_req_failed", "rate", 0.01, false});
  }
  std::vector<Row> rows;
  for (Tolerance& one : tolerances) {
    if (one.metric.empty()) one.metric = requested ? "http_req_duration" : "iteration_duration";
    rows.push_back(Compare(base, run, one.metric, one.stat, &one));
  }
  for (const auto& metric : run.summary.metrics()) {
    for (const std::string& stat : StatsOf(metric)) {
      const bool there = std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
        return row.metric == metric.name() && row.stat == stat;
      });
      if (!there) rows.push_back(Compare(base, run, metric.name(), stat, nullptr));
    }
  }
  return rows;
}

Result<int> CompareRuns(const Arguments& given) {
  std::vector<std::string> stats = {"avg", "min", "med", "max", "count", "p(90)", "p(95)", "p(99)"};
  for (const Tolerance& one : given.tolerances) {
    if (!one.stat.starts_with("p(")) continue;
    LOADCTL_CHECK_OK(summary::CheckTrendStats({one.stat}));
    if (std::find(stats.begin(), stats.end(), one.stat) == stats.end()) stats.push_back(one.stat);
  }
  const bool html = std::any_of(
      given.reports.begin(), given.reports.end(),
      [](const report::Request& request) { return request.format == report::Format::kHtml; });
  page::Watch base_watch, run_watch;
  LOADCTL_TRY(const Side base, ReadSide(given.base, stats, html ? &base_watch : nullptr));
  LOADCTL_TRY(const Side run, ReadSide(given.run, stats, html ? &run_watch : nullptr));
  const auto rows = RowsOf(base, run, given.tolerances);
  report::Comparison comparison{given.base, given.run, {rows.begin(), rows.end()}, {}, false};
  comparison.worse = std::any_of(rows.begin(), rows.end(), [](const Row& row) {
    return row.verdict == Verdict::kWorse || row.verdict == Verdict::kMissing;
  });
  for (const auto& [side, file] : {std::pair(&base, &given.base), std::pair(&run, &given.run)}) {
    if (side->complete) continue;
    std::fprintf(stderr, "loadctl compare: '%s' is incomplete, and proves nothing\n",
                 file->c_str());
    comparison.incomplete.push_back(*file);
    comparison.worse = true;
  }
  const std::string json = Json(rows, comparison.worse);
  std::fputs((given.json ? json : Text(rows)).c_str(), stdout);
  const std::string over_time = html ? OverTime(rows, base_watch, run_watch) : "";
  bool written = true;
  for (const report::Request& request : given.reports) {
    const std::string problem = WriteReport(request, comparison, json, over_time);
    if (problem.empty()) continue;
    written = false;
    std::fprintf(stderr, "loadctl compare: failed to save the report: %s\n", problem.c_str());
  }
  if (comparison.worse) return ExitStatus(ErrorCode::kThresholds);
  return written ? 0 : ExitStatus(ErrorCode::kGeneric);
}

}  // namespace

int Compare(std::span<const std::string> arguments) {
  const bool help = std::any_of(arguments.begin(), arguments.end(), [](const std::string& one) {
    return one == "-h" || one == "--help";
  });
  if (help) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  auto given = ReadArguments(arguments);
  const auto status = given.and_then([](const Arguments& all) { return CompareRuns(all); });
  if (status) return *status;
  std::fprintf(stderr, "loadctl compare: %s\nTry 'loadctl compare --help'.\n",
               status.error().message.c_str());
  return ExitStatus(status.error().code);
}

}  // namespace loadctl::cli

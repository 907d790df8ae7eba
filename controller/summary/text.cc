#include "controller/summary/text.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/duration.h"
#include "common/base/saturating.h"
#include "common/text/number.h"
#include "controller/summary/blocks.h"
#include "controller/summary/humanize.h"

namespace loadctl::summary {
namespace {

using text::JsFixed;
using text::JsNumber;

constexpr std::string_view kBold = "1";
constexpr std::string_view kFaint = "2";
constexpr std::string_view kRed = "31";
constexpr std::string_view kBoldRed = "1;31";
constexpr std::string_view kGreen = "32";
constexpr std::string_view kCyan = "36";
constexpr std::string_view kFaintCyan = "2;36";
constexpr std::string_view kWhite = "37";
constexpr std::string_view kFaintWhite = "2;37";

constexpr std::string_view kCheckMark = "✓";
constexpr std::string_view kCross = "✗";
constexpr std::string_view kNotJudged = "-";

std::string Spaces(std::size_t count) { return std::string(count, ' '); }

std::string PadTo(std::size_t width, std::string_view plain) {
  const std::size_t own = DisplayWidth(plain);
  return Spaces(own < width ? width - own : 0);
}

/// `name{tags}` is shown as `{ tags }`, indented below its parent.
std::string DisplayName(std::string_view name) {
  const std::size_t brace = name.find('{');
  if (brace == std::string_view::npos) return std::string(name);
  return "  { " + std::string(name.substr(brace + 1, name.size() - brace - 2)) + " }";
}

/// What stands to the right of a metric's name: a trend has columns, the others a main value and
/// extras.
struct Cells {
  std::string main;
  std::vector<std::string> extras;
  std::vector<std::string> trend;
};

/// Widths of the columns over all metrics that are aligned with each other.
struct Widths {
  std::size_t name = 0, main = 0;
  std::vector<std::size_t> extras, trend;
};

void Widen(std::vector<std::size_t>& widths, const std::vector<std::string>& cells) {
  widths.resize(std::max(widths.size(), cells.size()));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    widths[i] = std::max(widths[i], DisplayWidth(cells[i]));
  }
}

class Renderer {
 public:
  Renderer(const Summary& summary, Colors colors, Detail detail)
      : summary_(summary), colors_(colors), detail_(detail), sorted_(Sorted(summary.metrics())) {}

  std::string Render() {
    out_ = "\n";
    Incomplete();
    Thresholds();
    Totals();
    if (detail_ == Detail::kFull) Sections();
    return std::move(out_) + "\n\n";
  }

 private:
  void Incomplete();
  void Thresholds();
  void Totals();
  void Sections();
  // Of the totals, or of a section: `level` deeper.
  void Checks(const Metrics& metrics, const std::vector<Check>& checks, std::size_t level);
  void Blocks(const Metrics& metrics, std::size_t level);
  void MetricLine(std::size_t indent, std::string_view name, const Cells& cells,
                  const Widths& widths);

  std::string ThresholdLine(const MetricSummary& metric, const ThresholdResult& result) const;
  std::string ThresholdValue(const MetricSummary& metric, const ThresholdResult& result,
                             std::string_view aggregate) const;
  Cells CellsOf(const MetricSummary& metric) const;
  std::string Humanize(const MetricSummary& metric, double value) const;

  std::string Paint(std::string_view text, std::string_view code) const {
    if (colors_ == Colors::kNo) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
  }
  void Line(std::size_t indent, std::string_view text) {
    out_ += "\n" + Spaces(indent);
    out_ += text;
  }
  void Title(std::string_view title) { Line(2, "█ " + Paint(title, kBold) + " \n"); }

  const Summary& summary_;
  const Colors colors_;
  const Detail detail_;
  const Metrics sorted_;
  std::string out_;
};

void Renderer::Incomplete() {
  if (summary_.complete()) return;
  const std::string of = " of " + std::to_string(summary_.agents());
  std::vector<std::string> causes;
  for (const LostAgent& lost : summary_.lost()) {
    const auto at = std::chrono::floor<std::chrono::duration<std::int64_t, std::deci>>(
        SpanOf(lost.at_ns()) + std::chrono::milliseconds(50));
    causes.push_back("agent " + std::to_string(lost.agent()) + of + " lost at " +
                     FormatGoDuration(at) +
                     (lost.reason().empty() ? "" : " (" + lost.reason() + ")"));
  }
  for (const LedgerEntry& entry : summary_.ledger()) {
    const bool is_lost =
        std::any_of(summary_.lost().begin(), summary_.lost().end(),
                    [&](const auto& lost) { return lost.agent() == entry.agent(); });
    if (entry.balanced() || is_lost) continue;
    causes.push_back("the ledger of agent " + std::to_string(entry.agent()) + of +
                     " does not balance");
  }
  if (causes.empty()) causes.push_back("the run's numbers are not all here");
  for (const std::string& cause : causes) out_ += Paint("INCOMPLETE: " + cause, kBoldRed) + "\n";
}

void Renderer::Thresholds() {
  std::vector<std::string_view> names;
  for (const MetricSummary* metric : sorted_) {
    if (!metric->thresholds().empty()) names.push_back(metric->name());
  }
  if (names.empty()) return;
  Title("THRESHOLDS");
  for (const MetricSummary* metric : sorted_) {
    if (metric->thresholds().empty()) continue;
    const std::string_view name = metric->name();
    const std::string_view parent = name.substr(0, name.find('{'));
    const bool below_parent =
        parent.size() < name.size() && std::find(names.begin(), names.end(), parent) != names.end();
    const std::size_t indent = below_parent ? 6 : 4;
    Line(indent, below_parent ? name.substr(parent.size()) : name);
    for (const ThresholdResult& result : metric->thresholds()) {
      Line(indent, ThresholdLine(*metric, result));
    }
    out_ += "\n";
  }
  out_ += "\n";
}

std::string Renderer::ThresholdLine(const MetricSummary& metric,
                                    const ThresholdResult& result) const {
  const auto trim = [](std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\n\r");
    if (first == std::string_view::npos) return std::string();
    return std::string(text.substr(first, text.find_last_not_of(" \t\n\r") - first + 1));
  };
  const std::string source = trim(result.source());
  const std::string aggregate = trim(source.substr(0, source.find_first_of("=<>")));
  const std::string mark = !result.judged() ? Paint(kNotJudged, kFaint)
                           : result.ok()    ? Paint(kCheckMark, kGreen)
                                            : Paint(kCross, kRed);
  std::string line = mark + " " + Paint("'" + source + "'", kWhite) + " " +
                     Paint(aggregate, kWhite) + "=" +
                     Paint(ThresholdValue(metric, result, aggregate), kCyan);
  // Of too few samples the note says it, with how many there were.
  if (!result.judged() && !result.note().starts_with("not judged")) {
    line += Paint(" (not judged)", kFaint);
  } else if (!metric.has_samples()) {
    line += Paint(" (no data)", kFaint);
  } else if (result.within_error()) {
    line += Paint(" (the limit is within the value's error of 0.1%)", kFaint);
  }
  if (!result.note().empty()) line += Paint(" (" + result.note() + ")", kFaint);
  if (result.warn() && !result.ok()) line += Paint(" (a warning)", kFaint);
  return line;
}

std::string Renderer::ThresholdValue(const MetricSummary& metric, const ThresholdResult& result,
                                     std::string_view aggregate) const {
  if (!result.note().empty()) {  // not of the whole run
    if (TypeOf(metric) == metrics::MetricType::kRate) return HumanizeRate(result.value());
    return Humanize(metric, result.value());
  }
  const Cells cells = CellsOf(metric);
  if (TypeOf(metric) != metrics::MetricType::kTrend) {
    const bool rate_of_counter =
        TypeOf(metric) == metrics::MetricType::kCounter && aggregate != "count";
    return rate_of_counter ? cells.extras.at(0) : cells.main;
  }
  for (int i = 0; i < summary_.trend_stats_size(); ++i) {
    if (summary_.trend_stats(i) == aggregate) return cells.trend[static_cast<std::size_t>(i)];
  }
  // k6 leaves out the value of `med` and the like that summaryTrendStats does not name.
  return Humanize(metric, result.value());
}

std::string Renderer::Humanize(const MetricSummary& metric, double value) const {
  return HumanizeValue(value, ContainsOf(metric), summary_.time_unit());
}

Cells Renderer::CellsOf(const MetricSummary& metric) const {
  const auto humanize = [&](double value) { return Humanize(metric, value); };
  Cells cells;
  switch (metric.values_case()) {
    case MetricSummary::kGauge:
      cells.main = humanize(metric.gauge().value());
      cells.extras = {"min=" + humanize(metric.gauge().min()),
                      "max=" + humanize(metric.gauge().max())};
      return cells;
    case MetricSummary::kRate: {
      const auto& rate = metric.rate();
      cells.main = HumanizeRate(rate.rate());
      cells.extras = {std::to_string(rate.passes()) + " out of " +
                      std::to_string(SaturatingAdd(rate.passes(), rate.fails()))};
      return cells;
    }
    case MetricSummary::kTrend:
      for (const std::string& name : summary_.trend_stats()) {
        const auto& stats = metric.trend().stats();
        const auto found = std::find_if(stats.begin(), stats.end(),
                                        [&](const auto& stat) { return stat.name() == name; });
        const double value = found == stats.end() ? 0 : found->value();
        cells.trend.push_back(name == "count" ? JsNumber(value) : humanize(value));
      }
      return cells;
    default:
      cells.main = humanize(metric.counter().count());
      cells.extras = {humanize(metric.counter().rate()) + "/s"};
      return cells;
  }
}

void Renderer::MetricLine(std::size_t indent, std::string_view name, const Cells& cells,
                          const Widths& widths) {
  const std::string display = DisplayName(name);
  const std::string dots(widths.name - DisplayWidth(display) + 3, '.');
  std::string line = display + Paint(dots + ":", kFaintWhite) + " ";
  if (!cells.trend.empty() || cells.main.empty()) {
    for (std::size_t i = 0; i < cells.trend.size(); ++i) {
      if (i > 0) line += " ";
      line += summary_.trend_stats(static_cast<int>(i)) + "=" + Paint(cells.trend[i], kCyan) +
              PadTo(widths.trend[i], cells.trend[i]);
    }
  } else {
    line += Paint(cells.main, kCyan) + PadTo(widths.main, cells.main);
    const bool pad = cells.extras.size() > 1;
    for (std::size_t i = 0; i < cells.extras.size(); ++i) {
      line += " " + Paint(cells.extras[i], kFaintCyan);
      if (pad) line += PadTo(widths.extras[i], cells.extras[i]);
    }
  }
  Line(indent, line);
}

void Renderer::Checks(const Metrics& metrics, const std::vector<Check>& checks, std::size_t level) {
  const auto metric =
      std::find_if(metrics.begin(), metrics.end(),
                   [](const MetricSummary* candidate) { return candidate->name() == "checks"; });
  if (metric == metrics.end() || !(*metric)->has_rate()) return;
  const auto& values = (*metric)->rate();

  const auto total = static_cast<double>(SaturatingAdd(values.passes(), values.fails()));
  const double seconds = static_cast<double>(summary_.duration_ns()) / 1e9;
  MetricSummary lines[3];
  lines[0].set_name("checks_total");
  lines[0].mutable_counter()->set_count(total);
  lines[0].mutable_counter()->set_rate(seconds == 0 ? 0 : total / seconds);
  lines[1].set_name("checks_succeeded");
  *lines[1].mutable_rate() = values;
  lines[2].set_name("checks_failed");
  lines[2].mutable_rate()->set_rate(total == 0 ? 0 : static_cast<double>(values.fails()) / total);
  lines[2].mutable_rate()->set_passes(values.fails());
  lines[2].mutable_rate()->set_fails(values.passes());

  const std::size_t indent = 4 + 2 * level;
  Widths widths;
  for (const MetricSummary& line : lines) {
    const Cells cells = CellsOf(line);
    widths.name = std::max(widths.name, line.name().size());
    widths.main = std::max(widths.main, DisplayWidth(cells.main));
  }
  for (const MetricSummary& line : lines) MetricLine(indent, line.name(), CellsOf(line), widths);
  out_ += "\n";

  for (const Check& check : checks) {
    const std::string name(check.name);
    if (check.fails == 0) {
      Line(indent, Paint(std::string(kCheckMark) + " " + name, kGreen));
      continue;
    }
    Line(indent, Paint(std::string(kCross) + " " + name, kRed));
    const auto percent = static_cast<std::int64_t>(
        100 * static_cast<__int128>(check.passes) /
        std::max<__int128>(1, static_cast<__int128>(check.passes) + check.fails));
    // k6 counts the level twice here.
    Line(6 + 4 * level, Paint("↳  " + std::to_string(percent) + "% — " + std::string(kCheckMark) +
                                  " " + std::to_string(check.passes) + " / " + std::string(kCross) +
                                  " " + std::to_string(check.fails),
                              kRed));
  }
  out_ += "\n";
}

void Renderer::Blocks(const Metrics& metrics, std::size_t level) {
  const std::size_t indent = 4 + 2 * level;
  Widths widths;
  for (const MetricSummary* metric : metrics) {
    if (BlockOf(metric->name(), detail_) == Block::kHidden) continue;
    const Cells cells = CellsOf(*metric);
    widths.name = std::max(widths.name, DisplayWidth(DisplayName(metric->name())));
    widths.main = std::max(widths.main, DisplayWidth(cells.main));
    Widen(widths.extras, cells.extras);
    Widen(widths.trend, cells.trend);
  }
  for (std::size_t block = 0; block < kBlockTitles.size(); ++block) {
    bool first = true;
    for (const MetricSummary* metric : metrics) {
      if (BlockOf(metric->name(), detail_) != static_cast<Block>(block)) continue;
      if (std::exchange(first, false)) Line(indent, Paint(kBlockTitles[block], kBold));
      MetricLine(indent, metric->name(), CellsOf(*metric), widths);
    }
    if (!first) out_ += "\n";
  }
}

void Renderer::Totals() {
  Title("TOTAL RESULTS");
  Checks(sorted_, CheckList(summary_).checks(), 0);
  Blocks(sorted_, 0);
  out_ += "\n";
}

void Renderer::Sections() {
  constexpr std::size_t kDeepest = 200;  // what a line's indentation is bounded by
  bool open = false;
  for (const SummarySection& section : summary_.sections()) {
    const bool scenario = section.group().empty();
    const std::size_t level = scenario ? 0
                                       : std::min<std::size_t>(section.depth(), kDeepest) +
                                             (section.scenario().empty() ? 0 : 1);
    const std::string title =
        scenario ? "SCENARIO: " + section.scenario() : "GROUP: " + section.name();
    if (level == 0) {
      if (std::exchange(open, true)) out_ += "\n";
      Title(title);
    } else {
      Line(2 + 2 * level, "↳ " + Paint(title, kBold) + " \n");
    }
    std::vector<Check> checks;
    for (const CheckSummary& check : section.checks())
      checks.push_back({check.name(), check.passes(), check.fails()});
    const Metrics metrics = Sorted(section.metrics());
    Checks(metrics, checks, level);
    Blocks(metrics, level);
  }
  if (open) out_ += "\n";
}

}  // namespace

std::string RenderText(const Summary& summary, Colors colors, Detail detail) {
  return Renderer(summary, colors, detail).Render();
}

}  // namespace loadctl::summary

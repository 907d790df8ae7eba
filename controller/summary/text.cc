#include "controller/summary/text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/duration.h"
#include "common/base/saturating.h"
#include "common/text/number.h"
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

bool StartsWithAny(std::string_view name, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

/// The blocks of TOTAL RESULTS, in their order; kHidden is in none.
enum class Block {
  kCustom,
  kHttp,
  kExecution,
  kNetwork,
  kBrowser,
  kWebVitals,
  kGrpc,
  kWebSocket,
  kHidden
};
constexpr std::array<std::string_view, 8> kBlockTitles = {
    "CUSTOM", "HTTP", "EXECUTION", "NETWORK", "BROWSER", "WEB_VITALS", "GRPC", "WEBSOCKET"};

/// k6 goes by the beginning of the name, so that sub-metrics follow, and so do `vus_of_mine`.
Block BlockOf(std::string_view name) {
  if (StartsWithAny(name, {"checks", "group_duration", "http_req_blocked", "http_req_connecting",
                           "http_req_receiving", "http_req_sending", "http_req_tls_handshaking",
                           "http_req_waiting"})) {
    return Block::kHidden;
  }
  if (StartsWithAny(name, {"http_reqs", "http_req_failed", "http_req_duration"})) {
    return Block::kHttp;
  }
  if (StartsWithAny(name, {"vus", "iterations", "iteration_duration", "dropped_iterations"})) {
    return Block::kExecution;
  }
  if (StartsWithAny(name, {"data_sent", "data_received"})) return Block::kNetwork;
  if (name.starts_with("browser_web_vital_")) return Block::kWebVitals;
  if (name.starts_with("browser_")) return Block::kBrowser;
  if (name.starts_with("grpc_")) return Block::kGrpc;
  if (name.starts_with("ws_")) return Block::kWebSocket;
  return Block::kCustom;
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
  Renderer(const Summary& summary, Colors colors) : summary_(summary), colors_(colors) {
    for (const MetricSummary& metric : summary.metrics()) sorted_.push_back(&metric);
    std::stable_sort(sorted_.begin(), sorted_.end(),
                     [](const MetricSummary* a, const MetricSummary* b) {
                       return MetricNameLess(a->name(), b->name());
                     });
  }

  std::string Render() {
    out_ = "\n";
    Incomplete();
    Thresholds();
    Totals();
    return std::move(out_) + "\n\n";
  }

 private:
  void Incomplete();
  void Thresholds();
  void Totals();
  void Checks();
  void MetricBlock(Block block, const Widths& widths);
  void MetricLine(std::string_view name, const Cells& cells, const Widths& widths);

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
  std::vector<const MetricSummary*> sorted_;
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
  if (!result.judged()) {
    line += Paint(" (not judged)", kFaint);
  } else if (!metric.has_samples()) {
    line += Paint(" (no data)", kFaint);
  } else if (result.within_error()) {
    line += Paint(" (the limit is within the value's error of 0.1%)", kFaint);
  }
  return line;
}

std::string Renderer::ThresholdValue(const MetricSummary& metric, const ThresholdResult& result,
                                     std::string_view aggregate) const {
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

void Renderer::MetricLine(std::string_view name, const Cells& cells, const Widths& widths) {
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
  Line(4, line);
}

void Renderer::MetricBlock(Block block, const Widths& widths) {
  bool first = true;
  for (const MetricSummary* metric : sorted_) {
    if (BlockOf(metric->name()) != block) continue;
    if (first) Line(4, Paint(kBlockTitles[static_cast<std::size_t>(block)], kBold));
    first = false;
    MetricLine(metric->name(), CellsOf(*metric), widths);
  }
  if (!first) out_ += "\n";
}

/// Checks of all groups, those of one name added up, in order of first use as far as the tree tells
/// it.
class CheckList {
 public:
  explicit CheckList(const Summary& summary) : tree_(summary) {
    const auto named = [this](std::string_view name) {
      return [this, name](std::size_t group) { return tree_.At(group).name() == name; };
    };
    const auto& groups = tree_.In(0);
    const auto setup = std::find_if(groups.begin(), groups.end(), named("setup"));
    const auto teardown = std::find_if(groups.begin(), groups.end(), named("teardown"));
    if (setup != groups.end()) AddGroup(*setup);
    AddChecks(tree_.At(0));
    for (auto group = groups.begin(); group != groups.end(); ++group) {
      if (group != setup && group != teardown) AddGroup(*group);
    }
    if (teardown != groups.end()) AddGroup(*teardown);
  }

  struct Check {
    std::string_view name;  ///< the summary's
    std::int64_t passes = 0, fails = 0;
  };
  const std::vector<Check>& checks() const { return checks_; }

 private:
  void AddGroup(std::size_t group) {
    AddChecks(tree_.At(group));
    for (const std::size_t inner : tree_.In(group)) AddGroup(inner);
  }
  void AddChecks(const GroupSummary& group) {
    for (const CheckSummary& check : group.checks()) {
      const auto [place, fresh] = places_.try_emplace(check.name(), checks_.size());
      if (fresh) checks_.push_back({check.name()});
      Check& sum = checks_[place->second];
      sum.passes = SaturatingAdd(sum.passes, check.passes());
      sum.fails = SaturatingAdd(sum.fails, check.fails());
    }
  }

  const GroupTree tree_;
  std::vector<Check> checks_;
  std::unordered_map<std::string_view, std::size_t> places_;  ///< by the summary's own strings
};

void Renderer::Checks() {
  const auto metric =
      std::find_if(summary_.metrics().begin(), summary_.metrics().end(),
                   [](const MetricSummary& candidate) { return candidate.name() == "checks"; });
  if (metric == summary_.metrics().end() || !metric->has_rate()) return;
  const auto& values = metric->rate();

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

  Widths widths;
  for (const MetricSummary& line : lines) {
    const Cells cells = CellsOf(line);
    widths.name = std::max(widths.name, line.name().size());
    widths.main = std::max(widths.main, DisplayWidth(cells.main));
  }
  for (const MetricSummary& line : lines) MetricLine(line.name(), CellsOf(line), widths);
  out_ += "\n";

  const CheckList list(summary_);
  for (const auto& check : list.checks()) {
    const std::string name(check.name);
    if (check.fails == 0) {
      Line(4, Paint(std::string(kCheckMark) + " " + name, kGreen));
      continue;
    }
    Line(4, Paint(std::string(kCross) + " " + name, kRed));
    const auto percent = static_cast<std::int64_t>(
        100 * static_cast<__int128>(check.passes) /
        std::max<__int128>(1, static_cast<__int128>(check.passes) + check.fails));
    Line(6, Paint("↳  " + std::to_string(percent) + "% — " + std::string(kCheckMark) + " " +
                      std::to_string(check.passes) + " / " + std::string(kCross) + " " +
                      std::to_string(check.fails),
                  kRed));
  }
  out_ += "\n";
}

void Renderer::Totals() {
  Title("TOTAL RESULTS");
  Checks();
  Widths widths;
  for (const MetricSummary* metric : sorted_) {
    if (BlockOf(metric->name()) == Block::kHidden) continue;
    const Cells cells = CellsOf(*metric);
    widths.name = std::max(widths.name, DisplayWidth(DisplayName(metric->name())));
    widths.main = std::max(widths.main, DisplayWidth(cells.main));
    Widen(widths.extras, cells.extras);
    Widen(widths.trend, cells.trend);
  }
  for (std::size_t block = 0; block < kBlockTitles.size(); ++block) {
    MetricBlock(static_cast<Block>(block), widths);
  }
  out_ += "\n";
}

}  // namespace

std::string RenderText(const Summary& summary, Colors colors) {
  return Renderer(summary, colors).Render();
}

}  // namespace loadctl::summary

#include "controller/terminal/progress.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include "common/base/duration.h"
#include "common/text/utf8.h"
#include "common/wire/codes.h"
#include "controller/summary/humanize.h"

namespace loadctl::terminal {
namespace {

using std::chrono::nanoseconds;
using wire::SpanOf;

constexpr int kFullBar = 40;     ///< the brackets counted
constexpr int kSmallestBar = 8;  ///< so wide, a bar is written as a percentage: `[  50% ]`
constexpr std::size_t kMaxName = 30;
constexpr std::size_t kMinName = 4;  ///< as wide as `Init`

constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kFaint = "\x1b[2m";
constexpr std::string_view kNotFaint = "\x1b[22m";

/// Code points; what the terminal shows in double width counts once, as in k6.
int Width(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string PadRight(std::string text, int width) {
  const int missing = width - Width(text);
  if (missing > 0) text.append(static_cast<std::size_t>(missing), ' ');
  return text;
}

/// With leading zeros up to as many digits as `max` has.
std::string Padded(std::int64_t value, std::int64_t max) {
  const std::size_t digits = std::to_string(max).size();
  std::string text = std::to_string(value);
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  return text;
}

/// Two decimals, with leading zeros up to as many digits as `max` has before the point.
std::string Padded(double value, double max) {
  const int before = max >= 10 ? 1 + static_cast<int>(std::log10(max)) : 1;
  std::array<char, 400> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%0*.2f", before + 3, value);
  return buffer.data();
}

/// Longer names end in `...`; a character of several bytes is not cut in two.
std::string CutName(const std::string& name) {
  if (name.size() <= kMaxName) return name;
  return std::string(text::CutToBytes(name, kMaxName - 3)) + "...";
}

/// One line with a bar, before it is aligned with the others.
struct Bar {
  std::string name;
  ScenarioProgress::Status status = ScenarioProgress::RUNNING;
  double fraction = 0;
  std::vector<std::string> columns;
};

double Part(double done, double all) { return all > 0 ? std::clamp(done / all, 0.0, 1.0) : 1; }

/// Elapsed and total time; once that is over, only the total.
std::string TimeColumn(const ScenarioProgress& scenario) {
  if (SpanOf(scenario.elapsed_ns()) > SpanOf(scenario.total_ns()))
    return FormatGoDuration(SpanOf(scenario.total_ns()));
  const std::string total =
      scenario.shape() == ScenarioProgress::RAMPING_VUS
          ? FixedDuration(SpanOf(scenario.total_ns()), SpanOf(scenario.total_ns()))
          : FormatGoDuration(SpanOf(scenario.total_ns()));
  return FixedDuration(SpanOf(scenario.elapsed_ns()), SpanOf(scenario.total_ns())) + "/" + total;
}

double ScenarioFraction(const ScenarioProgress& scenario) {
  const bool over = SpanOf(scenario.elapsed_ns()) > SpanOf(scenario.total_ns());
  const double done = static_cast<double>(scenario.done_iterations());
  const double all = static_cast<double>(scenario.total_iterations());
  if (scenario.shape() == ScenarioProgress::SHARED_ITERATIONS) return Part(done, all);
  if (over) return 1;
  if (scenario.shape() == ScenarioProgress::PER_VU_ITERATIONS) return Part(done, all);
  return Part(static_cast<double>(scenario.elapsed_ns()), static_cast<double>(scenario.total_ns()));
}

std::vector<std::string> Columns(const ScenarioProgress& s) {
  const std::string time = TimeColumn(s);
  const std::string iterations = Padded(s.done_iterations(), s.total_iterations()) + "/" +
                                 std::to_string(s.total_iterations());
  const std::string busy =
      Padded(s.busy_vus(), s.max_vus()) + "/" + Padded(s.vus(), s.max_vus()) + " VUs";
  const std::string vus = std::to_string(s.vus()) + " VUs";
  switch (s.shape()) {
    case ScenarioProgress::CONSTANT_VUS:
      return {vus, time};
    case ScenarioProgress::RAMPING_VUS:
      return {Padded(s.vus(), s.max_vus()) + "/" + std::to_string(s.max_vus()) + " VUs", time};
    case ScenarioProgress::SHARED_ITERATIONS:
      return {vus,
              FixedDuration(SpanOf(s.elapsed_ns()), SpanOf(s.total_ns())) + "/" +
                  FormatGoDuration(SpanOf(s.total_ns())),
              iterations + " shared iters"};
    case ScenarioProgress::PER_VU_ITERATIONS:
      return {vus, time,
              iterations + " iters, " + std::to_string(s.iterations_per_vu()) + " per VU"};
    case ScenarioProgress::CONSTANT_ARRIVAL_RATE:
      return {busy, time,
              Padded(s.iterations_per_second(), s.iterations_per_second()) + " iters/s"};
    case ScenarioProgress::RAMPING_ARRIVAL_RATE:
      return {busy, time,
              Padded(s.iterations_per_second(), s.max_iterations_per_second()) + " iters/s"};
    default:
      return {};
  }
}

Bar ScenarioBar(const ScenarioProgress& scenario) {
  Bar bar{CutName(scenario.name()), scenario.status(), 0, {}};
  if (scenario.status() == ScenarioProgress::WAITING) {
    bar.columns = {"waiting", FixedDuration(SpanOf(scenario.starts_in_ns()),
                                            SpanOf(scenario.start_time_ns()))};
  } else if (scenario.started()) {
    bar.fraction = ScenarioFraction(scenario);
    bar.columns = Columns(scenario);
  }
  return bar;
}

/// The run's own bar, before it is running.
Bar RunBar(const ProgressState& state) {
  switch (state.phase()) {
    case ProgressState::STARTING:
      return {"Init", {}, 0, {state.starting().empty() ? "Init VUs..." : state.starting()}};
    case ProgressState::INIT:
      return {"Init",
              {},
              Part(static_cast<double>(state.initialized_vus()),
                   static_cast<double>(state.planned_vus())),
              {Padded(state.initialized_vus(), state.planned_vus()) + "/" +
               std::to_string(state.planned_vus()) + " VUs initialized"}};
    case ProgressState::PAUSED:
      return {"Run", {}, 1, {"paused"}};
    case ProgressState::SETUP:
      return {"Run", {}, 1, {"setup()"}};
    default:
      return {};
  }
}

std::string RunLine(const ProgressState& state) {
  return std::string(state.paused() ? "paused" : "running") + " (" +
         FixedDuration(SpanOf(state.elapsed_ns()), SpanOf(state.max_duration_ns())) + "), " +
         Padded(state.active_vus(), state.max_vus()) + "/" +
         Padded(state.initialized_vus(), state.max_vus()) + " VUs, " +
         std::to_string(state.complete_iterations()) + " complete and " +
         std::to_string(state.interrupted_iterations()) + " interrupted iterations";
}

/// Until a scenario has ended by plan, or by its own pace if it counts iterations.
nanoseconds LeftOf(const ScenarioProgress& s) {
  if (s.status() == ScenarioProgress::WAITING)
    return SpanOf(s.starts_in_ns()) + SpanOf(s.total_ns());
  if (s.status() != ScenarioProgress::RUNNING) return {};
  if (!s.started()) return SpanOf(s.start_time_ns()) + SpanOf(s.total_ns());
  nanoseconds left = std::max(SpanOf(s.total_ns()) - SpanOf(s.elapsed_ns()), nanoseconds{0});
  const bool counts = s.shape() == ScenarioProgress::SHARED_ITERATIONS ||
                      s.shape() == ScenarioProgress::PER_VU_ITERATIONS;
  if (counts && s.done_iterations() > 0) {
    const double pace =
        static_cast<double>(s.elapsed_ns()) / static_cast<double>(s.done_iterations());
    const double at_this_pace =
        pace * static_cast<double>(s.total_iterations() - s.done_iterations());
    left = std::min(left, nanoseconds{static_cast<std::int64_t>(std::min(at_this_pace, 9e18))});
  }
  return left;
}

std::string RateAndTimeLeft(const ProgressState& state) {
  nanoseconds left{0};
  for (const ScenarioProgress& scenario : state.scenarios())
    left = std::max(left, LeftOf(scenario));
  std::array<char, 400> rate;
  std::snprintf(rate.data(), rate.size(), ", %.2f iters/s", state.iterations_per_second());
  if (left == nanoseconds{0}) return rate.data();  // the end, or teardown()
  return std::string(rate.data()) + ", " + FixedDuration(left, SpanOf(state.max_duration_ns())) +
         " left";
}

std::string LiveText(const LiveFigures& live) {
  std::string text;
  // The rate of iterations stands there already.
  if (live.requests) {
    std::array<char, 400> rate;
    std::snprintf(rate.data(), rate.size(), ", %.1f reqs/s", live.per_second);
    text += rate.data();
  }
  if (live.p95_ms) text += ", p(95)=" + summary::HumanizeTime(*live.p95_ms, "");
  if (live.failed) text += ", " + summary::HumanizeRate(*live.failed) + " failed";
  return text;
}

std::string_view Sign(ScenarioProgress::Status status) {
  switch (status) {
    case ScenarioProgress::WAITING:
      return "•";
    case ScenarioProgress::STOPPING:
      return "↓";
    case ScenarioProgress::INTERRUPTED:
      return "✗";
    case ScenarioProgress::DONE:
      return "✓";
    default:
      return " ";
  }
}

std::string PaintedSign(ScenarioProgress::Status status, Colors colors) {
  std::string sign(Sign(status));
  if (colors == Colors::kNo) return sign;
  switch (status) {
    case ScenarioProgress::WAITING:
      return std::string(kFaint) + sign + std::string(kNotFaint);
    case ScenarioProgress::INTERRUPTED:
      return std::string(kRed) + sign + std::string(kReset);
    case ScenarioProgress::DONE:
      return std::string(kGreen) + sign + std::string(kReset);
    default:
      return sign;
  }
}

std::string Filling(double fraction, int width, Colors colors) {
  if (width <= kSmallestBar) {
    std::array<char, 16> percent;
    std::snprintf(percent.data(), percent.size(), "[ %3.0f%% ]", fraction * 100);
    return percent.data();
  }
  const int cells = width - 2;
  const int filled = static_cast<int>(cells * fraction);
  std::string bar(static_cast<std::size_t>(filled), '=');
  if (filled > 0 && filled < cells) bar.back() = '>';
  const std::string rest(static_cast<std::size_t>(cells - filled), '-');
  if (colors == Colors::kNo) return "[" + bar + rest + "]";
  return "[" + bar + std::string(kFaint) + rest + std::string(kNotFaint) + "]";
}

/// Bars below each other: names, bars and columns aligned, the bars as wide as the terminal allows.
class Layout {
 public:
  Layout(const std::vector<Bar>& bars, const std::vector<std::string>& names,
         const ProgressStyle& style)
      : style_(style) {
    name_ = kMinName;
    for (const std::string& name : names) name_ = std::max(name_, Width(name));
    for (const Bar& bar : bars) {
      // The last column of a line needs no room behind it.
      for (std::size_t i = 0; i + 1 < bar.columns.size(); ++i) {
        columns_[i] = std::max(columns_[i], Width(bar.columns[i]));
      }
    }
    bar_ = style.tty ? kFullBar : kSmallestBar;
    if (!style.tty) return;
    int longest = 0;
    for (const Bar& bar : bars) longest = std::max(longest, LineWidth(bar));
    bar_ = std::clamp(kFullBar + style.width - 1 - longest, kSmallestBar, kFullBar);
  }

  std::string Line(const Bar& bar) const {
    return PadRight(bar.name, name_) + " " + PaintedSign(bar.status, style_.colors) + " " +
           Filling(bar.fraction, bar_, style_.colors) + Right(bar);
  }
  int LineWidth(const Bar& bar) const { return name_ + 3 + bar_ + Width(Right(bar)); }

 private:
  std::string Right(const Bar& bar) const {
    std::string right;
    for (std::size_t i = 0; i < bar.columns.size(); ++i) {
      const int width = i < columns_.size() ? columns_[i] : 0;
      right += " " + PadRight(bar.columns[i], width + 1);
    }
    return right;
  }

  const ProgressStyle& style_;
  int name_ = 0;
  int bar_ = 0;
  std::array<int, 2> columns_ = {0, 0};
};

}  // namespace

std::string FixedDuration(nanoseconds time, nanoseconds max) {
  using Tenths = std::chrono::duration<std::int64_t, std::deci>;
  time = std::chrono::abs(time);
  max = std::max(std::chrono::abs(max), time);
  // Halves are rounded up, where std::chrono::round() would take the even neighbour.
  const auto tenths = [](nanoseconds t) {
    return std::chrono::floor<Tenths>(t + std::chrono::milliseconds(50)).count();
  };
  const std::int64_t value = tenths(time);
  const std::int64_t widest = tenths(max);
  constexpr std::int64_t kSecond = 10, kMinute = 60 * kSecond, kHour = 60 * kMinute;
  constexpr std::int64_t kDay = 24 * kHour;
  std::array<char, 64> buffer;
  std::string text;
  const auto add = [&](const char* format, std::int64_t number) {
    std::snprintf(buffer.data(), buffer.size(), format, static_cast<long long>(number));
    text += buffer.data();
  };
  if (widest >= kDay) {
    text += Padded(value / kDay, widest / kDay) + "d";
  }
  if (widest >= kHour) add(widest >= 10 * kHour ? "%02lldh" : "%lldh", value / kHour % 24);
  if (widest >= kMinute) add(widest >= 10 * kMinute ? "%02lldm" : "%lldm", value / kMinute % 60);
  add(widest >= 10 * kSecond ? "%02lld" : "%lld", value / kSecond % 60);
  add(".%llds", value % kSecond);
  return text;
}

ProgressBlock RenderProgress(const ProgressState& state, const ProgressStyle& style,
                             const std::optional<LiveFigures>& live) {
  const std::string_view line_end = style.tty ? "\x1b[K\n" : "\n";
  const int width = std::max(style.width, 1);
  std::vector<Bar> bars;
  std::vector<std::string> names;
  const bool running = state.phase() >= ProgressState::RUNNING;
  if (!running) bars.push_back(RunBar(state));
  for (const ScenarioProgress& scenario : state.scenarios()) {
    bars.push_back(ScenarioBar(scenario));
    names.push_back(bars.back().name);
  }
  const Layout layout(bars, names, style);

  ProgressBlock block;
  block.text = line_end;
  block.rows = 1;
  const auto add = [&](const std::string& line, int columns) {
    block.text += line;
    block.text += line_end;
    block.rows += 1 + (style.tty ? std::max(columns - 1, 0) / width : 0);
  };
  if (running) {
    std::string line = RunLine(state);
    if (style.tty) {
      const std::string more = RateAndTimeLeft(state);
      if (Width(line) + Width(more) < width) line += more;
      const std::string now = live ? LiveText(*live) : "";
      if (Width(line) + Width(now) < width) line += now;
    }
    add(line, Width(line));
  }
  for (const Bar& bar : bars) add(layout.Line(bar), layout.LineWidth(bar));
  return block;
}

std::string OverBlock(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 64);
  for (const char c : text) {
    if (c == '\n') out += "\x1b[0K";
    out += c;
  }
  return out;
}

ProgressPrinter::ProgressPrinter(Write write, ProgressStyle style)
    : write_(std::move(write)), style_(style) {}

void ProgressPrinter::Update(const ProgressState& state, const std::optional<LiveFigures>& live) {
  const std::lock_guard lock(mutex_);
  last_ = RenderProgress(state, style_, live);
  if (style_.tty) {
    RedrawLocked();
  } else {
    write_(last_.text);
  }
}

void ProgressPrinter::Finish(const ProgressState& state) {
  const std::lock_guard lock(mutex_);
  ProgressBlock block = RenderProgress(state, style_);
  if (style_.tty) block.text += "\x1b[J";
  write_(block.text);
  last_ = {};
  shown_ = false;
}

void ProgressPrinter::Print(const std::function<void()>& print) {
  const std::lock_guard lock(mutex_);
  EraseLocked();
  print();
  RedrawLocked();
}

void ProgressPrinter::EraseLocked() {
  if (!style_.tty || !shown_) return;
  write_("\x1b[J");
  shown_ = false;
}

void ProgressPrinter::RedrawLocked() {
  if (!style_.tty || last_.rows == 0) return;
  // One write, so that nothing can come between the block and the way back to its start.
  write_(last_.text + "\r\x1b[J\x1b[" + std::to_string(last_.rows) + "A");
  shown_ = true;
}

}  // namespace loadctl::terminal

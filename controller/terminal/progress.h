// The lines that move while a test runs: k6's progress block, and the printer that redraws it.
// Not for collecting the numbers. RenderProgress() is pure; ProgressPrinter may be used by any
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "controller/summary/colors.h"

namespace loadctl::terminal {

using summary::Colors;

/// What the run is doing, as k6's first progress line names it.
enum class Phase {
  kStarting,  ///< VUs are not being made yet: agents attach, the bundle is sent
  kInit,      ///< `Init [...] 03/20 VUs initialized`
  kPaused,    ///< --paused, before the start
  kSetup,     ///< `Run [...] setup()`
  kRunning,   ///< `running (00m35.1s), 10/20 VUs, ...`; teardown() and the end look the same, as in
              ///< k6
};

/// State of one scenario; its sign is k6's: ` ` `•` `↓` `✗` `✓`.
enum class ScenarioStatus { kRunning, kWaiting, kStopping, kInterrupted, kDone };

/// Which columns a scenario has.
enum class ScenarioShape {
  kConstantVus,
  kRampingVus,
  kSharedIterations,
  kPerVuIterations,
  kConstantArrivalRate,
  kRampingArrivalRate,
};

/// One scenario of the whole run: the sum over all agents.
struct ScenarioProgress {
  std::string name;
  ScenarioShape shape = ScenarioShape::kConstantVus;
  ScenarioStatus status = ScenarioStatus::kRunning;
  bool started = false;       ///< false: an empty bar without columns, or the countdown if kWaiting
  std::int64_t vus = 0;       ///< configured VUs; for ramping and arrival shapes those active now
  std::int64_t busy_vus = 0;  ///< arrival shapes: VUs inside an iteration
  std::int64_t max_vus = 0;   ///< ramping and arrival shapes: the most there may be
  std::chrono::nanoseconds spent{0};       ///< since the scenario's start
  std::chrono::nanoseconds total{0};       ///< duration or maxDuration, without gracefulStop
  std::int64_t done_iterations = 0;        ///< iteration shapes
  std::int64_t total_iterations = 0;       ///< iteration shapes, all VUs
  std::int64_t iterations_per_vu = 0;      ///< kPerVuIterations
  double iterations_per_second = 0;        ///< arrival shapes: the rate asked for now
  double max_iterations_per_second = 0;    ///< kRampingArrivalRate: highest target
  std::chrono::nanoseconds start_time{0};  ///< kWaiting: the scenario's startTime
  std::chrono::nanoseconds starts_in{0};   ///< kWaiting: what is left of it
};

/// Everything the block shows.
struct ProgressState {
  Phase phase = Phase::kStarting;
  bool paused = false;                  ///< kRunning: says `paused`
  std::string starting;                 ///< kStarting: what is done, `Init VUs...` if empty
  std::chrono::nanoseconds elapsed{0};  ///< since setup began
  std::chrono::nanoseconds max_duration{
      0};  ///< of the plan; decides how many digits the times have
  std::int64_t active_vus = 0;
  std::int64_t initialized_vus = 0;
  std::int64_t planned_vus = 0;  ///< kInit: how many will be made before the start
  std::int64_t max_vus = 0;      ///< decides how many digits the VU counts have
  std::int64_t complete_iterations = 0;
  std::int64_t interrupted_iterations = 0;
  double iterations_per_second = 0;  ///< measured now; shown on a terminal only
  std::vector<ScenarioProgress> scenarios;
};

/// How to draw.
struct ProgressStyle {
  bool tty = false;  ///< false: k6's plain lines, no escapes
  Colors colors = Colors::kNo;
  int width = 80;  ///< columns of the terminal; used only if `tty`
};

/// A drawn block: an empty line, the run's line, one line a scenario.
struct ProgressBlock {
  std::string text;  ///< every line ends in "\n", on a terminal in "\x1b[K\n"
  int rows = 0;      ///< rows of the terminal it takes, wrapped lines counted
};

/// Draws the block; plain mode gives k6's bytes, a terminal also the measured rate and the time
/// left.
[[nodiscard]] ProgressBlock RenderProgress(const ProgressState& state, const ProgressStyle& style);

/// A non-negative time with one decimal and as many digits as `max` needs: `00m35.1s` for max 10m.
[[nodiscard]] std::string FixedDuration(std::chrono::nanoseconds time,
                                        std::chrono::nanoseconds max);

/// `text` for a terminal on which the block may stand: each line first clears what it overwrites.
[[nodiscard]] std::string OverBlock(std::string_view text);

/// Owns what of the block is on the screen. Between calls the cursor stands at the block's first
/// column and row, so whatever is written there must go through Print().
///
/// All members may be called by any thread; `write` is called with the lock held and must not call
/// back.
class ProgressPrinter final {
 public:
  using Write = std::function<void(std::string_view)>;

  /// `write` sends bytes to stdout at once; it must outlive the printer.
  ProgressPrinter(Write write, ProgressStyle style);

  /// Draws the state: over the old block on a terminal, as a new block otherwise.
  void Update(const ProgressState& state);

  /// The last block, below which the output goes on. Later calls of Update() start a new block.
  ///
  /// k6's order at the end of a run is: the summary, by Print(), and then this.
  void Finish(const ProgressState& state);

  /// Clears the block from the screen, until Redraw() or Update(). Without a terminal: nothing.
  void Erase();
  /// Draws the last block again after Erase(). Without a terminal: nothing.
  void Redraw();

  /// Erase(), `print()`, Redraw() in one step that no other thread can interrupt.
  void Print(const std::function<void()>& print);

  /// The terminal's size changed (SIGWINCH).
  void Resize(int width);

 private:
  void EraseLocked();
  void RedrawLocked();

  std::mutex mutex_;
  Write write_;
  ProgressStyle style_;
  ProgressBlock last_;  ///< what Redraw() draws; empty: nothing
  bool shown_ = false;  ///< last_ is on the screen and the cursor at its start
};

}  // namespace loadctl::terminal

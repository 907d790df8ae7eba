// The lines that move while a test runs: k6's progress block, and the printer that redraws it.
// Not for collecting the numbers. RenderProgress() is pure; ProgressPrinter may be used by any
// thread.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "controller/summary/colors.h"
#include "loadctl/v1/report.pb.h"

namespace loadctl::terminal {

using summary::Colors;

/// Everything the block shows; of the whole run, summed over all agents.
using ProgressState = v1::RunProgress;
using ScenarioProgress = v1::RunScenarioProgress;

/// How to draw.
struct ProgressStyle {
  bool tty = false;  ///< false: k6's plain lines, no escapes
  Colors colors = Colors::kNo;
  int width = 80;  ///< columns of the terminal; used only if `tty`
};

/// What was measured lately, where a terminal has room for it; k6 shows none of it.
struct LiveFigures {
  bool requests = false;  ///< of HTTP requests; else of iterations
  double per_second = 0;
  std::optional<double> p95_ms, failed;
};

/// A drawn block: an empty line, the run's line, one line a scenario.
struct ProgressBlock {
  std::string text;  ///< every line ends in "\n", on a terminal in "\x1b[K\n"
  int rows = 0;      ///< rows of the terminal it takes, wrapped lines counted
};

/// Draws the block; plain mode gives k6's bytes, a terminal also the measured rate and the time
/// left, and if it is wide enough what was measured lately.
[[nodiscard]] ProgressBlock RenderProgress(const ProgressState& state, const ProgressStyle& style,
                                           const std::optional<LiveFigures>& live = std::nullopt);

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
  void Update(const ProgressState& state, const std::optional<LiveFigures>& live = std::nullopt);

  /// The last block, below which the output goes on. Later calls of Update() start a new block.
  ///
  /// k6's order at the end of a run is: the summary, by Print(), and then this.
  void Finish(const ProgressState& state);

  /// Clears the block from the screen, prints, and draws the block again, in one step that no other
  /// thread can interrupt. Without a terminal it prints.
  void Print(const std::function<void()>& print);

 private:
  void EraseLocked();
  void RedrawLocked();

  std::mutex mutex_;
  Write write_;
  ProgressStyle style_;
  ProgressBlock last_;  ///< what Print() draws again; empty: nothing
  bool shown_ = false;  ///< last_ is on the screen and the cursor at its start
};

}  // namespace loadctl::terminal

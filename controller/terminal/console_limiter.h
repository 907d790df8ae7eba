// What agents' scripts print, made fit for one terminal: the same exception once with a count,
// floods cut. Not for the controller's own log lines. One thread at a time; the clock is the
// caller's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "controller/terminal/log.h"

namespace loadctl::terminal {

/// A line that an agent sent: console.log() or an exception.
struct AgentLine {
  int agent = 1;  ///< 1..N
  LogLevel level = LogLevel::kInfo;
  std::string message;
  LogFields fields;  ///< `source=console`, or `source=stacktrace` and `hint` for exceptions
};

struct ConsoleLimits {
  int agents = 1;  ///< more than one: lines get the field `agent`
  double lines_per_second = 100;
  double burst = 1000;  ///< lines that may come at once after silence
  std::size_t max_groups =
      1000;  ///< different exceptions remembered; further ones are only rate-limited
  std::chrono::seconds report_every{10};  ///< how often repeats and suppressed lines are told
};

/// Shows lines through a callback, in the order they came.
///
/// An exception (an error with `source=stacktrace`, or an unhandled rejection) is shown when it
/// comes first, whatever the rate; one of the same kind and stack again, from whichever agent or
/// VU, is counted and told as `Error: oops! ... repeated 57 times`. Other lines above the rate are
/// dropped, counted, and told as `157 lines of the script's output were suppressed`. Nothing is
/// lost from the counts: shown + repeats + suppressed = lines added.
class ConsoleLimiter final {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Show = std::function<void(LogLevel, const std::string& message, const LogFields& fields)>;

  ConsoleLimiter(ConsoleLimits limits, Show show);

  /// Shows, counts or drops one line. O(length of the line); `now` must not go backwards.
  void Add(const AgentLine& line, TimePoint now);

  /// Tells what has been held back for `report_every`; call it about every second.
  void Tick(TimePoint now);

  /// Tells everything held back so far.
  void Finish();

  [[nodiscard]] std::int64_t shown() const { return shown_; }      ///< lines passed on as they came
  [[nodiscard]] std::int64_t repeats() const { return repeats_; }  ///< same exception again
  [[nodiscard]] std::int64_t suppressed() const { return suppressed_; }  ///< dropped by the rate

 private:
  struct Group {
    std::int64_t untold = 0;  ///< repeats since the last line about it
    TimePoint told;
    LogLevel level = LogLevel::kError;
    std::string first_line;
    bool varies = false;  ///< others at the same place have another text
  };

  bool TakeToken(TimePoint now);
  void TellGroup(Group& group);
  void TellSuppressed();

  ConsoleLimits limits_;
  Show show_;
  std::unordered_map<std::string, Group> groups_;  ///< by kind and stack of the exception
  double tokens_;
  TimePoint refilled_;
  TimePoint told_suppressed_;
  bool started_ = false;
  std::int64_t shown_ = 0, repeats_ = 0, suppressed_ = 0, untold_suppressed_ = 0;
};

}  // namespace loadctl::terminal

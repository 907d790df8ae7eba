// Log lines to Grafana Loki: `--log-output loki=URL,...`, as k6 sends them. Not for HTTP, which
// whoever makes it does. Add() from any thread; lines are pushed on a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/text/log_line.h"

namespace loadctl::terminal {

/// k6's settings with its defaults.
struct LokiOptions {
  std::string url = "http://127.0.0.1:3100/loki/api/v1/push";
  std::size_t limit = 100;  ///< lines a push; further ones are dropped
  std::size_t message_size =
      std::size_t{1024} * 1024;  ///< characters; longer ones lose their middle
  std::chrono::nanoseconds period = std::chrono::seconds(1);
  text::LogLevel lowest = text::LogLevel::kDebug;
  std::map<std::string, std::string> labels;  ///< of all lines
  std::vector<std::pair<std::string, std::string>> headers;
  /// Fields that are labels; the others are added to the message. Absent: all are labels.
  std::optional<std::vector<std::string>> allowed_labels;
};

/// `loki`, or `loki=URL,label.NAME=VALUE,header.NAME=VALUE,pushPeriod=1s,limit=100,msgMaxSize=N,
/// allowedLabels=[a,b],level=info,profile=true`. Fails (kGeneric) in k6's words.
[[nodiscard]] Result<LokiOptions> ParseLoki(std::string_view text);

/// A line on its way.
struct LokiLine {
  std::map<std::string, std::string> labels;
  std::int64_t unix_ns = 0;
  std::string message;
};
/// The line of a record by these options.
[[nodiscard]] LokiLine MakeLokiLine(const text::LogRecord& record, const LokiOptions& options);
/// The body of a push: a stream for each set of labels, lines in the order of their time.
[[nodiscard]] std::string LokiBody(std::vector<LokiLine> lines, const LokiOptions& options);

class Loki final {
 public:
  /// Posts a body: what went wrong, or an empty text. On the pushing thread.
  using Post = std::function<std::string(const std::string& body)>;
  /// What is to be said where people see it: Loki does not answer, lines were lost.
  using Say = std::function<void(const std::string& text)>;

  Loki(LokiOptions options, Post post, Say say);
  /// Pushes what is left, and says how many lines did not arrive, with the first warnings and
  /// errors among them.
  ~Loki();
  Loki(const Loki&) = delete;
  Loki& operator=(const Loki&) = delete;

  /// Never waits: what is beyond the limit of a period is dropped, and the next push says so.
  void Add(const text::LogRecord& record);
  [[nodiscard]] text::LogLevel lowest() const { return options_.lowest; }

 private:
  /// Warnings and errors as the log has them, the first ones.
  struct Problems {
    std::vector<std::string> lines;
    std::uint64_t more = 0;
    void Add(std::string line);
    void Add(const Problems& others);
  };
  struct Batch {
    std::string body;
    std::size_t lines = 0;
    Problems problems;
  };
  /// Pushes that may wait for Loki to come back; then the oldest is lost.
  static constexpr std::size_t kMostWaiting = 20;

  void Run();
  void Collect();
  void PushWaiting();
  void Lose(const Batch& batch);

  const LokiOptions options_;
  const Post post_;
  const Say say_;
  std::deque<Batch> waiting_;  // the thread's, as the next three
  std::uint64_t lost_ = 0;
  Problems lost_problems_;
  bool told_ = false;

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::vector<LokiLine> lines_;
  Problems problems_;  // among the lines
  std::uint64_t dropped_ = 0;
  bool ending_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace loadctl::terminal

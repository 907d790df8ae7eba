// What a run measured in its last seconds: what people look at while it goes on. Not what it comes
// to (results.h). One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "common/metrics/delta.h"
#include "common/metrics/sink.h"

namespace loadctl::controller {

class Recent final {
 public:
  static constexpr std::chrono::seconds kSpan{10};

  struct Figures {
    bool requests = false;  ///< of HTTP requests; else of iterations
    double per_second = 0;
    std::optional<double> p95_ms;
    std::optional<double> failed;  ///< share of the requests, 0..1
    std::int64_t seconds = 0;      ///< that these are of; at most kSpan
  };

  /// A second of the whole run.
  void Take(const metrics::Delta& second);
  /// Of the last seconds taken; nullopt before there was one.
  [[nodiscard]] const std::optional<Figures>& figures() const { return figures_; }

 private:
  struct Second {
    std::int64_t first = 0, last = 0;
    metrics::CounterSink requests, iterations;
    metrics::RateSink failed;
    metrics::TrendSink durations, iteration_durations;
  };
  std::deque<Second> seconds_;
  std::optional<Figures> figures_;
};

}  // namespace loadctl::controller

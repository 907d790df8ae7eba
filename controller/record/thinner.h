// What of a long run's events is recorded: all seconds of the first hour, later ones by tens and
// by minutes, so that a day takes a few times what an hour does, and values that a minute has many
// of as a distribution. Totals lose nothing by that.
// Not for the file (writer.h). One thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "common/metrics/delta.h"
#include "controller/events/subscriber.h"

namespace loadctl::record {

class Thinner final : public events::Subscriber {
 public:
  using Give = std::function<void(const v1::RunEvent&)>;
  explicit Thinner(Give give) : give_(std::move(give)) {}

  /// Gives the event on, or keeps it back: seconds until they are as many as belong together, and
  /// with them the newest state of thresholds, progress and each agent's health. All other events
  /// come at once; those that are few find what was kept back before them.
  void On(const v1::RunEvent& event) override;
  /// Gives what was kept back.
  void Flush();

  /// A minute's values of a trend stay as they are up to so many. Beyond they become what the run's
  /// total keeps of them, a histogram, where that has had more than TrendSink::kMaxExact of them.
  static constexpr std::uint64_t kMostValues = 128;

  /// How many seconds belong together, so long after the run began.
  [[nodiscard]] static std::chrono::seconds SpanAt(std::chrono::nanoseconds at);

 private:
  bool Merge(const v1::RunEvent& event);
  void MergeSeries(const metrics::SeriesDelta& series);
  void MergeCheck(const metrics::CheckDelta& check);
  void Coarsen(const std::pair<std::string, std::string>& key, metrics::Sink& sink);
  void MergeHealth(const v1::RunEvent& event);

  const Give give_;
  std::optional<metrics::Delta> delta_;  // of what was kept back
  v1::RunEvent second_;                  // the newest of it
  std::map<std::pair<std::string, std::string>, std::size_t> series_;
  std::map<std::pair<std::string, std::string>, std::size_t> checks_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> counted_;  // values of trends
  std::optional<v1::RunEvent> thresholds_, progress_;
  std::map<std::uint32_t, v1::RunEvent> health_;  // by agent
};

}  // namespace loadctl::record

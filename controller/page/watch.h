// A run as a page shows it, from its events alone: the same for a live page and for a report, for a
// run of this program, one on a controller, and a record. Not for how it looks (web/).
// Events come on one thread, texts are asked for by any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "controller/events/subscriber.h"
#include "controller/page/history.h"
#include "controller/results/results.h"

namespace loadctl::page {

class Watch final : public events::Subscriber {
 public:
  static constexpr std::size_t kMostLogLines = 300, kMostLogBytes = 256 * 1024;

  void On(const v1::RunEvent& event) override;

  /// Everything, as JSON (docs/operations/page.md). `most_bytes` bounds the points over time.
  [[nodiscard]] std::string Snapshot(std::size_t most_bytes = std::size_t{600} * 1000) const;

  /// What is new since `since`, as JSON of the same form, but with the newest two points and those
  /// agents only of which there is news; `since` becomes now. Pages begin with a snapshot, whose
  /// `serial` is where news begin.
  [[nodiscard]] std::string News(std::uint64_t& since) const;

  /// Goes up with each second, phase and the outcome.
  [[nodiscard]] std::uint64_t serial() const;
  [[nodiscard]] bool ended() const;

 private:
  struct Line {
    std::uint64_t number = 0;
    std::int64_t at_ns = 0;
    v1::LogEntry entry;
  };
  struct Agent {
    std::string name, lost;
    std::uint32_t workers = 0;
    std::int64_t vus = 0;
    std::int64_t changed_ns = 0;  ///< when it came, was ready or was lost
    v1::AgentHealth health;       ///< told the last time
    std::uint64_t told = 0;       ///< with this number; 0: never
    std::int64_t told_ns = 0;
  };

  void TakeAgent(const v1::RunEvent& event);
  void KeepLine(const v1::RunEvent& event);
  /// `after`: only what is newer of lines and agents.
  void Write(std::optional<std::uint64_t> after, std::size_t first_point, std::size_t most_points,
             text::JsonWriter& out) const;
  void WriteRun(text::JsonWriter& out) const;
  void WriteThresholds(text::JsonWriter& out) const;
  void WriteScenarios(text::JsonWriter& out) const;
  void WriteAgents(std::optional<std::uint64_t> after, text::JsonWriter& out) const;
  void WriteAgent(std::uint32_t number, const Agent& agent, text::JsonWriter& out) const;
  void WriteLog(std::uint64_t after, text::JsonWriter& out) const;
  void WriteOutcome(text::JsonWriter& out) const;
  [[nodiscard]] summary::Summary Figures() const;

  mutable std::mutex mutex_;
  std::optional<controller::Results> results_;
  v1::Planned planned_;
  v1::PhaseBegan phase_;
  v1::RunProgress progress_;
  std::optional<v1::Outcome> outcome_;
  History history_;
  std::map<std::uint32_t, Agent> agents_;
  std::deque<Line> lines_;
  std::size_t line_bytes_ = 0;
  std::uint64_t told_ = 0;  // numbers of lines, and of what agents said of their health
  std::int64_t at_ns_ = 0, began_unix_ns_ = 0;
  std::uint64_t serial_ = 0;
};

}  // namespace loadctl::page

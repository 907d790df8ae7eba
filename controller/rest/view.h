// What the REST API shows of a run, made from the run's events alone: the same for a run of this
// program and for one on a controller. Not for what changes the run (controller/run).
// Events come on one thread, answers are asked for by any.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "controller/events/subscriber.h"
#include "controller/rest/command.h"
#include "controller/rest/render.h"
#include "controller/results/recent.h"
#include "controller/results/results.h"

namespace loadctl::rest {

class View final : public events::Subscriber {
 public:
  void On(const v1::RunEvent& event) override;

  /// The answer to what only looks; nullopt for what the run has to do, and for kRun.
  [[nodiscard]] std::optional<Response> Answer(const Command& command) const;
  /// The answer to kRun, of this process and script.
  [[nodiscard]] Response Describe(int pid, const std::string& script) const;
  /// The answer to a change of the run's status that was done.
  [[nodiscard]] Response AnswerStatus() const;

 private:
  void Take(const v1::AgentEvent& event);
  [[nodiscard]] Status MakeStatus() const;
  [[nodiscard]] summary::Summary MakeSummary() const;

  mutable std::mutex mutex_;
  std::optional<controller::Results> results_;  // once there is a plan
  controller::Recent recent_;
  std::map<std::uint32_t, AgentFacts> agents_;
  v1::PhaseBegan phase_;
  v1::RunProgress progress_;
  std::int64_t at_ns_ = 0;
};

}  // namespace loadctl::rest

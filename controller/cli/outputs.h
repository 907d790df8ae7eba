// The outputs of `loadctl run`: they run here, where the user's files and variables are, also where
// the test runs on a controller elsewhere. Not for any output (controller/output).
// The thread that publishes the run's events.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/metrics/samples.h"
#include "controller/cli/screen.h"
#include "controller/events/subscriber.h"
#include "controller/output/outputs.h"
#include "controller/run/inputs.h"

namespace loadctl::cli {

/// Gives a run's samples to the outputs that its plan asks for: those of agents, and a value a
/// second of the gauges of which each agent has a part. With the outcome the outputs come to their
/// end; what was lost is warned of.
class RunOutputs final : public events::Subscriber {
 public:
  explicit RunOutputs(Screen& screen) : screen_(screen) {}

  /// Makes the outputs; the inputs outlive them. Fails as output::Outputs::Make() does.
  [[nodiscard]] Result<void> Make(const controller::RunInputs& inputs,
                                  const plan::Environment& environment);
  [[nodiscard]] std::vector<std::string> Descriptions() const;
  [[nodiscard]] Result<void> Start();

  void On(const v1::RunEvent& event) override;
  /// What became of the samples; after the outcome.
  void PutInto(v1::Outcome& outcome) const;

 private:
  void TakeSums(const std::string& delta);
  void Stop();

  Screen& screen_;
  std::unique_ptr<output::Outputs> outputs_;  // null: none
  bool started_ = false;
  metrics::MetricSet set_;
  std::unique_ptr<metrics::SampleEncoder> sums_;
  metrics::TagPairs run_tags_;
  std::vector<v1::OutputEntry> entries_;
};

/// `json=out.json: 5 of 120 samples were lost`
[[nodiscard]] std::string LossText(const v1::OutputEntry& entry);

}  // namespace loadctl::cli

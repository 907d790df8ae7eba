// What tests of whole runs share: a small plan, and a subscriber that keeps all it is told.
// Not for the programs.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "controller/events/subscriber.h"
#include "controller/run/inputs.h"

namespace loadctl::controller {

/// Keeps what a run tells.
class KeptEvents final : public events::Subscriber {
 public:
  void On(const v1::RunEvent& event) override { events.push_back(event); }
  [[nodiscard]] std::vector<v1::RunEvent> All(v1::RunEvent::BodyCase body) const {
    std::vector<v1::RunEvent> all;
    std::copy_if(events.begin(), events.end(), std::back_inserter(all),
                 [&](const v1::RunEvent& event) { return event.body_case() == body; });
    return all;
  }
  std::vector<v1::RunEvent> events;
};

/// Ten iterations of two VUs, and a threshold that wants them all.
struct SmallTest {
  plan::Plan plan;
  Inspection inspection;

  SmallTest() {
    plan::Scenario scenario;
    scenario.name = "default";
    scenario.executor = plan::SharedIterations{2, 10};
    plan.options.scenarios.push_back(scenario);
    plan.options.thresholds.push_back({"iterations", {{"count==10", false, {}}}});
    plan.requirements = plan::RequirementsOf(plan.options.scenarios, plan::ExecutionTuple());
    inspection.main_url = "file:///s.js";
    inspection.bundle.Add("file:///s.js", "export default function () {}");
    inspection.functions = {"default"};
  }
  /// Refers to this.
  [[nodiscard]] RunInputs Inputs(int agents) const {
    RunInputs inputs{plan, inspection, agents, 0, 0, 0, {}, "s.js"};
    inputs.run = RunId{"0123456789ab"};
    return inputs;
  }
};

}  // namespace loadctl::controller

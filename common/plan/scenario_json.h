// The JSON values behind ScenarioToJson and ScenarioFromJson, for the options that contain them.
// For .cc files of the plan only: it pulls in Boost.JSON. Pure functions: any thread.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "common/plan/scenario.h"

namespace loadctl::plan {

[[nodiscard]] boost::json::value ScenarioToValue(const Scenario& scenario);
/// `where` names the value in messages.
[[nodiscard]] Result<Scenario> ScenarioFromValue(const boost::json::value& value,
                                                 const std::string& where);

[[nodiscard]] boost::json::value StagesToValue(const std::vector<Stage>& stages);
[[nodiscard]] Result<std::vector<Stage>> StagesFromValue(const boost::json::value& value,
                                                         const std::string& where);

}  // namespace loadctl::plan

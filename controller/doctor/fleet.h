// What a controller says of itself and of the agents that registered with it, and what is wrong
// with that. Pure, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controller/doctor/check.h"

namespace loadctl::doctor {

struct Agent {
  std::string name;
  std::string version;
  bool idle = false;
  std::optional<std::chrono::nanoseconds> clock_ahead;  ///< of the controller's
  std::chrono::nanoseconds round_trip{0};               ///< to the controller and back
  std::int64_t certificate_ends_unix_s = 0;             ///< 0: it has none
};

struct Controller {
  std::string version;
  std::chrono::nanoseconds clock_ahead{0};   ///< of this machine's
  std::int64_t certificate_ends_unix_s = 0;  ///< 0: it has none
  std::vector<Agent> agents;
};

/// `version` and `now_unix_s` are this machine's. Versions that differ by one minor number are a
/// warning, by more a failure.
[[nodiscard]] Checks JudgeController(const Controller& controller, const std::string& version,
                                     std::int64_t now_unix_s);

}  // namespace loadctl::doctor

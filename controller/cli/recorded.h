// Recorded runs, read through: what `report`, `judge` and `compare` begin with.
// Not for the file's form (controller/record). One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "controller/events/subscriber.h"
#include "controller/results/results.h"
#include "loadctl/v1/report.pb.h"

namespace loadctl::cli {

/// The part of a run that is looked at, and what it is judged by.
struct Window {
  std::vector<std::string> thresholds;  ///< instead of the script's: `METRIC:EXPRESSION`
  std::chrono::nanoseconds from{0}, to = std::chrono::nanoseconds::max();
};

struct Recorded {
  v1::Planned planned;
  controller::Results results;
  std::optional<v1::Outcome> outcome;  ///< absent: the record ends before the run did
  std::string problem;                 ///< why it could not be read further, if so
  std::int64_t across = 0;             ///< seconds at an end of the window, left out
};

/// `also` gets every event as it is recorded. Fails (kGeneric, kInvalidConfig) naming the file, or
/// what is wrong with the window's thresholds.
[[nodiscard]] Result<Recorded> ReadRecord(const std::string& path, const Window& window,
                                          events::Subscriber* also = nullptr);

}  // namespace loadctl::cli

// What answered, of those that a test needs to reach. Pure, any thread.
#pragma once

#include <chrono>
#include <string>

#include "controller/doctor/check.h"

namespace loadctl::doctor {

/// Of a controller that answered within that time.
[[nodiscard]] Check JudgeAnswer(std::chrono::nanoseconds round_trip);

/// Of the answer to a scrape of a controller's metrics; `problem`: why there was none.
[[nodiscard]] Check JudgeScrape(const std::string& url, long status, const std::string& body,
                                const std::string& problem);

}  // namespace loadctl::doctor

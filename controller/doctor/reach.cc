#include "controller/doctor/reach.h"

#include "common/base/duration.h"

namespace loadctl::doctor {

Check JudgeAnswer(std::chrono::nanoseconds round_trip) {
  constexpr auto kFar = std::chrono::milliseconds(250);
  const std::string found =
      "answers within " +
      FormatGoDuration(std::chrono::round<std::chrono::microseconds>(round_trip));
  if (round_trip <= kFar) return {"controller", State::kOk, found, ""};
  return {"controller", State::kWarn, found, "run the client nearer to it, or with --detach"};
}

Check JudgeScrape(const std::string& url, long status, const std::string& body,
                  const std::string& problem) {
  const std::string cure =
      "start the controller with --metrics-address, and let Prometheus reach it";
  if (!problem.empty()) return {"metrics", State::kFail, url + ": " + problem, cure};
  if (status != 200)
    return {"metrics", State::kFail, url + ": status " + std::to_string(status), cure};
  if (body.find("# TYPE ") == std::string::npos)
    return {"metrics", State::kFail, url + " serves no metrics", cure};
  return {"metrics", State::kOk, url + " can be scraped", ""};
}

}  // namespace loadctl::doctor

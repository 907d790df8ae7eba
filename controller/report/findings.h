// What every report tells of a run: thresholds and checks as plain texts. Not how they look in one.
// Pure functions, any thread.
#pragma once

#include <string>
#include <vector>

#include "controller/report/report.h"

namespace loadctl::report {

struct ThresholdCase {
  std::string metric, expression;
  std::string value;  ///< `p(95)=12.3ms`, or `no data`
  bool judged = true, ok = true, within_error = false;
};
[[nodiscard]] std::vector<ThresholdCase> ThresholdsOf(const v1::Outcome& outcome);

struct CheckCase {
  std::string name;  ///< `group › inner › check`
  std::int64_t passes = 0, fails = 0;
};
[[nodiscard]] std::vector<CheckCase> ChecksOf(const v1::Outcome& outcome);

/// A row of the main figures: `http_req_duration`, `avg=1ms p(95)=2ms`.
struct Figure {
  std::string metric, values;
};
[[nodiscard]] std::vector<Figure> FiguresOf(const v1::Outcome& outcome);

/// `passed`, or the failure's text.
[[nodiscard]] std::string VerdictOf(const Subject& subject);

}  // namespace loadctl::report

// Reads tests/golden/summary: data of a run of k6 and the text that k6 made of it.
// For tests only; it stops the program on a broken file.
#pragma once

#include <string>
#include <vector>

#include "controller/summary/summary.h"

namespace loadctl::summary {

struct GoldenSummary {
  Summary summary;
  std::string text;  ///< k6's
  std::string json;  ///< the data, k6's argument of handleSummary() with keys in a fixed order
  std::string export_json;  ///< k6's --summary-export, keys sorted
};

/// Names of all pairs, sorted; those that end in `.color` were made on a terminal.
[[nodiscard]] std::vector<std::string> GoldenNames();

[[nodiscard]] GoldenSummary ReadGolden(const std::string& name);

}  // namespace loadctl::summary

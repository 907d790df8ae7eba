// What `loadctl run` prints before the test starts: logo, where it runs, scenarios.
// Not for what moves (progress.h). Pure functions, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "controller/summary/colors.h"

namespace loadctl::terminal {

using summary::Colors;

/// One scenario in the header.
struct HeaderScenario {
  std::string name;
  std::string description;  ///< by the plan: `10 looping VUs for 30s (gracefulStop: 30s)`
};

/// Everything the header shows.
struct HeaderInfo {
  std::string execution = "local";           ///< `local`, or the controller's address
  std::string script;                        ///< as the user typed it
  std::string web_dashboard;                 ///< URL; empty: no such line
  std::vector<std::string> outputs;          ///< descriptions such as `json (out.json)`; empty: `-`
  int agents = 1;                            ///< the line `agents` is shown only if `show_agents`
  int workers_per_agent = 0;                 ///< 0: not known, or not the same on all
  bool show_agents = false;                  ///< one local agent looks exactly as k6
  double segment_percent = 100;              ///< part of the whole test that runs here
  std::int64_t max_vus = 0;                  ///< planned and unplanned
  std::chrono::nanoseconds max_duration{0};  ///< with startTime and gracefulStop
  std::vector<HeaderScenario> scenarios;     ///< in k6's order: by start time, then name
};

/// The logo between empty lines; k6's layout (five lines), a picture of our own.
[[nodiscard]] std::string RenderBanner(Colors colors);

/// k6's lines from `execution:` to the last scenario, between empty lines.
[[nodiscard]] std::string RenderHeader(const HeaderInfo& info, Colors colors);

}  // namespace loadctl::terminal

#include "controller/terminal/header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

namespace loadctl::terminal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

HeaderInfo TwoScenarios() {
  HeaderInfo info;
  info.script = "tty1.js";
  info.max_vus = 4;
  info.max_duration = seconds(631);
  info.scenarios = {
      {"a", "2 looping VUs for 1s (gracefulStop: 1s)"},
      {"c",
       "4 iterations shared among 2 VUs (maxDuration: 10m0s, startTime: 1s, gracefulStop: 30s)"}};
  return info;
}

TEST(RenderHeader, IsK6sToTheByte) {
  EXPECT_EQ(
      RenderHeader(TwoScenarios(), Colors::kNo),
      "\n"
      "     execution: local\n"
      "        script: tty1.js\n"
      "        output: -\n"
      "\n"
      "     scenarios: (100.00%) 2 scenarios, 4 max VUs, 10m31s max duration (incl. graceful "
      "stop):\n"
      "              * a: 2 looping VUs for 1s (gracefulStop: 1s)\n"
      "              * c: 4 iterations shared among 2 VUs (maxDuration: 10m0s, startTime: 1s, "
      "gracefulStop: 30s)\n"
      "\n");
}

TEST(RenderHeader, ColoursTheValuesAsK6) {
  EXPECT_THAT(RenderHeader(TwoScenarios(), Colors::kYes),
              StartsWith("\n     execution: \x1b[36mlocal\x1b[0m\n"
                         "        script: \x1b[36mtty1.js\x1b[0m\n"
                         "        output: \x1b[36m-\x1b[0m\n\n"
                         "     scenarios: \x1b[36m(100.00%) 2 scenarios, 4 max VUs, 10m31s max "
                         "duration (incl. graceful stop):\x1b[0m\n"
                         "              * a: 2 looping"));
}

TEST(RenderHeader, RoundsTheDurationAndCutsTheSegment) {
  HeaderInfo info = TwoScenarios();
  info.scenarios.pop_back();
  info.segment_percent = 100.0 / 3;
  info.max_duration = milliseconds(40250);
  EXPECT_THAT(RenderHeader(info, Colors::kNo),
              HasSubstr("scenarios: (33.33%) 1 scenario, 4 max VUs, 40.3s max duration"));
}

TEST(RenderHeader, ShowsOutputsDashboardAndAgents) {
  HeaderInfo info = TwoScenarios();
  info.execution = "ctl.example:6566";
  info.outputs = {"json (out.json)", "csv (file.csv)"};
  info.web_dashboard = "http://127.0.0.1:5665";
  info.agents = 3;
  info.workers_per_agent = 2;
  info.show_agents = true;
  EXPECT_THAT(RenderHeader(info, Colors::kNo),
              StartsWith("\n     execution: ctl.example:6566\n"
                         "        script: tty1.js\n"
                         " web dashboard: http://127.0.0.1:5665\n"
                         "        output: json (out.json), csv (file.csv)\n"
                         "        agents: 3 (2 workers each)\n"
                         "\n"));
  info.workers_per_agent = 1;
  EXPECT_THAT(RenderHeader(info, Colors::kNo), HasSubstr("agents: 3 (1 worker each)\n"));
  info.workers_per_agent = 0;
  EXPECT_THAT(RenderHeader(info, Colors::kNo), HasSubstr("agents: 3\n"));
}

TEST(RenderBanner, HasK6sLayout) {
  const std::string banner = RenderBanner(Colors::kNo);
  EXPECT_EQ(std::count(banner.begin(), banner.end(), '\n'), 7);
  EXPECT_THAT(banner, StartsWith("\n "));
  EXPECT_THAT(banner, EndsWith("\n\n"));
  EXPECT_THAT(banner, Not(HasSubstr("\x1b")));
  std::istringstream lines(banner.substr(1));
  std::string line;
  for (int i = 0; i < 5; ++i) {
    std::getline(lines, line);
    EXPECT_EQ(line.size(), 35u) << line;
  }
}

TEST(RenderBanner, IsYellowOnATerminal) {
  const std::string banner = RenderBanner(Colors::kYes);
  EXPECT_THAT(banner, StartsWith("\n\x1b[33m "));
  EXPECT_THAT(banner, EndsWith("\x1b[0m\n\n"));
}

}  // namespace
}  // namespace loadctl::terminal

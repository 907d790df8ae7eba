#include "controller/summary/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <random>
#include <string>

#include "controller/summary/golden_data.h"

namespace loadctl::summary {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class GoldenJson : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenJson, HandleSummaryDataHasK6sKeysAndValues) {
  const GoldenSummary golden = ReadGolden(GetParam());
  const auto expected = boost::json::parse(golden.json);
  DisplayState display;
  display.stdout_is_tty = expected.at("state").at("isStdOutTTY").as_bool();
  display.stderr_is_tty = expected.at("state").at("isStdErrTTY").as_bool();
  EXPECT_EQ(boost::json::parse(HandleSummaryData(golden.summary, display)), expected);
}

TEST_P(GoldenJson, ExportHasK6sKeysAndValuesAndOneMore) {
  const GoldenSummary golden = ReadGolden(GetParam());
  auto ours = boost::json::parse(SummaryExportJson(golden.summary));
  EXPECT_EQ(ours.as_object().erase("loadctl"), 1u);
  EXPECT_EQ(ours, boost::json::parse(golden.export_json));
}

INSTANTIATE_TEST_SUITE_P(Scripts, GoldenJson, ::testing::ValuesIn(GoldenNames()),
                         [](const auto& golden) {
                           std::string name = golden.param;
                           for (char& c : name) {
                             if (c == '.') c = '_';
                           }
                           return name;
                         });

Summary Small() {
  Summary summary;
  summary.duration = std::chrono::milliseconds(1500);
  summary.trend_stats = {"avg", "p(95)"};
  summary.root.id = "d41d8cd98f00b204e9800998ecf8427e";
  CheckSummary check{"is \"ok\"", "::is \"ok\"", "id", 3, 1};
  GroupSummary ten{"10", "::10", "a", {}, {}};
  GroupSummary nine{"9", "::9", "b", {}, {}};
  GroupSummary word{"word", "::word", "c", {}, {check}};
  summary.root.groups = {word, ten, nine};
  MetricSummary rate;
  rate.name = "checks";
  rate.type = metrics::MetricType::kRate;
  rate.values = RateValues{0.75, 3, 1};
  rate.thresholds = {{"rate>0.9", "rate", 0.75, false, true}};
  summary.metrics = {rate};
  summary.setup_data_json = R"({ "b":[1, {"x":1e+21}],"a":{}, "s":"a:\"}, [" })";
  return summary;
}

TEST(SummaryExportJson, IsIndentedByFourInJavaScriptsKeyOrder) {
  Summary summary = Small();
  summary.agents = 2;
  LedgerEntry entry;
  entry.agent = 2;
  entry.planned = 5;
  entry.start_skew = std::chrono::microseconds(1500);
  entry.loop_lag = {700, std::chrono::microseconds(2500), std::chrono::milliseconds(40)};
  summary.metrics[0].thresholds[0].value = 0.75;
  summary.metrics[0].thresholds[0].within_error = true;
  entry.cpu = {std::chrono::seconds(4), std::chrono::seconds(3), std::chrono::milliseconds(500),
               std::chrono::seconds(1)};
  summary.ledger = {entry};
  EXPECT_EQ(SummaryExportJson(summary), R"({
    "root_group": {
        "name": "",
        "path": "",
        "id": "d41d8cd98f00b204e9800998ecf8427e",
        "groups": {
            "9": {
                "name": "9",
                "path": "::9",
                "id": "b",
                "groups": {},
                "checks": {}
            },
            "10": {
                "name": "10",
                "path": "::10",
                "id": "a",
                "groups": {},
                "checks": {}
            },
            "word": {
                "name": "word",
                "path": "::word",
                "id": "c",
                "groups": {},
                "checks": {
                    "is \"ok\"": {
                        "name": "is \"ok\"",
                        "path": "::is \"ok\"",
                        "id": "id",
                        "passes": 3,
                        "fails": 1
                    }
                }
            }
        },
        "checks": {}
    },
    "metrics": {
        "checks": {
            "passes": 3,
            "fails": 1,
            "value": 0.75,
            "thresholds": {
                "rate>0.9": true
            }
        }
    },
    "setup_data": {
        "b": [
            1,
            {
                "x": 1e+21
            }
        ],
        "a": {},
        "s": "a:\"}, ["
    },
    "loadctl": {
        "complete": true,
        "agents": 2,
        "duration_ms": 1500,
        "skew_ms": 0,
        "thresholds_within_error": [
            {
                "metric": "checks",
                "threshold": "rate>0.9",
                "value": 0.75
            }
        ],
        "lost": [],
        "ledger": [
            {
                "agent": 2,
                "planned": 5,
                "started": 0,
                "dropped": 0,
                "complete": 0,
                "interrupted": 0,
                "exceptions": 0,
                "deltas_sent": 0,
                "deltas_merged": 0,
                "start_skew_ms": 1.5,
                "balanced": true,
                "loop_lag": {
                    "samples": 700,
                    "p99_ms": 2.5,
                    "max_ms": 40
                },
                "cpu": {
                    "used": 0.75,
                    "waited": 0.125,
                    "saturated": 0.25
                }
            }
        ]
    }
})");
}

TEST(SummaryExportJson, TellsWhatWasLost) {
  Summary summary = Small();
  summary.complete = false;
  summary.lost = {{2, std::chrono::milliseconds(12300), "killed"}};
  summary.metrics[0].thresholds[0].judged = false;
  LedgerEntry early, late;
  late.start_skew = std::chrono::milliseconds(7);
  early.start_skew = std::chrono::milliseconds(-3);
  summary.ledger = {late, early};
  const auto json = boost::json::parse(SummaryExportJson(summary));
  EXPECT_EQ(json.at("loadctl").at("complete"), false);
  EXPECT_EQ(json.at("loadctl").at("lost").at(0).at("at_ms"), 12300);
  EXPECT_EQ(json.at("loadctl").at("skew_ms"), 10);
  EXPECT_TRUE(json.at("metrics").at("checks").at("thresholds").at("rate>0.9").is_null());
}

TEST(HandleSummaryData, CopiesSetupDataOfAnyKind) {
  Summary summary = Small();
  for (const char* data : {"null", "1.50", "\"x\"", "[]", "{}", " [1,[2,[]]] ", "-0.1e-7"}) {
    summary.setup_data_json = data;
    const auto json = boost::json::parse(HandleSummaryData(summary, {}));
    EXPECT_EQ(json.at("setup_data"), boost::json::parse(data)) << data;
  }
}

/// JSON of arbitrary shape, with strings that hold what JSON is made of.
std::string RandomJson(std::mt19937& random, int depth) {
  static const char* const kLeaves[] = {
      "0", "-1.5e-7", "1e+21", "true", "null", "\"\"", "\"x\"", "\"{\\\"[,:]}\\\\\"", "\"\u00b5\""};
  const unsigned kind = random() % 4;
  if (depth == 0 || kind < 2) return kLeaves[random() % std::size(kLeaves)];
  std::string text = kind == 2 ? "[" : "{";
  const unsigned count = random() % 4;
  for (unsigned i = 0; i < count; ++i) {
    if (i > 0) text += random() % 2 == 0 ? "," : " ,\n";
    if (kind == 3) text += "\"k" + std::to_string(i) + "}\": ";
    text += RandomJson(random, depth - 1);
  }
  return text + (kind == 2 ? "]" : "}");
}

TEST(SetupData, MeansTheSameHoweverItIsIndented) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Summary summary = Small();
  for (int i = 0; i < 500; ++i) {
    const std::string text = RandomJson(random, 6);
    summary.setup_data_json = text;
    const auto expected = boost::json::parse(text);
    const std::string compact = HandleSummaryData(summary, {});
    const std::string indented = SummaryExportJson(summary);
    EXPECT_EQ(boost::json::parse(compact).at("setup_data"), expected) << text;
    EXPECT_EQ(boost::json::parse(indented).at("setup_data"), expected) << text;
  }
}

TEST(HandleSummaryData, LeavesOutSetupDataThatIsNone) {
  Summary summary = Small();
  for (const char* data : {"", "{", "nul", "1 2", "{'a':1}", "[1,]"}) {
    summary.setup_data_json = data;
    EXPECT_THAT(HandleSummaryData(summary, {}), Not(HasSubstr("setup_data"))) << data;
  }
}

TEST(HandleSummaryData, WritesWhatIsNoNumberAsNull) {
  Summary summary = Small();
  summary.metrics[0].values = RateValues{std::nan(""), 0, 0};
  EXPECT_THAT(HandleSummaryData(summary, {}), HasSubstr(R"("values":{"rate":null,"passes":0)"));
}

}  // namespace
}  // namespace loadctl::summary

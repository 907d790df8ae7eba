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

#include "controller/summary/from_text.h"
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
  Summary summary = FromText<Summary>(R"pb(
    duration_ns: 1500000000
    complete: true
    agents: 1
    trend_stats: "avg"
    trend_stats: "p(95)"
    groups { id: "d41d8cd98f00b204e9800998ecf8427e" }
    groups {
      name: "word"
      path: "::word"
      id: "c"
      checks { name: 'is "ok"' path: '::is "ok"' id: "id" passes: 3 fails: 1 }
    }
    groups { name: "10" path: "::10" id: "a" }
    groups { name: "9" path: "::9" id: "b" }
    metrics {
      name: "checks"
      rate { rate: 0.75 passes: 3 fails: 1 }
      thresholds { source: "rate>0.9" aggregate: "rate" value: 0.75 judged: true }
      has_samples: true
    }
  )pb");
  summary.set_setup_data_json(R"({ "b":[1, {"x":1e+21}],"a":{}, "s":"a:\"}, [" })");
  return summary;
}

TEST(SummaryExportJson, IsIndentedByFourInJavaScriptsKeyOrder) {
  Summary summary = Small();
  summary.set_agents(2);
  summary.mutable_metrics(0)->mutable_thresholds(0)->set_within_error(true);
  *summary.add_ledger() = FromText<LedgerEntry>(R"pb(
    agent: 2
    balanced: true
    iterations { planned: 5 first_start_skew_ns: 1500000 }
    health {
      memory_peak_bytes: 104857600
      loop_lag { samples: 700 p99_ns: 2500000 max_ns: 40000000 }
      cpu { wall_ns: 4000000000 used_ns: 3000000000 waited_ns: 500000000 saturated_ns: 1000000000 }
    }
  )pb");
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
                    "saturated": 0.25,
                    "stalled": 0
                },
                "memory_peak_bytes": 104857600
            }
        ]
    }
})");
}

TEST(SummaryExportJson, TellsWhatWasLost) {
  Summary summary = Small();
  summary.set_complete(false);
  summary.MergeFrom(FromText<Summary>(R"pb(
    lost { agent: 2 at_ns: 12300000000 reason: "killed" }
    ledger { iterations { first_start_skew_ns: 7000000 } }
    ledger { iterations { first_start_skew_ns: -3000000 } }
  )pb"));
  summary.mutable_metrics(0)->mutable_thresholds(0)->set_judged(false);
  const auto json = boost::json::parse(SummaryExportJson(summary));
  EXPECT_EQ(json.at("loadctl").at("complete"), false);
  EXPECT_EQ(json.at("loadctl").at("lost").at(0).at("at_ms"), 12300);
  EXPECT_EQ(json.at("loadctl").at("skew_ms"), 10);
  EXPECT_TRUE(json.at("metrics").at("checks").at("thresholds").at("rate>0.9").is_null());
}

TEST(HandleSummaryData, CopiesSetupDataOfAnyKind) {
  Summary summary = Small();
  for (const char* data : {"null", "1.50", "\"x\"", "[]", "{}", " [1,[2,[]]] ", "-0.1e-7"}) {
    summary.set_setup_data_json(data);
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
    summary.set_setup_data_json(text);
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
    summary.set_setup_data_json(data);
    EXPECT_THAT(HandleSummaryData(summary, {}), Not(HasSubstr("setup_data"))) << data;
  }
}

TEST(HandleSummaryData, WritesWhatIsNoNumberAsNull) {
  Summary summary = Small();
  *summary.mutable_metrics(0)->mutable_rate() = {};
  summary.mutable_metrics(0)->mutable_rate()->set_rate(std::nan(""));
  EXPECT_THAT(HandleSummaryData(summary, {}), HasSubstr(R"("values":{"rate":null,"passes":0)"));
}

}  // namespace
}  // namespace loadctl::summary

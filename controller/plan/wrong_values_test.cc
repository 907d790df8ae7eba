// Every option, from every place it can be given at: a wrong value is refused, and the message
// names the option, the place and what is accepted there. The texts of k6 before that are in
// plan_test.cc, command_line_test.cc and config_file_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "controller/plan/plan.h"

namespace loadctl::plan {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// A value that is wrong for the type, as JSON and as text; nullopt: there is none.
std::optional<std::string> WrongJson(const Setting& setting) {
  switch (setting.type) {
    case ValueType::kBool:
      return "\"yes\"";
    case ValueType::kInt:
      return "\"many\"";
    case ValueType::kString:
    case ValueType::kSegment:
    case ValueType::kSegmentSequence:
    case ValueType::kTimeUnit:
    case ValueType::kTlsAuth:
    case ValueType::kHttpVersion:
    case ValueType::kConnectionReuse:
      return "5";
    case ValueType::kIpRanges:
    case ValueType::kCipherSuites:
      return "[\"x\"]";
    case ValueType::kHostPatterns:
      return "[\"-\"]";
    case ValueType::kTlsVersions:
      return "\"tls9\"";
    case ValueType::kHosts:
      return R"({"a":"b"})";
    case ValueType::kDuration:
      return "\"soon\"";
    case ValueType::kStringList:
    case ValueType::kStringArray:
    case ValueType::kTrendStats:
    case ValueType::kSystemTags:
      return "\"a\"";
    case ValueType::kTags:
      return "[1]";
    case ValueType::kDns:
      return R"({"select":"x"})";
    case ValueType::kStages:
      return "5";
    default:
      return std::nullopt;
  }
}

std::optional<std::string> WrongText(const Setting& setting) {
  switch (setting.type) {
    case ValueType::kBool:
      return "yes";
    case ValueType::kInt:
      return "many";
    case ValueType::kDuration:
      return "soon";
    case ValueType::kTags:
      return "x";
    case ValueType::kDns:
      return "x";
    case ValueType::kStages:
    case ValueType::kSegment:
    case ValueType::kSegmentSequence:
    case ValueType::kIpRanges:
    case ValueType::kIpPool:
    case ValueType::kCipherSuites:
    case ValueType::kTlsAuth:
    case ValueType::kHosts:
    case ValueType::kHttpVersion:
    case ValueType::kConnectionReuse:
      return "x";
    case ValueType::kHostPatterns:
      return "-";
    default:
      return std::nullopt;
  }
}

std::string ErrorOf(const std::string& script, const std::string& file,
                    const Environment& variables, std::vector<std::string> flags) {
  flags.emplace_back("a.js");
  const auto line = ParseRunCommandLine(flags);
  if (!line) return line.error().message;
  const std::vector<std::string> exports = {"default"};
  const ConfigFile config{"c.json", file};
  const auto plan = MakePlan({script, exports, variables, *line, "0.1.0", &config});
  return plan ? "no error" : plan.error().message;
}

TEST(WrongValues, OwnOptionsAreNotNegative) {
  int checked = 0;
  for (const Setting& setting : Settings()) {
    const bool number = setting.type == ValueType::kInt,
               time = setting.type == ValueType::kDuration;
    if (!setting.own || !(number || time)) continue;
    const std::string key(setting.key), flag(setting.flag);
    const std::string json = "{\"" + key + "\":" + (number ? "-1" : "\"-1ms\"") + "}";
    const std::string of_script = ErrorOf(json, "{}", {}, {}), of_file = ErrorOf("", json, {}, {});
    const std::string of_flag = ErrorOf("", "{}", {}, {"--" + flag + (number ? "=-1" : "=-1ms")});
    EXPECT_EQ(of_script.find("option " + key + " of the script"), 0u) << of_script;
    EXPECT_NE(of_file.find("option " + key + " of the configuration file"), std::string::npos)
        << of_file;
    EXPECT_EQ(of_flag.find("flag --" + flag), 0u) << of_flag;
    for (const std::string& error : {of_script, of_file, of_flag})
      EXPECT_TRUE(error.ends_with(": must not be negative")) << error;
    EXPECT_EQ(ErrorOf("{\"" + key + "\":0}", "{}", {}, {}), "no error");
    ++checked;
  }
  EXPECT_GE(checked, 6);
}

TEST(WrongValues, OfScriptAndFileAreNamed) {
  int checked = 0;
  for (const Setting& setting : Settings()) {
    const auto wrong = WrongJson(setting);
    const bool in_file = setting.scope == Scope::kOption || setting.scope == Scope::kConfig;
    if (!wrong || setting.key.empty() || !in_file) continue;
    const std::string json = "{\"" + std::string(setting.key) + "\":" + *wrong + "}";
    const std::string what = "option " + std::string(setting.key) + " of the ";
    const std::string from_file = ErrorOf("", json, {}, {});
    EXPECT_THAT(from_file, HasSubstr("couldn't parse the configuration from \"c.json\": "));
    EXPECT_THAT(from_file, HasSubstr(what + "configuration file wants ")) << json;
    if (setting.scope == Scope::kOption) {
      EXPECT_THAT(ErrorOf(json, "{}", {}, {}), StartsWith(what + "script wants ")) << json;
    }
    ++checked;
  }
  EXPECT_GT(checked, 35);
}

TEST(WrongValues, OfVariablesAndFlagsAreNamed) {
  int variables = 0, flags = 0;
  for (const Setting& setting : Settings()) {
    const auto wrong = WrongText(setting);
    if (!wrong || setting.key.empty() || setting.scope == Scope::kRuntime) continue;
    if (!setting.env.empty()) {
      const std::string name(setting.env);
      EXPECT_THAT(ErrorOf("", "{}", {{name, *wrong}}, {}),
                  StartsWith("variable " + name + " wants "));
      EXPECT_THAT(ErrorOf("", "{}", {{name, *wrong}}, {}),
                  HasSubstr("envconfig.Process: assigning " + name + " to "));
      ++variables;
    }
    if (!setting.flag.empty()) {
      const std::string flag = "--" + std::string(setting.flag);
      EXPECT_THAT(ErrorOf("", "{}", {}, {flag + "=" + *wrong}),
                  StartsWith("flag " + flag + " wants "));
      ++flags;
    }
  }
  EXPECT_GT(variables, 25);
  EXPECT_GT(flags, 22);
}

struct WrongField {
  std::string json;   // of the option
  std::string place;  // that the message names
  std::string form;
};

constexpr const char* kInt = "a whole number";
constexpr const char* kDuration = "milliseconds, or a duration such as 1m30s";
constexpr const char* kTexts = "an object of texts";
constexpr const char* kOneOf =
    "one of constant-vus, ramping-vus, per-vu-iterations, shared-iterations, "
    "constant-arrival-rate, ramping-arrival-rate, externally-controlled";

/// Every field of every executor with a value of a wrong type.
std::vector<WrongField> WrongScenarioFields() {
  struct Executor {
    std::string name;
    std::vector<std::string> ints, durations;
  };
  const std::vector<Executor> executors = {
      {"constant-vus", {"vus"}, {"duration"}},
      {"per-vu-iterations", {"vus", "iterations"}, {"maxDuration"}},
      {"shared-iterations", {"vus", "iterations"}, {"maxDuration"}},
      {"ramping-vus", {"startVUs"}, {"gracefulRampDown"}},
      {"constant-arrival-rate", {"rate", "preAllocatedVUs", "maxVUs"}, {"timeUnit", "duration"}},
      {"ramping-arrival-rate", {"startRate", "preAllocatedVUs", "maxVUs"}, {"timeUnit"}},
      {"externally-controlled", {"vus", "maxVUs"}, {"duration"}}};
  std::vector<WrongField> out;
  for (const auto& executor : executors) {
    const auto add = [&](const std::string& field, const std::string& value,
                         const std::string& form) {
      out.push_back(
          {R"({"my one":{"executor":")" + executor.name + R"(",")" + field + "\":" + value + "}}",
           "scenarios.my one." + field, form});
    };
    for (const auto& field : executor.ints) {
      for (const char* value : {"\"many\"", "1.5", "true", "[1]"}) add(field, value, kInt);
    }
    for (const auto& field : executor.durations) {
      for (const char* value : {"\"soon\"", "true", "{}"}) add(field, value, kDuration);
    }
    add("startTime", "\"soon\"", kDuration);
    if (executor.name != "externally-controlled") add("gracefulStop", "[]", kDuration);
    add("exec", "5", "a text");
    add("env", "[]", kTexts);
    add("tags", R"({"a":1})", kTexts);
    add("options", "5", "an object with the keys browser, httpVersion and connectionReuse");
  }
  for (const std::string name : {"ramping-vus", "ramping-arrival-rate"}) {
    const auto add = [&](const std::string& stages, const std::string& place,
                         const std::string& form) {
      out.push_back({R"({"a":{"executor":")" + name + R"(","stages":)" + stages + "}}",
                     "scenarios.a.stages" + place, form});
    };
    add("5", "", "a list of objects of duration and target");
    add("[5]", "[0]", "an object of duration and target");
    add(R"([{},{"duration":"soon"}])", "[1].duration", kDuration);
    add(R"([{"target":"many"}])", "[0].target", kInt);
    add(R"([{"targets":1}])", "[0]", "duration and target, nothing else");
  }
  out.push_back({"5", "scenarios", "an object of scenarios by name"});
  out.push_back({R"({"a":5})", "scenarios.a", "an object with an executor and what that needs"});
  out.push_back({R"({"a":{}})", "scenarios.a.executor", kOneOf});
  out.push_back({R"({"a":{"executor":5}})", "scenarios.a.executor", kOneOf});
  out.push_back({R"({"a":{"executor":"fast"}})", "scenarios.a.executor", kOneOf});
  return out;
}

std::vector<WrongField> WrongThresholds() {
  constexpr const char* kSpec =
      "an expression such as p(95)<200, or an object of threshold, abortOnFail and delayAbortEval";
  return {{"5", "thresholds", "an object of lists by the metric's name"},
          {R"({"m":"p(95)<1"})", "thresholds.m", "a list of expressions such as p(95)<200"},
          {R"({"m":[5]})", "thresholds.m", kSpec},
          {R"({"m":[{"threshold":5}]})", "thresholds.m.threshold", "a text"},
          {R"({"m":[{"abortOnFail":"no"}]})", "thresholds.m.abortOnFail", "true or false"},
          {R"({"m":[{"delayAbortEval":"soon"}]})", "thresholds.m.delayAbortEval", kDuration}};
}

void ExpectNamed(const std::string& option, const std::vector<WrongField>& wrong) {
  for (const auto& one : wrong) {
    const std::string json = "{\"" + option + "\":" + one.json + "}";
    const std::string place = "option " + one.place + " of the ";
    EXPECT_THAT(ErrorOf(json, "{}", {}, {}), StartsWith(place + "script wants " + one.form + ": "))
        << json;
    EXPECT_THAT(ErrorOf("", json, {}, {}),
                HasSubstr("\"c.json\": " + place + "configuration file wants " + one.form + ": "))
        << json;
  }
}

TEST(WrongValues, InsideOfScenariosAndThresholdsAreNamed) {
  ExpectNamed("scenarios", WrongScenarioFields());
  ExpectNamed("thresholds", WrongThresholds());
}

}  // namespace
}  // namespace loadctl::plan

// The configuration file as a layer, by the rules and in the words of k6 2.2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/plan/plan.h"

namespace loadctl::plan {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

struct Given {
  std::string file = {};
  std::string script = {};
  Environment variables = {};
  std::vector<std::string> flags = {};
};

Result<Plan> PlanOf(Given given) {
  given.flags.emplace_back("a.js");
  LOADCTL_TRY(const CommandLine line, ParseRunCommandLine(given.flags));
  const std::vector<std::string> exports = {"default"};
  const ConfigFile file{"c.json", given.file};
  return MakePlan({given.script, exports, given.variables, line, "0.1.0", &file});
}

std::string HeaderOf(const Result<Plan>& plan) {
  if (!plan) return plan.error().message;
  std::string out;
  for (const Scenario& scenario : plan->options.scenarios) out += Describe(scenario, {}) + "\n";
  return out;
}

constexpr char kLooping[] = R"({"scenarios":{"a":{"executor":"constant-vus","duration":"7s"}}})";

TEST(ConfigFile, LiesUnderTheOtherLayers) {
  const std::string file = R"({"vus":2,"iterations":10,"batch":1,"tags":{"file":"1"},
                               "dns":{"ttl":"1m","select":"first"},"fooo":1,"VUS":3})";
  EXPECT_EQ(HeaderOf(PlanOf({.file = file})),
            "10 iterations shared among 3 VUs (maxDuration: 10m0s, gracefulStop: 30s)\n");
  const auto plan = PlanOf({.file = file,
                            .script = R"({"vus":4,"batch":2,"dns":{"select":"random"}})",
                            .variables = {{"K6_VUS", "5"}, {"K6_BATCH", "3"}},
                            .flags = {"-u", "6", "--tag", "flag=2"}});
  EXPECT_EQ(HeaderOf(plan),
            "10 iterations shared among 6 VUs (maxDuration: 10m0s, gracefulStop: 30s)\n");
  EXPECT_EQ(plan->options.batch, 3);
  EXPECT_EQ(plan->options.dns.ttl, "1m");
  EXPECT_EQ(plan->options.dns.select, DnsSelect::kRandom);
  EXPECT_THAT(plan->options.tags, ElementsAre(testing::Pair("flag", "2")));
  EXPECT_THAT(plan->warnings, IsEmpty());
}

/// Which layer's duration, iterations, stages and scenarios count, and what k6 says of it.
TEST(ConfigFile, ItsShortcutsAreClearedByThoseOfHigherLayers) {
  struct Case {
    Given given;
    std::string header;
    std::vector<std::string> warnings;
  };
  const auto overrode = [](const std::string& layer) {
    return "\"" + layer + "\" level configuration overrode scenarios configuration entirely";
  };
  for (const auto& [given, header, warnings] : std::vector<Case>{
           {{.file = kLooping}, "1 looping VUs for 7s (gracefulStop: 30s)\n", {}},
           {{.file = kLooping, .script = R"({"iterations":3})"},
            "3 iterations shared among 1 VUs (maxDuration: 10m0s, gracefulStop: 30s)\n",
            {overrode("script")}},
           {{.file = kLooping, .variables = {{"K6_DURATION", "2s"}}},
            "1 looping VUs for 2s (gracefulStop: 30s)\n",
            {overrode("env")}},
           {{.file = kLooping, .flags = {"-i", "4"}},
            "4 iterations shared among 1 VUs (maxDuration: 10m0s, gracefulStop: 30s)\n",
            {overrode("cli")}},
           {{.file = R"({"duration":"3s","vus":2})", .script = R"({"iterations":6})"},
            "6 iterations shared among 2 VUs (maxDuration: 10m0s, gracefulStop: 30s)\n",
            {}},
           {{.file = R"({"iterations":5})", .script = kLooping},
            "1 looping VUs for 7s (gracefulStop: 30s)\n",
            {}},
           {{.file = R"({"vus":3})", .script = kLooping},
            "3 iterations shared among 3 VUs (maxDuration: 10m0s, gracefulStop: 30s)\n",
            {"`vus=3` overrides scenarios configuration"}},
           {{.file = "null", .flags = {"-u", "2"}},
            "2 iterations shared among 2 VUs (maxDuration: 10m0s, gracefulStop: 30s)\n",
            {}}}) {
    const auto plan = PlanOf(given);
    EXPECT_EQ(HeaderOf(plan), header) << given.file << given.script;
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->warnings, warnings) << given.file << given.script;
  }
}

/// The option and what is accepted begin each; then k6's texts.
TEST(ConfigFile, NamesFileOptionAndAcceptedForm) {
  struct Case {
    std::string file, reason, form;
  };
  for (const auto& [file, reason, form] : std::vector<Case>{
           {"{bad", "line 1, column 2: syntax error", ""},
           {"{\n  \"vus\": 1,\n  x}", "line 3, column 3: syntax error", ""},
           {"", "line 1, column 1: incomplete JSON", ""},
           {"[]", "want one JSON object of options by name", ""},
           {"{} x", "line 1, column 4: extra data", ""},
           {R"({"vus":"x"})", "strconv.ParseInt: parsing \"x\": invalid syntax",
            "vus of the configuration file wants a whole number"},
           {R"({"vus":[1]})", "json: cannot unmarshal array into Go value of type null.Int",
            "vus of the configuration file wants a whole number"},
           {R"({"duration":"abc"})", "time: invalid duration \"abc\"",
            "duration of the configuration file wants milliseconds, or a duration such as 1m30s"},
           {R"({"duration":[]})", "'[]' is not a valid duration value",
            "duration of the configuration file wants milliseconds, or a duration such as 1m30s"},
           {R"({"linger":"zz"})", "json: cannot unmarshal string into Go value of type null.Bool",
            "linger of the configuration file wants true or false"},
           {R"({"tags":[1]})",
            "json: cannot unmarshal array into Go struct field Options.tags of type "
            "map[string]string",
            "tags of the configuration file wants an object of texts"},
           {R"({"out":5})",
            "json: cannot unmarshal number into Go struct field Options.out of type []string",
            "out of the configuration file wants a list of texts"},
           {R"({"dns":{"select":"zz"}})",
            "option dns.select: zz does not belong to DNSSelect values",
            "dns of the configuration file wants an object of ttl, select and policy"},
           {R"({"scenarios":{"a":{"executor":"nope"}}})",
            "option scenarios.a: unknown executor type 'nope'",
            "scenarios.a.executor of the configuration file wants one of constant-vus, "
            "ramping-vus, "
            "per-vu-iterations, shared-iterations, constant-arrival-rate, ramping-arrival-rate, "
            "externally-controlled"},
           {R"({"thresholds":{"a":5}})",
            "json: cannot unmarshal number into Go struct field Options.thresholds of type "
            "[]metrics.thresholdConfig",
            "thresholds.a of the configuration file wants a list of expressions such as "
            "p(95)<200"}}) {
    const auto plan = PlanOf({.file = file});
    ASSERT_FALSE(plan) << file;
    EXPECT_EQ(plan.error().code, ErrorCode::kInvalidConfig);
    EXPECT_THAT(plan.error().message,
                StartsWith("failed to load the configuration file from the local file system: "
                           "couldn't parse the configuration from \"c.json\": " +
                           (form.empty() ? "" : "option " + form + ": ") + reason));
  }
  const auto stats = PlanOf({.file = R"({"summaryTrendStats":["zz"]})"});
  EXPECT_EQ(stats.error().code, ErrorCode::kGeneric);
  EXPECT_THAT(stats.error().message,
              StartsWith("option summaryTrendStats of the configuration file wants avg, min,"));
}

TEST(ConfigFile, NamesOutputsAndConfiguresThem) {
  const std::string file =
      R"({"out":["json=x","csv"],"collectors":{"csv":{"time_format":"rfc3339"}}})";
  const auto plan = PlanOf({.file = file});
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(plan->outputs, ElementsAre("json=x", "csv"));
  EXPECT_EQ(plan->collectors, R"({"csv":{"time_format":"rfc3339"}})");
  EXPECT_THAT(PlanOf({.file = file, .flags = {"-o", "json=y"}})->outputs, ElementsAre("json=y"));
  EXPECT_THAT(PlanOf({.file = "{}"})->outputs, IsEmpty());
}

TEST(ConfigFile, HasKeysThatScriptsDoNotHave) {
  const std::string harmless =
      R"({"noUsageReport":true,"noArchiveUpload":true,"collectors":{"cloud":{"token":"x"}},
          "linger":false,"webDashboard":false,"out":[]})";
  const auto plan = PlanOf({.file = harmless});
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(plan->warnings, IsEmpty());
  EXPECT_FALSE(plan->web_dashboard);
  EXPECT_TRUE(PlanOf({.file = R"({"webDashboard":true})"})->web_dashboard);
  const std::string file = R"({"metricSamplesBufferSize":5})";
  const auto refused = PlanOf({.file = file});
  ASSERT_FALSE(refused);
  EXPECT_THAT(
      refused.error().message,
      HasSubstr("option metricSamplesBufferSize of the configuration file is not yet supported"));
  EXPECT_TRUE(PlanOf({.file = file, .flags = {"--allow-unsupported"}}));
  // Not even a script's option of that name: scripts cannot set them.
  EXPECT_THAT(PlanOf({.file = "{}", .script = R"({"linger":true})"})->warnings,
              ElementsAre(HasSubstr("unknown field \"linger\"")));
  // Nor can the file set what only variables and flags can.
  EXPECT_THAT(PlanOf({.file = R"({"consoleOutput":"x","localIPs":"1.2.3.4"})"})->warnings,
              IsEmpty());
}

TEST(ConfigFile, IsLookedForWhereK6Does) {
  const auto path = [](std::vector<std::string> flags, const Environment& environment) {
    flags.emplace_back("a.js");
    const auto runtime =
        ResolveRuntimeOptions(ParseRunCommandLine(flags).value(), environment).value();
    return (runtime.config_may_be_absent ? "? " : "") + runtime.config_path;
  };
  const Environment home = {{"HOME", "/h"}};
  EXPECT_EQ(path({}, home), "? /h/.config/k6/config.json");
  EXPECT_EQ(path({}, {{"HOME", "/h"}, {"XDG_CONFIG_HOME", "/x"}}), "? /x/k6/config.json");
  EXPECT_EQ(path({}, {{"HOME", "/h"}, {"XDG_CONFIG_HOME", ""}}), "? /h/.config/k6/config.json");
  EXPECT_EQ(path({}, {{"HOME", "/h"}, {"XDG_CONFIG_HOME", "rel"}}), "? .config/k6/config.json");
  EXPECT_EQ(path({}, {}), "? .config/k6/config.json");
  EXPECT_EQ(path({"-c", "f"}, home), "f");
  EXPECT_EQ(path({"--config", "/h/.config/k6/config.json"}, home), "? /h/.config/k6/config.json");
  EXPECT_EQ(path({}, {{"HOME", "/h"}, {"K6_CONFIG", "e"}}), "e");
  EXPECT_EQ(path({"-c", "f"}, {{"HOME", "/h"}, {"K6_CONFIG", "e"}}), "f");
}

}  // namespace
}  // namespace loadctl::plan

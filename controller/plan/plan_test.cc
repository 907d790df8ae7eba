#include "controller/plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadctl::plan {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

/// A run as the user starts it: the script's options, flags, environment.
Result<Plan> PlanOf(std::string_view script, std::vector<std::string> flags = {},
                    const Environment& environment = {},
                    const std::vector<std::string>& exports = {"default"}) {
  flags.emplace_back("a.js");
  LOADCTL_TRY(const CommandLine line, ParseRunCommandLine(flags));
  return MakePlan({script, exports, environment, line, "0.1.0"});
}

std::string ErrorOf(const Result<Plan>& plan) { return plan ? "no error" : plan.error().message; }

/// The header's lines of the run: what k6 prints for the same input.
std::string HeaderOf(const Result<Plan>& plan) {
  if (!plan) return plan.error().message;
  std::string out;
  for (const Scenario& scenario : plan->options.scenarios) {
    out += "* " + scenario.name + ": " + Describe(scenario, {}) + "\n";
  }
  return out;
}

TEST(Plan, OfNothingIsOneIterationOfOneVu) {
  const auto plan = PlanOf("");
  EXPECT_EQ(HeaderOf(plan),
            "* default: 1 iterations for each of 1 VUs (maxDuration: 10m0s, gracefulStop: 30s)\n");
  EXPECT_EQ(plan->requirements.max_vus, 1);
  EXPECT_EQ(plan->requirements.max_duration, 10min + 30s);
  EXPECT_EQ(plan->options.user_agent, "loadctl/0.1.0");
  EXPECT_EQ(plan->options.system_tags.size(), 14U);
  EXPECT_FALSE(plan->options.IsSet(&Options::max_redirects));
  EXPECT_THAT(plan->warnings, IsEmpty());
}

TEST(Plan, TurnsShortcutsIntoTheDefaultScenario) {
  EXPECT_EQ(HeaderOf(PlanOf("", {"-u", "5"})),
            "* default: 5 iterations shared among 5 VUs (maxDuration: 10m0s, gracefulStop: 30s)\n");
  EXPECT_EQ(HeaderOf(PlanOf("", {"-u", "5", "-d", "1s"})),
            "* default: 5 looping VUs for 1s (gracefulStop: 30s)\n");
  EXPECT_EQ(HeaderOf(PlanOf("", {"-u", "2", "-i", "10", "-d", "1s"})),
            "* default: 10 iterations shared among 2 VUs (maxDuration: 1s, gracefulStop: 30s)\n");
  EXPECT_EQ(HeaderOf(PlanOf(R"({"iterations":2,"duration":"5s"})")),
            "* default: 2 iterations shared among 1 VUs (maxDuration: 5s, gracefulStop: 30s)\n");
  EXPECT_EQ(HeaderOf(PlanOf(R"({"VUS":"2","duration":1500})")),
            "* default: 2 looping VUs for 1.5s (gracefulStop: 30s)\n");
}

TEST(Plan, LayersOverrideByTheRuleOfK6) {
  EXPECT_EQ(HeaderOf(PlanOf(R"({"vus":2,"duration":"5s"})", {"-i", "3"})),
            "* default: 3 iterations shared among 2 VUs (maxDuration: 10m0s, gracefulStop: 30s)\n");
  EXPECT_EQ(HeaderOf(PlanOf(R"({"vus":2,"duration":"5s"})", {}, {{"K6_ITERATIONS", "4"}})),
            "* default: 4 iterations shared among 2 VUs (maxDuration: 10m0s, gracefulStop: 30s)\n");
  EXPECT_EQ(HeaderOf(PlanOf(R"({"vus":2})", {"-u", "9"}, {{"K6_VUS", "4"}, {"K6_DURATION", "1d"}})),
            "* default: 9 looping VUs for 24h0m0s (gracefulStop: 30s)\n");
  EXPECT_EQ(HeaderOf(PlanOf("", {"-e", "K6_VUS=3"})),
            "* default: 3 iterations shared among 3 VUs (maxDuration: 10m0s, gracefulStop: 30s)\n");
  const auto plan = PlanOf(R"({"tags":{"a":"1"},"dns":{"ttl":"1m","select":"first"},"batch":1})",
                           {"--dns", "ttl=inf", "--batch", "3"},
                           {{"K6_TAGS", "b:2"}, {"K6_DNS", "policy=any"}, {"K6_BATCH", "2"}})
                        .value();
  EXPECT_THAT(plan.options.tags, ElementsAre(testing::Pair("b", "2")));
  EXPECT_EQ(plan.options.dns, (DnsOptions{"inf", DnsSelect::kFirst, DnsPolicy::kAny}));
  EXPECT_EQ(plan.options.batch, 3);
}

TEST(Plan, WarnsAsK6Does) {
  const std::string scenario = R"({"scenarios":{"a":{"executor":"constant-vus","duration":"1s"}}})";
  EXPECT_THAT(PlanOf(scenario, {"-i", "2"})->warnings,
              ElementsAre("\"cli\" level configuration overrode scenarios configuration entirely"));
  EXPECT_THAT(PlanOf(scenario, {}, {{"K6_ITERATIONS", "8"}})->warnings,
              ElementsAre("\"env\" level configuration overrode scenarios configuration entirely"));
  EXPECT_THAT(PlanOf(scenario, {"-u", "2"})->warnings,
              ElementsAre("`vus=2` overrides scenarios configuration"));
  EXPECT_THAT(PlanOf(R"({"scenarios":{}})")->warnings,
              ElementsAre("`scenarios` was explicitly set to an empty value, running the script "
                          "with 1 iteration in 1 VU"));
  EXPECT_THAT(PlanOf(R"({"stages":[]})", {"-u", "3"})->warnings,
              ElementsAre("`stages` was explicitly set to an empty value, running the script with "
                          "1 iteration in 1 VU"));
  EXPECT_THAT(PlanOf(R"({"fooo":1})")->warnings,
              ElementsAre("There were unknown fields in the options exported in the script: json: "
                          "unknown field \"fooo\""));
}

TEST(Plan, FailsOnClashesInTheWordsOfK6) {
  const std::string tail = " options simultaneously is not allowed";
  EXPECT_EQ(ErrorOf(PlanOf(R"({"iterations":2,"stages":[{"duration":"1s","target":3}]})")),
            "using `iterations` and `stages`" + tail);
  EXPECT_EQ(ErrorOf(PlanOf(R"({"duration":2,"stages":[{"duration":"1s","target":3}]})")),
            "using `duration` and `stages`" + tail);
  const std::string scenarios = R"("scenarios":{"a":{"executor":"constant-vus"}}})";
  EXPECT_EQ(ErrorOf(PlanOf(R"({"iterations":2,)" + scenarios)),
            "using `iterations` and `scenarios`" + tail);
  EXPECT_EQ(ErrorOf(PlanOf(R"({"duration":2,)" + scenarios)),
            "using `duration` and `scenarios`" + tail);
  EXPECT_EQ(ErrorOf(PlanOf(R"({"stages":[{"duration":"1s"}],)" + scenarios)),
            "using `stages` and `scenarios`" + tail);
  EXPECT_EQ(ErrorOf(PlanOf("", {"-d", "0"})),
            "`duration` option should be more than 0, for infinite duration use the "
            "externally-controlled executor (from flag --duration)");
  EXPECT_EQ(PlanOf("", {"-d", "0"}).error().code, ErrorCode::kInvalidConfig);
}

TEST(Plan, ReadsScenariosOfAllThreeExecutors) {
  const auto plan = PlanOf(R"({"scenarios":{
      "b":{"executor":"per-vu-iterations","vus":3,"iterations":2,"startTime":"500ms",
           "gracefulStop":0,"maxDuration":"1m","env":{"A":"1"},"tags":{"t":"x"}},
      "a":{"executor":"constant-vus","duration":"1s","VUs":10,"gracefulStop":"1.23s",
           "exec":"default","options":{"browser":{"type":"chromium"}}},
      "c":{"executor":"shared-iterations","vus":"2","iterations":5,"vus":null}}})");
  EXPECT_EQ(HeaderOf(plan),
            "* a: 10 looping VUs for 1s (exec: default, gracefulStop: 1.23s)\n"
            "* c: 5 iterations shared among 1 VUs (maxDuration: 10m0s, gracefulStop: 30s)\n"
            "* b: 2 iterations for each of 3 VUs (maxDuration: 1m0s, startTime: 500ms)\n");
  EXPECT_EQ(plan->options.scenarios[2].env.at("A"), "1");
  EXPECT_EQ(plan->options.scenarios[0].options_json, R"({"browser":{"type":"chromium"}})");
}

TEST(Plan, ValidatesInTheWordsOfK6) {
  EXPECT_EQ(ErrorOf(PlanOf(R"({"scenarios":{
      "a b":{"executor":"constant-vus","duration":"1s","vus":0,"gracefulStop":"-1s","exec":""},
      "b":{"executor":"per-vu-iterations","vus":-3,"iterations":0,"startTime":-1,"exec":"zz",
           "maxDuration":"1ms"},
      "d":{"executor":"constant-vus"}},"setupTimeout":0})")),
            "There were problems with the specified script configuration:\n"
            "\t- scenario a b has configuration errors: the scenario name should contain only "
            "numbers, latin letters, underscores, and dashes, exec value cannot be empty, the "
            "gracefulStop timeout can't be negative, the number of VUs must be more than 0 (from "
            "option scenarios.a b of the script)\n"
            "\t- scenario b has configuration errors: the startTime can't be negative, the number "
            "of VUs must be more than 0, the number of iterations must be more than 0, the "
            "maxDuration must be at least 1s, but is 1ms (from option scenarios.b of the script)\n"
            "\t- scenario d has configuration errors: the duration is unspecified (from option "
            "scenarios.d "
            "of the script)\n"
            "\t- setupTimeout must be positive (from option setupTimeout of the script)\n"
            "\t- executor b: function 'zz' not found in exports");
  EXPECT_EQ(ErrorOf(PlanOf("", {}, {}, {"other"})),
            "There were problems with the specified script configuration:\n"
            "\t- executor default: function 'default' not found in exports");
  const auto none = PlanOf("", {}, {}, {});
  EXPECT_EQ(ErrorOf(none), "no exported functions in script");
  EXPECT_EQ(none.error().code, ErrorCode::kGeneric);
}

TEST(Plan, SaysWhereAWrongShortcutComesFrom) {
  const std::string begin =
      "There were problems with the specified script configuration:\n"
      "\t- scenario default has configuration errors: the number of VUs must be more than 0";
  EXPECT_EQ(ErrorOf(PlanOf("", {"-u", "0"})), begin + " (from flag --vus)");
  EXPECT_EQ(ErrorOf(PlanOf(R"({"duration":"3s"})", {}, {{"K6_VUS", "-1"}})),
            begin + " (from variable K6_VUS, option duration of the script)");
}

TEST(Plan, DecodesInTheWordsOfK6) {
  const auto error = [](std::string_view script) {
    const auto plan = PlanOf(script);
    EXPECT_TRUE(plan || plan.error().code == ErrorCode::kInvalidConfig) << script;
    return ErrorOf(plan);
  };
  EXPECT_EQ(
      error(R"({"vus":1.5})"),
      "option vus of the script wants a whole number: json: cannot unmarshal number 1.5 into Go "
      "struct field Options.vus of type int64");
  EXPECT_THAT(error(R"({"vus":"x"})"),
              HasSubstr("strconv.ParseInt: parsing \"x\": invalid syntax"));
  EXPECT_THAT(error(R"({"vus":true})"),
              HasSubstr("json: cannot unmarshal bool into Go value of type null.Int"));
  EXPECT_THAT(error(R"({"duration":"abc"})"), HasSubstr("time: invalid duration \"abc\""));
  EXPECT_THAT(error(R"({"duration":[1]})"), HasSubstr("'[1]' is not a valid duration value"));
  EXPECT_THAT(error(R"({"throw":"yes"})"),
              HasSubstr("json: cannot unmarshal string into Go value of type null.Bool"));
  EXPECT_THAT(error(R"({"userAgent":1})"),
              HasSubstr("json: cannot unmarshal float64 into Go value of type null.String"));
  EXPECT_THAT(error(R"({"tags":{"a":1}})"),
              HasSubstr("json: cannot unmarshal number into Go struct field Options.tags of type "
                        "string"));
  EXPECT_THAT(error(R"({"summaryTrendStats":"foo"})"),
              HasSubstr("cannot unmarshal string into Go struct field Options.summaryTrendStats of "
                        "type []string"));
  EXPECT_THAT(error(R"({"dns":{"select":"foo"}})"),
              HasSubstr("foo does not belong to DNSSelect values"));
  EXPECT_THAT(error(R"({"scenarios":{"a":{"executor":"constant-vu"}}})"),
              HasSubstr("unknown executor type 'constant-vu'; did you mean \"constant-vus\"?"));
  EXPECT_THAT(error(R"({"scenarios":{"a":{"executor":"zz"}}})"),
              HasSubstr("unknown executor type 'zz'"));
  EXPECT_THAT(error(R"({"scenarios":{"a":{}}})"),
              HasSubstr("scenario 'a' doesn't have a specified executor type"));
  EXPECT_THAT(error(R"({"scenarios":{"a":{"executor":"constant-vus","foo":1}}})"),
              HasSubstr("json: unknown field \"foo\""));
  EXPECT_THAT(error(R"({"thresholds":{"a":"x"}})"),
              HasSubstr("cannot unmarshal string into Go struct field Options.thresholds of type "
                        "[]metrics.thresholdConfig"));
  EXPECT_THAT(error("5"), HasSubstr("not an object"));
}

TEST(Plan, ReadsVariablesInTheWordsOfK6) {
  const auto error = [](const std::string& name, const std::string& value) {
    return ErrorOf(PlanOf("", {}, {{name, value}}));
  };
  EXPECT_EQ(
      error("K6_VUS", "x"),
      "variable K6_VUS wants a whole number: envconfig.Process: assigning K6_VUS to VUs: "
      "converting 'x' to type null.Int. details: strconv.ParseInt: parsing \"x\": invalid syntax");
  EXPECT_EQ(
      error("K6_THROW", "1"),
      "variable K6_THROW wants true or false: envconfig.Process: assigning K6_THROW to Throw: "
      "converting '1' to type null.Bool. details: invalid input:1");
  EXPECT_EQ(error("K6_DURATION", "x"),
            "variable K6_DURATION wants milliseconds, or a duration such as 1m30s: "
            "envconfig.Process: assigning K6_DURATION to Duration: converting 'x' to type "
            "types.NullDuration. details: time: invalid duration \"x\"");
  EXPECT_EQ(error("K6_TAGS", "a:b,c:d:e"),
            "variable K6_TAGS wants name:value,...: envconfig.Process: assigning K6_TAGS to "
            "RunTags: converting 'a:b,c:d:e' to type map[string]string. details: invalid map item: "
            "\"c:d:e\"");
  EXPECT_EQ(error("K6_DNS", "foo"),
            "variable K6_DNS wants some of ttl=5m,select=random,policy=preferIPv4: "
            "envconfig.Process: assigning K6_DNS to DNS: converting 'foo' to type types.DNSConfig. "
            "details: no value for key foo");
  EXPECT_THAT(error("K6_SUMMARY_TREND_STATS", "foo"),
              testing::StartsWith("variable K6_SUMMARY_TREND_STATS wants avg, min,"));
  for (const char* empty : {"K6_VUS", "K6_NO_SETUP", "K6_USER_AGENT", "K6_TAGS", "K6_DNS"}) {
    EXPECT_EQ(error(empty, ""), "no error") << empty;
  }
  EXPECT_EQ(PlanOf("", {}, {{"K6_SYSTEM_TAGS", "url, vu,bogus"}})->options.system_tags,
            (std::set<std::string>{"url", "vu"}));
}

TEST(Plan, RefusesWhatThisBuildLacksByRow) {
  for (const auto& [script, row] :
       std::vector<std::pair<std::string, std::string>>{{R"({"features":["x"]})", "features"}}) {
    for (const auto& flags :
         {std::vector<std::string>{}, std::vector<std::string>{"--allow-unsupported"}}) {
      const auto plan = PlanOf(script, flags);
      ASSERT_FALSE(plan) << script;
      EXPECT_EQ(plan.error().code, ErrorCode::kInvalidConfig) << script;
      EXPECT_THAT(plan.error().message, HasSubstr("`" + row + "` of `loadctl help compat`"));
    }
  }
  EXPECT_THAT(ErrorOf(PlanOf("", {}, {{"K6_FEATURES", "x"}})),
              HasSubstr("variable K6_FEATURES is not yet"));
  EXPECT_THAT(ErrorOf(PlanOf("", {}, {{"K6_HOSTS", "x"}})), HasSubstr("variable K6_HOSTS"));
}

TEST(Plan, RefusesAllOfItInOneMessage) {
  EXPECT_THAT(ErrorOf(PlanOf(R"({"features":["x"],"metricSamplesBufferSize":5})", {},
                             {{"K6_CONSOLE_OUTPUT", "x"}})),
              testing::AllOf(
                  testing::StartsWith("There are options that are not yet supported:"
                                      "\n\t- option metricSamplesBufferSize of the script is not"),
                  HasSubstr("\n\t- option features of the script is not"),
                  HasSubstr("\n\t- variable K6_CONSOLE_OUTPUT is not")));
}

TEST(Plan, IsStrictWhenAsked) {
  EXPECT_EQ(ErrorOf(PlanOf(R"({"vuss":1})", {"--strict"})),
            "There were unknown fields in the options exported in the script: json: unknown field "
            "\"vuss\"; did you mean \"vus\"?");
  EXPECT_EQ(PlanOf(R"({"vuss":1})", {"--strict"}).error().code, ErrorCode::kInvalidConfig);
  EXPECT_EQ(ErrorOf(PlanOf(R"({"vus":1})", {"--strict"})), "no error");
}

TEST(Plan, TellsOfFieldsOfThresholdsThatNobodyReads) {
  const std::string_view script =
      R"({"thresholds":{"iterations":["count>1",{"threshold":"rate>1","minSample":9,"Level":"warn"}]}})";
  const auto plan = PlanOf(script);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(plan->warnings,
              ElementsAre("There were unknown fields in the options exported in the script: json: "
                          "unknown field \"thresholds.iterations.minSample\""));
  EXPECT_THAT(ErrorOf(PlanOf(script, {"--strict"})), HasSubstr("thresholds.iterations.minSample"));
}

TEST(Plan, SendsHostsElsewhere) {
  const auto plan = PlanOf(R"({"hosts":{"A.b":"1.2.3.4","*.c:80":"[::1]:8080","d":"0:0::1"}})");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->options.hosts,
            (Hosts{{"a.b", {"1.2.3.4", 0}}, {"*.c:80", {"::1", 8080}}, {"d", {"::1", 0}}}));
  EXPECT_THAT(PlanOf("", {}, {{"K6_HOSTS", R"({"a":"1.2.3.4:5"})"}})->options.hosts,
              ElementsAre(testing::Pair("a", HostTarget{"1.2.3.4", 5})));
  for (const char* hosts :
       {R"({"a_b":"1.2.3.4"})", R"({"a":"1.2.3"})", R"({"a":"1.2.3.4:x"})", R"({"a":"::1:80:"})",
        R"({"a:":"1.2.3.4"})", R"({"-a":"1.2.3.4"})", R"({"a.*":"1.2.3.4"})", R"(["a"])"}) {
    EXPECT_THAT(ErrorOf(PlanOf(R"({"hosts":)" + std::string(hosts) + "}")),
                HasSubstr("of the script wants an object such as"))
        << hosts;
  }
}

TEST(Plan, KnowsWhetherTheRunWaits) {
  const auto plain = PlanOf("");
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_FALSE(plain->paused);
  EXPECT_FALSE(plain->linger);
  EXPECT_TRUE(PlanOf(R"({"paused":true})")->paused);
  EXPECT_FALSE(PlanOf(R"({"paused":true})", {"--paused=false"})->paused);
  EXPECT_TRUE(PlanOf("", {}, {{"K6_PAUSED", "true"}})->paused);
  EXPECT_TRUE(PlanOf("", {}, {{"K6_LINGER", "true"}})->linger);
  EXPECT_TRUE(PlanOf("", {"-l"})->linger);
}

TEST(Plan, ReadsEveryExecutor) {
  const auto header = [](const std::string& scenario) {
    return HeaderOf(PlanOf(R"({"scenarios":{"a":)" + scenario + "}}"));
  };
  EXPECT_EQ(header(R"({"executor":"ramping-vus","startVUs":2,"gracefulRampDown":"1s",
                       "stages":[{"duration":"5s","target":7},{"duration":1500,"target":0}]})"),
            "* a: Up to 7 looping VUs for 6.5s over 2 stages (gracefulRampDown: 1s, "
            "gracefulStop: 30s)\n");
  EXPECT_EQ(header(R"({"executor":"constant-arrival-rate","rate":90,"timeUnit":"1m",
                       "duration":"10s","preAllocatedVUs":3,"maxVUs":8})"),
            "* a: 1.50 iterations/s for 10s (maxVUs: 3-8, gracefulStop: 30s)\n");
  EXPECT_EQ(header(R"({"executor":"ramping-arrival-rate","startRate":9,"preAllocatedVUs":4,
                       "stages":[{"duration":"1m","target":3}],"exec":"default"})"),
            "* a: Up to 9.00 iterations/s for 1m0s over 1 stages (maxVUs: 4, exec: default, "
            "gracefulStop: 30s)\n");
  EXPECT_EQ(header(R"({"executor":"externally-controlled","vus":1,"maxVUs":5,"duration":0})"),
            "* a: Externally controlled execution with 1 VUs, 5 max VUs, infinite duration\n");
}

// The texts are those of k6 2.2, but for externally-controlled: k6 1.x.
TEST(Plan, NamesWhatIsWrongWithAnExecutor) {
  const auto problems = [](const std::string& scenario) {
    const std::string text = ErrorOf(PlanOf(R"({"scenarios":{"a":)" + scenario + "}}"));
    const std::string prefix =
        "There were problems with the specified script configuration:\n\t- scenario a has "
        "configuration errors: ";
    if (!text.starts_with(prefix)) return text;
    const std::string from = " (from option scenarios.a of the script)";
    EXPECT_THAT(text, EndsWith(from));
    return text.substr(prefix.size(), text.size() - prefix.size() - from.size());
  };
  for (const auto& [scenario, expected] : std::vector<std::pair<std::string, std::string>>{
           {R"({"executor":"ramping-vus"})", "at least one stage has to be specified"},
           {R"({"executor":"ramping-vus","startVUs":-1,"stages":[{"duration":"1s","target":1}]})",
            "the number of start VUs can't be negative"},
           {R"({"executor":"ramping-vus","startVUs":0,"stages":[{"duration":"1s","target":0}]})",
            "either startVUs or one of the stages' target values must be greater than 0"},
           {R"({"executor":"ramping-vus","stages":[{"target":3},{"duration":"-1s"},
                {"duration":"1s","target":-1}]})",
            "stage 1 doesn't have a duration, the duration for stage 2 can't be negative, stage 2 "
            "doesn't have a target, the target for stage 3 can't be negative"},
           {R"({"executor":"ramping-vus","stages":[{"duration":"1s","target":100000001}]})",
            "target for stage 1 exceeds max limit of 100000000"},
           {R"({"executor":"ramping-vus","startVUs":100000001,
                "stages":[{"duration":"1s","target":1}]})",
            "the startVUs exceed max limit of 100000000"},
           {R"({"executor":"constant-arrival-rate"})",
            "the iteration rate isn't specified, the duration is unspecified, the number of "
            "preAllocatedVUs isn't specified"},
           {R"({"executor":"constant-arrival-rate","rate":0,"timeUnit":0,"duration":"0.5s",
                "preAllocatedVUs":-1})",
            "the iteration rate must be more than 0, the timeUnit must be more than 0, the "
            "duration must be at least 1s, but is 500ms, the number of preAllocatedVUs can't be "
            "negative"},
           {R"({"executor":"constant-arrival-rate","rate":1,"duration":"1s","preAllocatedVUs":5,
                "maxVUs":4})",
            "maxVUs can't be less than preAllocatedVUs"},
           {R"({"executor":"ramping-arrival-rate","startRate":-1})",
            "the startRate value can't be negative, at least one stage has to be specified, the "
            "number of preAllocatedVUs isn't specified"},
           {R"({"executor":"externally-controlled","vus":3,"maxVUs":2})",
            "the number of active VUs (3) can't be more than the number of max VUs (2), the "
            "duration must be specified, for infinite duration use 0"},
           {R"({"executor":"externally-controlled","vus":1,"duration":"1s","gracefulStop":"1s"})",
            "option scenarios.a: gracefulStop is not supported by the externally controlled "
            "executor"},
           {R"({"executor":"ramping-vus","rate":1})",
            "option scenarios.a: json: unknown field \"rate\""},
       }) {
    EXPECT_EQ(problems(scenario), expected) << scenario;
  }
}

TEST(Plan, MakesARampOfStages) {
  EXPECT_EQ(HeaderOf(PlanOf(R"({"stages":[{"duration":"3s","target":4}]})", {})),
            "* default: Up to 4 looping VUs for 3s over 1 stages (gracefulRampDown: 30s, "
            "gracefulStop: 30s)\n");
  const auto plan = PlanOf("", {"-s", "1s:5,2s:0", "-u", "3"});
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(std::get<RampingVus>(plan->options.scenarios[0].executor).start_vus, 3);
}

TEST(Plan, IsOfASegmentThatAgentsShare) {
  const auto plan = PlanOf(R"({"executionSegment":"1/4:3/4","vus":11,"duration":"1s"})");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->requirements.max_vus, 6);
  EXPECT_EQ(plan->options.execution_segment, "1/4:3/4");
  EXPECT_EQ(ErrorOf(PlanOf(R"({"executionSegmentSequence":"0,1/2,1"})")),
            "There were problems with the specified script configuration:\n"
            "\t- provided segment 0:1 can't be found in sequence 0,1/2,1");
  EXPECT_THAT(ErrorOf(PlanOf("", {"--execution-segment", "1/999983", "--agents", "2"})),
              HasSubstr("cannot be cut into 0,1/2,1: their common denominator exceeds 1000000"));
}

TEST(Plan, LetsHarmlessOptionsPassWhenAsked) {
  const std::string script = R"({"metricSamplesBufferSize":5})";
  EXPECT_THAT(ErrorOf(PlanOf(script)), HasSubstr("--allow-unsupported"));
  EXPECT_THAT(PlanOf(script, {"--allow-unsupported"})->warnings,
              ElementsAre(HasSubstr("option metricSamplesBufferSize of the script")));
  EXPECT_THAT(PlanOf(R"({"cloud":{"name":"x"}})")->warnings,
              ElementsAre(HasSubstr("option cloud of the script has no effect")));
  EXPECT_THAT(PlanOf(R"({"ext":{"loadimpact":{"name":"x"}}})")->warnings,
              ElementsAre(HasSubstr("option ext of the script has no effect")));
}

TEST(Plan, AcceptsOptionsThatAskForNothing) {
  const auto plan = PlanOf(R"({"hosts":null,"rps":0,"paused":false,"blacklistIPs":[],"ext":{},
                            "httpDebug":"","metricSamplesBufferSize":1000})");
  EXPECT_EQ(ErrorOf(plan), "no error");
  EXPECT_THAT(plan->warnings, IsEmpty());
}

TEST(Plan, ForgetsTheExecutorsOfLowerLayers) {
  EXPECT_EQ(
      HeaderOf(PlanOf(R"({"stages":[{"duration":"1s","target":1}]})", {"-u", "1", "-d", "1s"})),
      "* default: 1 looping VUs for 1s (gracefulStop: 30s)\n");
  EXPECT_EQ(HeaderOf(PlanOf(R"({"scenarios":{"a":{"executor":"ramping-vus"}}})", {"-i", "1"})),
            "* default: 1 iterations shared among 1 VUs (maxDuration: 10m0s, gracefulStop: 30s)\n");
}

TEST(Plan, KeepsEveryOptionThatTheEngineHonours) {
  const Options options =
      PlanOf(R"({"thresholds":{"z":["b<1"],"http_reqs{a:b}":["count>1",{"threshold":"rate>2",
              "abortOnFail":true,"delayAbortEval":"10s"}]},"setupTimeout":"5s","teardownTimeout":1,
              "handleSummaryTimeout":"3s","maxRedirects":"4","userAgent":"","noSetup":true,
              "insecureSkipTLSVerify":true,"noConnectionReuse":true,"noVUConnectionReuse":true,
              "discardResponseBodies":true,"throw":true,"minIterationDuration":"2s","noTeardown":true,
              "summaryTrendStats":[],"summaryTimeUnit":"us","systemTags":[],"batchPerHost":9,
              "noCookiesReset":true})")
          ->options;
  ASSERT_EQ(options.thresholds.size(), 2U);
  EXPECT_EQ(options.thresholds[0].metric, "http_reqs{a:b}");
  EXPECT_THAT(options.thresholds[0].thresholds,
              ElementsAre(ThresholdSpec{"count>1", false, std::nullopt},
                          ThresholdSpec{"rate>2", true, 10s}));
  EXPECT_EQ(options.setup_timeout, 5s);
  EXPECT_EQ(options.teardown_timeout, 1ms);
  EXPECT_EQ(options.max_redirects, 4);
  EXPECT_TRUE(options.IsSet(&Options::max_redirects));
  EXPECT_EQ(options.user_agent, "");
  EXPECT_TRUE(options.no_setup && options.no_teardown && options.insecure_skip_tls_verify &&
              options.no_connection_reuse && options.no_vu_connection_reuse &&
              options.discard_response_bodies && options.throw_errors && options.no_cookies_reset);
  EXPECT_EQ(options.min_iteration_duration, 2s);
  EXPECT_THAT(options.summary_trend_stats, IsEmpty());
  EXPECT_EQ(options.summary_time_unit, "us");
  EXPECT_THAT(options.system_tags, IsEmpty());
  EXPECT_EQ(options.batch_per_host, 9);
  const Options unjudged = PlanOf(R"({"thresholds":{"a":["x"]}})", {"--no-thresholds"})->options;
  EXPECT_THAT(unjudged.JudgedThresholds(), IsEmpty());
  EXPECT_THAT(unjudged.thresholds, testing::SizeIs(1)) << "exec.test.options shows them";
}

TEST(Plan, ChecksTheTimeToLiveOfDns) {
  EXPECT_EQ(ErrorOf(PlanOf(R"({"dns":{"ttl":"foo"}})")),
            "option dns of the script wants an object of ttl, select and policy: invalid DNS TTL: "
            "foo");
  EXPECT_EQ(
      ErrorOf(PlanOf("", {"--dns", "ttl=-1s"})),
      "flag --dns wants some of ttl=5m,select=random,policy=preferIPv4: invalid DNS TTL: -1s");
  EXPECT_EQ(PlanOf(R"({"dns":{"ttl":"0"}})")->options.dns.Ttl().value(), 0s);
  EXPECT_EQ(PlanOf(R"({"dns":{"ttl":"90"}})")->options.dns.Ttl().value(), 90ms);
}

TEST(Plan, ThresholdsMayBeOfAPartOfTheTime) {
  const auto plan = PlanOf(R"({"thresholds":{"http_req_duration":[{"threshold":"p(95)<1",
      "window":"30s","warmup":"10s","minSamples":5,"level":"warn"},"avg<2",
      {"threshold":"avg<3","exitCode":42}]}})");
  ASSERT_TRUE(plan) << plan.error().message;
  const auto& specs = plan->options.thresholds.at(0).thresholds;
  EXPECT_EQ(specs.at(0).window, std::chrono::seconds(30));
  EXPECT_EQ(specs.at(0).warmup, std::chrono::seconds(10));
  EXPECT_EQ(specs.at(0).min_samples, 5);
  EXPECT_TRUE(specs.at(0).warn);
  EXPECT_FALSE(specs.at(1).warn);
  EXPECT_EQ(specs.at(1).exit_code, 0);
  EXPECT_EQ(specs.at(2).exit_code, 42);
  const auto again = OptionsFromJson(OptionsToJson(plan->options));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->thresholds, plan->options.thresholds);
  for (const char* field :
       {R"("window":"0s")", R"("window":"11m")", R"("window":"1500ms")", R"("warmup":"-1s")",
        R"("minSamples":-1)", R"("level":"info")", R"("exitCode":0)", R"("exitCode":111)",
        R"("exitCode":126)", R"("exitCode":"x")", R"("exitCode":7,"level":"warn")"}) {
    const auto bad = PlanOf(R"({"thresholds":{"http_reqs":[{"threshold":"count>1",)" +
                            std::string(field) + "}]}}");
    ASSERT_FALSE(bad) << field;
    EXPECT_EQ(bad.error().code, ErrorCode::kInvalidConfig);
  }
}

TEST(Plan, DebuggedIsOneIterationOfOneScenario) {
  const std::string script = R"({"paused":true,"minIterationDuration":"1m","scenarios":{
      "b":{"executor":"constant-vus","vus":9,"duration":"1h","exec":"two","env":{"A":"1"}},
      "a":{"executor":"ramping-vus","stages":[{"target":5,"duration":"1h"}],"startTime":"1h"}}})";
  const auto debugged = [&](std::vector<std::string> flags) -> Result<Plan> {
    flags.emplace_back("a.js");
    LOADCTL_TRY(const CommandLine line, ParseCommandLine(Command::kDebug, flags));
    return MakePlan({script, std::vector<std::string>{"default", "two"}, {}, line, "0.1.0"});
  };
  const auto first = debugged({});
  EXPECT_EQ(HeaderOf(first), "* a: 1 iterations for each of 1 VUs (maxDuration: 24h0m0s)\n");
  EXPECT_EQ(first->options.scenarios[0].start_time, 0s);
  EXPECT_EQ(first->options.http_debug, "full");
  EXPECT_EQ(first->options.setup_timeout, 24h);
  EXPECT_EQ(first->options.min_iteration_duration, 0s);
  EXPECT_FALSE(first->paused);
  const auto other = debugged({"--scenario", "b", "--http-debug"});
  ASSERT_TRUE(other) << ErrorOf(other);
  EXPECT_EQ(ExecFunction(other->options.scenarios[0]), "two");
  EXPECT_EQ(other->options.scenarios[0].env.at("A"), "1");
  EXPECT_NE(other->options.http_debug, "full") << "as the user wants it";
  EXPECT_THAT(ErrorOf(debugged({"--scenario", "c"})), HasSubstr("no such scenario, but"));
  EXPECT_EQ(ErrorOf(debugged({"--agents", "2"})), "unknown flag: --agents");
  EXPECT_EQ(ErrorOf(PlanOf("", {"--no-break"})), "unknown flag: --no-break");
}

}  // namespace
}  // namespace loadctl::plan

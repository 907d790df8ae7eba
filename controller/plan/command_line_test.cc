#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/plan/plan.h"

namespace loadctl::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Result<CommandLine> Parse(std::vector<std::string> args) { return ParseRunCommandLine(args); }

std::string ErrorOf(std::vector<std::string> args) {
  const auto result = Parse(std::move(args));
  return result ? "no error" : result.error().message;
}

std::string RuntimeErrorOf(std::vector<std::string> args, const Environment& environment = {}) {
  const auto command_line = Parse(std::move(args));
  if (!command_line) return command_line.error().message;
  const auto result = ResolveRuntimeOptions(*command_line, environment);
  return result ? "no error" : result.error().message;
}

TEST(CommandLine, TakesFlagsOnBothSidesOfTheScript) {
  const auto line = Parse({"-u5", "a.js", "--iterations=10", "-d", "1m30s", "-w"}).value();
  EXPECT_EQ(line.script, "a.js");
  Options expected;
  expected.Set(&Options::vus, 5, Source::kFlag);
  expected.Set(&Options::iterations, 10, Source::kFlag);
  expected.Set(&Options::duration, std::chrono::seconds(90), Source::kFlag);
  expected.Set(&Options::throw_errors, true, Source::kFlag);
  EXPECT_EQ(line.options, expected);
}

TEST(CommandLine, ReadsShorthandsAsK6Does) {
  EXPECT_EQ(Parse({"-u=5", "a.js"})->options.vus, 5);
  EXPECT_EQ(Parse({"-qwu", "0x10", "a.js"})->options.vus, 16);
  EXPECT_EQ(Parse({"-qwu", "7", "a.js"})->options.throw_errors, true);
  EXPECT_EQ(Parse({"--no-setup=f", "a.js"})->options.Given(&Options::no_setup), false);
  EXPECT_EQ(Parse({"--", "-"})->script, "-");
  EXPECT_EQ(Parse({"-"})->script, "-");
  EXPECT_EQ(Parse({"--", "-u"})->script, "-u");
  EXPECT_EQ(Parse({"-u", "1", "-u", "2", "a.js"})->options.vus, 2);
}

TEST(CommandLine, FailsInTheWordsOfK6) {
  const std::string count =
      ": arg should either be \"-\", if reading script from stdin, or a path to a script file";
  EXPECT_EQ(ErrorOf({}), "accepts 1 arg(s), received 0" + count);
  EXPECT_EQ(ErrorOf({"a.js", "b.js"}), "accepts 1 arg(s), received 2" + count);
  EXPECT_EQ(ErrorOf({"--xx", "a.js"}), "unknown flag: --xx");
  EXPECT_EQ(ErrorOf({"-X", "a.js"}), "unknown shorthand flag: 'X' in -X");
  EXPECT_EQ(ErrorOf({"-qX", "a.js"}), "unknown shorthand flag: 'X' in -X");
  EXPECT_EQ(ErrorOf({"-=", "a.js"}), "unknown shorthand flag: '=' in -=");
  EXPECT_EQ(ErrorOf({"--=x", "a.js"}), "bad flag syntax: --=x");
  EXPECT_EQ(ErrorOf({"---vus", "1", "a.js"}), "bad flag syntax: ---vus");
  EXPECT_EQ(ErrorOf({"--vus"}), "flag needs an argument: --vus");
  EXPECT_EQ(ErrorOf({"-u"}), "flag needs an argument: 'u' in -u");
  EXPECT_EQ(ErrorOf({"-i", "foo", "a.js"}),
            "flag --iterations wants a whole number: invalid argument \"foo\" for \"-i, "
            "--iterations\" flag: strconv.ParseInt: parsing \"foo\": invalid syntax");
  EXPECT_EQ(ErrorOf({"--vus=", "a.js"}),
            "flag --vus wants a whole number: invalid argument \"\" for \"-u, --vus\" flag: "
            "strconv.ParseInt: parsing \"\": invalid syntax");
  EXPECT_EQ(ErrorOf({"-d", "1d", "a.js"}),
            "flag --duration wants a duration with its unit such as 1m30s: invalid argument \"1d\" "
            "for \"-d, --duration\" flag: time: unknown unit \"d\" in duration \"1d\"");
  EXPECT_EQ(ErrorOf({"--no-setup=foo", "a.js"}),
            "flag --no-setup wants true or false: invalid argument \"foo\" for \"--no-setup\" "
            "flag: strconv.ParseBool: parsing \"foo\": invalid syntax");
}

TEST(CommandLine, ChecksOptionValuesInTheWordsOfK6) {
  // The reason, without the flag and its form that come before it.
  const auto ErrorOf = [](std::vector<std::string> args) {
    const std::string error = loadctl::plan::ErrorOf(std::move(args));
    if (error == "no error") return error;
    EXPECT_THAT(error, testing::StartsWith("flag --"));
    const std::size_t form = error.find(": ");
    return error.substr(form == std::string::npos ? 0 : form + 2);
  };
  EXPECT_EQ(ErrorOf({"--tag", "a", "a.js"}), "error parsing tag 'a': invalid tag, empty value");
  EXPECT_EQ(ErrorOf({"--tag", "=", "a.js"}), "error parsing tag '=': invalid tag, empty name");
  EXPECT_EQ(ErrorOf({"--tag", "a=b", "--tag", "", "a.js"}),
            "error parsing tag '': invalid tag, empty string");
  EXPECT_EQ(ErrorOf({"--tag", "", "a.js"}), "no error");
  EXPECT_EQ(ErrorOf({"--summary-time-unit", "h", "a.js"}),
            "invalid summary time unit 'h', use 's', 'ms' or 'us'");
  EXPECT_EQ(ErrorOf({"--summary-trend-stats", "p(x)", "a.js"}),
            "invalid percentile trend stat value 'p(x)', provide a number between 0 and 100");
  EXPECT_EQ(ErrorOf({"--summary-trend-stats", "avg,foo", "a.js"}),
            "invalid trend stat 'foo', unknown format");
  EXPECT_EQ(ErrorOf({"--dns", "ttl", "a.js"}), "no value for key ttl");
  EXPECT_EQ(ErrorOf({"--dns", "foo=1", "a.js"}), "unknown DNS configuration field: foo");
  EXPECT_EQ(ErrorOf({"--dns", "select=x", "a.js"}), "x does not belong to DNSSelect values");
  EXPECT_EQ(Parse({"--dns", "select=x", "a.js"}).error().code, ErrorCode::kGeneric);
  EXPECT_EQ(ErrorOf({"-s", "x", "a.js"}), "error for stage 0: time: invalid duration \"x\"");
  EXPECT_EQ(ErrorOf({"-s", "1s:1,:5", "a.js"}), "stage 1 doesn't have a specified duration");
}

TEST(CommandLine, ReadsListsAndMaps) {
  const auto line = Parse({"--tag", "a=b=c", "--tag", "d=e", "--system-tags", "url,bogus",
                           "--summary-trend-stats", "\"p(9)\",max", "--dns", "ttl=0", "a.js"})
                        .value();
  EXPECT_THAT(line.options.tags, ElementsAre(Pair("a", "b=c"), Pair("d", "e")));
  EXPECT_THAT(line.options.system_tags, ElementsAre("url"));
  EXPECT_THAT(line.options.summary_trend_stats, ElementsAre("p(9)", "max"));
  EXPECT_EQ(line.options.dns, DnsOptions{"0"});
}

TEST(CommandLine, RefusesWhatThisBuildLacksByRow) {
  for (const auto& [flag, row] :
       std::vector<std::pair<std::string, std::string>>{{"--features=x", "features"}}) {
    for (const bool allow : {false, true}) {
      std::vector<std::string> args = {flag, "a.js"};
      if (allow) args.emplace_back("--allow-unsupported");
      const auto line = Parse(args);
      ASSERT_FALSE(line) << flag;
      EXPECT_EQ(line.error().code, ErrorCode::kInvalidConfig) << flag;
      EXPECT_THAT(line.error().message, HasSubstr("`" + row + "` of `loadctl help compat`"));
    }
  }
}

TEST(CommandLine, LetsHarmlessOnesPassWhenAsked) {
  EXPECT_EQ(Parse({"--console-output", "x", "a.js"}).error().code, ErrorCode::kInvalidConfig);
  const auto line = Parse({"--console-output", "x", "a.js", "--allow-unsupported"});
  ASSERT_TRUE(line) << line.error().message;
  // The warnings come with the plan, which is logged.
  const std::vector<std::string> exports = {"default"};
  const auto plan = MakePlan({"", exports, {{"K6_COMPATIBILITY_MODE", "base"}}, *line, "0.1.0"});
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(plan->warnings,
              ElementsAre(HasSubstr("variable K6_COMPATIBILITY_MODE is not yet supported and was"),
                          HasSubstr("flag --console-output is not yet supported and was ignored")));
}

TEST(CommandLine, TracesAreAnOutputWhoseSpansFindEachOther) {
  const std::vector<std::string> exports = {"default"};
  const auto line = Parse({"--traces-output", "otel=http://x", "a.js"});
  const auto plan = MakePlan({"", exports, {{"K6_TRACES_OUTPUT", "none"}}, *line, "0.1.0"});
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->outputs, std::vector<std::string>{"traces=otel=http://x"});
  EXPECT_TRUE(plan->options.system_tags.contains("vu") &&
              plan->options.system_tags.contains("iter"));
  const auto none =
      MakePlan({"", exports, {{"K6_TRACES_OUTPUT", "none"}}, *Parse({"a.js"}), "0.1.0"});
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_TRUE(none->outputs.empty());
  EXPECT_FALSE(none->options.system_tags.contains("iter"));
}

TEST(CommandLine, AcceptsValuesThatAskForNothing) {
  const auto line = Parse({"--rps=0", "--paused=false", "--linger=false", "--no-usage-report",
                           "--execution-segment=0:1", "--block-hostnames=", "a.js"});
  EXPECT_TRUE(line) << line.error().message;
}

TEST(CommandLine, ReadsOwnFlags) {
  const auto line = Parse({"--agents", "3", "--controller", "0.0.0.0:6570",
                           "--vus-per-isolate=auto", "--workers=4", "--max-heap", "512M",
                           "--vu-isolation", "compartment", "--on-agent-loss=abort", "--tls-cert",
                           "c", "--tls-key", "k", "--tls-ca", "ca", "--allow-unsupported", "a.js"})
                        .value();
  EXPECT_EQ(line.fleet.agents, 3);
  EXPECT_EQ(line.fleet.controller, "0.0.0.0:6570");
  EXPECT_EQ(line.fleet.vus_per_isolate, std::nullopt);
  EXPECT_EQ(line.fleet.workers, 4);
  EXPECT_EQ(line.fleet.max_heap, 512 << 20);
  EXPECT_EQ(line.fleet.vu_isolation, VuIsolation::kCompartment);
  EXPECT_EQ(line.fleet.tls_ca, "ca");
  EXPECT_TRUE(line.allow_unsupported);
  EXPECT_EQ(ErrorOf({"--agents", "0", "a.js"}),
            "invalid argument \"0\" for \"--agents\" flag: must be at least 1");
  EXPECT_EQ(
      ErrorOf({"--agents", "x", "a.js"}),
      "invalid argument \"x\" for \"--agents\" flag: must be auto or a whole number of 1 to 10000");
  EXPECT_EQ(
      ErrorOf({"--workers", "1e3", "a.js"}),
      "invalid argument \"1e3\" for \"--workers\" flag: must be auto or a whole number of 1 to "
      "1024");
  EXPECT_EQ(ErrorOf({"--max-heap", "5X", "a.js"}),
            "invalid argument \"5X\" for \"--max-heap\" flag: want a size such as 512M or 2G");
  EXPECT_THAT(ErrorOf({"--on-agent-loss", "continue", "a.js"}), HasSubstr("only \"abort\""));
  EXPECT_EQ(ErrorOf({"--vu-isolation", "realm", "a.js"}),
            "invalid argument \"realm\" for \"--vu-isolation\" flag: want context or compartment");
}

TEST(CommandLine, ShowsHelpWhateverElseIsMissing) {
  EXPECT_TRUE(Parse({"-h"})->help);
  EXPECT_TRUE(Parse({"a.js", "b.js", "--rps=5", "--help"})->help);
  EXPECT_EQ(ErrorOf({"--help", "--xx"}), "unknown flag: --xx");
  EXPECT_THAT(RunHelp(), HasSubstr("  -u, --vus int "));
  EXPECT_THAT(RunHelp(), HasSubstr("--vus-per-isolate auto|N"));
  for (std::size_t at = 0, end = 0; at < RunHelp().size(); at = end + 1) {
    end = RunHelp().find('\n', at);
    EXPECT_LE(end - at, 110U) << RunHelp().substr(at, end - at);
  }
}

TEST(RuntimeOptions, FillEnvByTheRuleOfK6) {
  const Environment environment = {{"FOO", "1"}, {"B", "old"}};
  const auto line = Parse({"-e", "A", "--env=B=2=3", "a.js"}).value();
  const auto runtime = ResolveRuntimeOptions(line, environment).value();
  EXPECT_THAT(runtime.env, ElementsAre(Pair("A", ""), Pair("B", "2=3"), Pair("FOO", "1")));
  EXPECT_THAT(runtime.option_variables, testing::SizeIs(3));
  const auto closed =
      Parse({"-e", "A", "--env=B=2", "--include-system-env-vars=false", "a.js"}).value();
  const auto without = ResolveRuntimeOptions(closed, environment).value();
  EXPECT_THAT(without.env, ElementsAre(Pair("A", ""), Pair("B", "2")));
  EXPECT_EQ(without.option_variables, environment);
}

TEST(RuntimeOptions, FailInTheWordsOfK6) {
  EXPECT_EQ(RuntimeErrorOf({"-e", "1a=2", "a.js"}), "invalid environment variable name '1a'");
  EXPECT_EQ(RuntimeErrorOf({"--compatibility-mode", "x", "a.js"}),
            "invalid compatibility mode \"x\". Use: \"extended\", \"base\", "
            "\"experimental_enhanced\"");
  EXPECT_EQ(RuntimeErrorOf({"--summary-mode", "x", "a.js"}),
            "invalid summary mode \"x\". Use: \"compact\", \"full\", \"disabled\"");
  EXPECT_EQ(RuntimeErrorOf({"--log-output", "x", "a.js"}), "unsupported log output 'x'");
  EXPECT_EQ(RuntimeErrorOf({"--log-output", "file", "a.js"}),
            "error while parsing logfile configuration key `file` with no value");
  EXPECT_EQ(RuntimeErrorOf({"--log-output", "file=", "a.js"}),
            "error while parsing logfile configuration key `file=` with no value");
  EXPECT_EQ(RuntimeErrorOf({"--log-output", "filex", "a.js"}),
            "logfile configuration should be in the form `file=path-to-local-file` but is `filex`");
  EXPECT_EQ(RuntimeErrorOf({"-t", "x", "a.js"}), "unknown or unspecified test type 'x' for 'a.js'");
  EXPECT_EQ(RuntimeErrorOf({"-e", "", "a.js"}), "no error");
  EXPECT_EQ(RuntimeErrorOf({"--log-output", "file=x,level=y", "a.js"}), "unknown log level y");
  EXPECT_EQ(RuntimeErrorOf({"--no-thresholds", "a.js"}, {{"K6_NO_THRESHOLDS", "x"}}),
            "env var 'K6_NO_THRESHOLDS' is not a valid boolean value: strconv.ParseBool: parsing "
            "\"x\": invalid syntax");
}

TEST(RuntimeOptions, RefuseWhatThisBuildLacks) {
  for (const auto& [args, environment] :
       std::vector<std::pair<std::vector<std::string>, Environment>>{
           {{"--compatibility-mode", "base"}, {}},
           {{}, {{"K6_WEB_DASHBOARD_TAGS", "a"}}},
           {{}, {{"K6_CLOUD_TOKEN", "x"}}},
           {{"-e", "K6_THRESHOLDS=x"}, {}}}) {
    std::vector<std::string> all = args;
    all.emplace_back("a.js");
    const auto result = ResolveRuntimeOptions(Parse(all).value(), environment);
    ASSERT_FALSE(result) << testing::PrintToString(args) << testing::PrintToString(environment);
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidConfig);
    EXPECT_THAT(result.error().message, HasSubstr("`loadctl help compat`"));
  }
  const auto allowed =
      ResolveRuntimeOptions(Parse({"--allow-unsupported", "--profiling-enabled", "a.js"}).value(),
                            {{"K6_CLOUD_TOKEN", "x"}, {"K6_UNHEARD_OF", "x"}});
  ASSERT_TRUE(allowed) << allowed.error().message;
  EXPECT_THAT(allowed->warnings, ElementsAre(HasSubstr("flag --profiling-enabled"),
                                             HasSubstr("variable K6_CLOUD_TOKEN")));
}

TEST(RuntimeOptions, KnowWhereTheAddressOfTheApiCameFrom) {
  const auto none = ResolveRuntimeOptions(Parse({"a.js"}).value(), {}).value();
  EXPECT_EQ(none.address, "");
  const Environment variable = {{"K6_ADDRESS", ":1"}};
  const auto from_variable = ResolveRuntimeOptions(Parse({"a.js"}).value(), variable).value();
  EXPECT_EQ(from_variable.address, ":1");
  EXPECT_FALSE(from_variable.address_is_flag);
  const auto from_flag =
      ResolveRuntimeOptions(Parse({"-a", "localhost:2", "a.js"}).value(), variable).value();
  EXPECT_EQ(from_flag.address, "localhost:2");
  EXPECT_TRUE(from_flag.address_is_flag);
}

TEST(RuntimeOptions, TakeFlagsBeforeVariables) {
  const Environment environment = {{"K6_SUMMARY_EXPORT", "env.json"},
                                   {"K6_NO_THRESHOLDS", "true"},
                                   {"K6_LOG_OUTPUT", "none"},
                                   {"K6_SUMMARY_MODE", "disabled"},
                                   {"NO_COLOR", ""}};
  auto runtime = ResolveRuntimeOptions(Parse({"a.js"}).value(), environment).value();
  EXPECT_EQ(runtime.summary_export, "env.json");
  EXPECT_TRUE(runtime.no_thresholds);
  EXPECT_TRUE(runtime.no_color);
  EXPECT_EQ(runtime.log_destination, LogDestination::kNone);
  EXPECT_EQ(runtime.summary_mode, SummaryMode::kDisabled);
  runtime = ResolveRuntimeOptions(
                Parse({"--summary-export=f.json", "--no-thresholds=false", "--no-color=0", "-qv",
                       "--log-output=file=a.log,level=error", "--summary-mode=compact", "a.js"})
                    .value(),
                environment)
                .value();
  EXPECT_EQ(runtime.summary_export, "f.json");
  EXPECT_FALSE(runtime.no_thresholds);
  EXPECT_FALSE(runtime.no_color);
  EXPECT_TRUE(runtime.quiet);
  EXPECT_TRUE(runtime.verbose);
  EXPECT_EQ(runtime.log_destination, LogDestination::kFile);
  EXPECT_EQ(runtime.log_file, "a.log");
  EXPECT_EQ(runtime.log_level, "error");
  EXPECT_EQ(runtime.summary_mode, SummaryMode::kCompact);
}

}  // namespace
}  // namespace loadctl::plan

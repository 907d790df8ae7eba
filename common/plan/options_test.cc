#include "common/plan/options.h"

#include <gtest/gtest.h>

namespace loadctl::plan {
namespace {

using namespace std::chrono_literals;

Options Everything() {
  Options options;
  Scenario scenario;
  scenario.name = "default";
  scenario.executor = ConstantVus{3, 10s};
  options.scenarios = {scenario};
  options.thresholds = {
      {"http_req_duration{status:200}", {{"p(95)<200", true, 10s}, {"avg<1", false, 0s}}}};
  options.setup_timeout = 1s;
  options.no_teardown = options.throw_errors = options.max_redirects_set = true;
  options.user_agent = "loadctl/0.1.0";
  options.batch = 7;
  options.dns = {std::nullopt, DnsSelect::kRoundRobin, DnsPolicy::kAny};
  options.summary_trend_stats = {"avg", "p(99.9)"};
  options.summary_time_unit = "ms";
  options.system_tags = {"url", "vu"};
  options.tags = {{"a", "b"}};
  return options;
}

TEST(Options, SurviveTheWire) {
  EXPECT_EQ(OptionsFromJson(OptionsToJson(Options{})).value(), Options{});
  EXPECT_EQ(OptionsFromJson(OptionsToJson(Everything())).value(), Everything());
}

TEST(Options, OfAnotherFormAreRefusedByName) {
  EXPECT_EQ(OptionsFromJson("5").error().message, "options is not an object");
  EXPECT_EQ(OptionsFromJson("{}").error().message, "options.scenarios is not a list");
  EXPECT_EQ(OptionsFromJson("").error().code, ErrorCode::kInvalidConfig);
  std::string json = OptionsToJson(Everything());
  json.replace(json.find("\"batch\":7"), 9, "\"batch\":\"");
  json.replace(json.find("\"batch\":\""), 9, "\"batch\":\"7\"");
  EXPECT_EQ(OptionsFromJson(json).error().message, "options.batch is not an integer");
}

TEST(Dns, NamesAreReadAsK6ReadsThem) {
  for (const DnsSelect select : {DnsSelect::kFirst, DnsSelect::kRoundRobin, DnsSelect::kRandom}) {
    EXPECT_EQ(ParseDnsSelect(DnsSelectName(select)).value(), select);
  }
  for (const DnsPolicy policy : {DnsPolicy::kPreferIpv4, DnsPolicy::kPreferIpv6,
                                 DnsPolicy::kOnlyIpv4, DnsPolicy::kOnlyIpv6, DnsPolicy::kAny}) {
    EXPECT_EQ(ParseDnsPolicy(DnsPolicyName(policy)).value(), policy);
  }
  EXPECT_EQ(ParseDnsSelect("x").error().message, "x does not belong to DNSSelect values");
  EXPECT_EQ(ParseDnsPolicy("ONLYIPV4").error().message,
            "ONLYIPV4 does not belong to DNSPolicy values");
}

}  // namespace
}  // namespace loadctl::plan

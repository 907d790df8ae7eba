#include "common/plan/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace loadctl::plan {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Sets every row to something that is not its default, from one source or another.
Options Everything() {
  Options options;
  Scenario scenario;
  scenario.name = "default";
  scenario.executor = ConstantVus{3, 10s};
  scenario.given = {"vus", "duration"};
  options.scenarios = {scenario};
  options.stages = {{1s, std::nullopt}, {std::nullopt, 3}};
  options.thresholds = {{"http_req_duration{status:200}",
                         {{"p(95)<200", true, 10s}, {"avg<1", false, std::nullopt}}}};
  options.duration = options.setup_timeout = options.teardown_timeout =
      options.handle_summary_timeout = options.min_iteration_duration = 1s;
  options.vus = options.iterations = options.rps = options.batch = options.batch_per_host =
      options.max_redirects = options.metric_samples_buffer_size = 7;
  options.max_response_body = options.connections_per_host = options.out_max_series = 7;
  options.connection_reuse = "shared";
  options.out_metrics = options.out_tags = {"a*", "!b"};
  options.connection_max_age = options.connection_idle_timeout = options.warmup = 1s;
  options.http_version = "2";
  options.user_agent = "loadctl/0.1.0";
  options.http_debug = "full";
  options.execution_segment = "1/2:1";
  options.execution_segment_sequence = "0,1/2,1";
  options.dns = {"0", DnsSelect::kRoundRobin, DnsPolicy::kAny};
  options.hosts = {{"*.a:80", {"::1", 443}}, {"b", {"1.2.3.4", 0}}, {"c", {"unix:/d", 0}}};
  options.tls_version = {"tls1.2", ""};
  options.tls_cipher_suites = options.blacklist_ips = options.block_hostnames =
      options.features = {"x", "y"};
  options.tls_auth = {{"c", "k", "p", {{"*.d"}}}, {"c", "k", std::nullopt, std::nullopt}};
  options.cloud.text = options.ext.text = R"({"a":[1,null]})";
  options.summary_trend_stats = {"avg", "p(99.9)"};
  options.summary_time_unit = "ms";
  options.system_tags = {"url", "vu"};
  options.tags = {{"a", "\xFF"}};
  options.har = options.console_output = options.local_ips = "z";
  ForEachOption(
      [](const Setting& row, const auto& slot) {
        slot.source = row.flag.empty() ? Source::kScript : Source::kFlag;
        if constexpr (std::is_same_v<decltype(slot.value), bool&>) slot.value = true;
      },
      options);
  return options;
}

TEST(Options, SurviveTheWire) {
  EXPECT_EQ(OptionsFromJson(OptionsToJson(Options{})).value(), Options{});
  const Options all = Everything();
  static const Options kDefaults;
  Options travelling;  // what concerns the program alone does not travel
  ForEachOption(
      [](const Setting& row, const auto& from, const auto& to, const auto& usual) {
        if (row.scope != Scope::kConfig) {
          to.value = from.value;
          to.source = from.source;
          EXPECT_FALSE(from.value == usual.value) << row.key;
        }
      },
      all, travelling, kDefaults);
  EXPECT_EQ(OptionsFromJson(OptionsToJson(all)).value(), travelling);
}

TEST(Options, OfAnotherFormAreRefusedByName) {
  EXPECT_EQ(OptionsFromJson("5").error().message, "options is not an object");
  EXPECT_EQ(OptionsFromJson("").error().code, ErrorCode::kInvalidConfig);
  const auto error = [](std::string_view json) { return OptionsFromJson(json).error().message; };
  EXPECT_EQ(error(R"({"batches":{"value":7,"from":"flag"}})"), "options.batches is not known here");
  EXPECT_EQ(error(R"({"linger":{"value":true,"from":"flag"}})"),
            "options.linger is not known here");
  EXPECT_EQ(error(R"({"batch":7})"), "options.batch is not an object");
  EXPECT_EQ(error(R"({"batch":{"value":"7","from":"flag"}})"),
            "options.batch.value is not an integer");
  EXPECT_EQ(error(R"({"batch":{"value":7,"from":"moon"}})"),
            "options.batch.from 'moon' is not known");
  EXPECT_EQ(error(R"({"batch":{"value":7,"from":"flag","more":1}})"),
            "options.batch.more is not known here");
  EXPECT_THAT(error(R"({"dns":{"value":{"ttl":"x"},"from":"flag"}})"),
              HasSubstr("options.dns.value invalid DNS TTL: x"));
  EXPECT_THAT(error(R"({"hosts":{"value":{"a":{"address":"::1","port":65536}},"from":"flag"}})"),
              HasSubstr("options.hosts.value a has no port"));
}

TEST(Options, KnowWhoSetThem) {
  Options options;
  EXPECT_EQ(options.Given(&Options::batch), std::nullopt);
  EXPECT_EQ(options.batch, 20);
  options.Set(&Options::batch, 20, Source::kFlag);
  EXPECT_EQ(options.Given(&Options::batch), 20);
  EXPECT_EQ(options.SourceOf(&Options::batch), Source::kFlag);
  EXPECT_FALSE(options.IsSet(&Options::batch_per_host));
}

std::string Slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A row that works without anybody reading it would be an option that is dropped silently.
TEST(Options, ThatWorkAreReadByTheirOwners) {
  std::map<std::string, std::string> folders;
  const std::map<std::string, std::string> members = [] {
    std::map<std::string, std::string> out;
#define OPTION(type, member, default_value, ...) \
  out.emplace(std::string(Setting{__VA_ARGS__}.key), #member);
    using enum Scope;
    using enum ValueType;
    using enum Support;
    using enum Layering;
#include "common/plan/options.inc"  // NOLINT(bugprone-suspicious-include): the rows
#undef OPTION
    return out;
  }();
  for (const Setting& row : OptionRows()) {
    if (row.support != Support::kWorks || row.owner.empty()) {
      // Accepted, and nothing to do: k6's own services.
      EXPECT_TRUE(row.support != Support::kWorks || row.key == "noUsageReport" ||
                  row.key == "noArchiveUpload" || row.key == "collectors")
          << row.key << " has no owner";
      continue;
    }
    std::string& sources = folders[std::string(row.owner)];
    if (sources.empty()) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(row.owner)) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(".cc") && name.find("_test") == std::string::npos)
          sources += Slurp(entry.path());
      }
    }
    const std::string& member = members.at(std::string(row.key));
    EXPECT_TRUE(sources.find("." + member) != std::string::npos ||
                sources.find("Options::" + member) != std::string::npos)
        << row.owner << " does not read " << member;
  }
}

TEST(Options, AreShownAsK6ShowsThem) {
  Options options;
  EXPECT_THAT(ShownOptions(options, OptionsView::kScript),
              HasSubstr(R"("dns":{"ttl":null,"select":null,"policy":null},"maxRedirects":null)"));
  EXPECT_EQ(ShownOptions(options, OptionsView::kWritten),
            R"x({"summaryTrendStats":["avg","min","med","max","p(90)","p(95)"],"systemTags":)x"
            R"(["check","error","error_code","expected_response","group","method","name","proto",)"
            R"("scenario","service","status","subproto","tls_version","url"]})");
  options.Set(&Options::vus, 3, Source::kFlag);
  options.Set(&Options::setup_timeout, 90s, Source::kVariable);
  options.Set(&Options::console_output, "f", Source::kFlag);
  options.summary_trend_stats.clear();
  options.system_tags.clear();
  EXPECT_EQ(ShownOptions(options, OptionsView::kWritten),
            R"({"vus":3,"setupTimeout":"1m30s","summaryTrendStats":[],"systemTags":null})");
  const std::string execution = ShownOptions(options, OptionsView::kExecution);
  EXPECT_THAT(execution, testing::StartsWith(R"({"paused":null,"scenarios":null,)"));
  EXPECT_THAT(execution, testing::EndsWith(R"("consoleOutput":"f","localIPs":null})"));
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

TEST(Dns, TheTimeToLiveIsReadWhenItIsAskedFor) {
  EXPECT_EQ(DnsOptions().Ttl().value(), 5min);
  EXPECT_EQ(DnsOptions{"inf"}.Ttl().value(), std::nullopt);
  EXPECT_EQ(DnsOptions{"90"}.Ttl().value(), 90ms);
  EXPECT_EQ(DnsOptions{"-1s"}.Ttl().error().message, "invalid DNS TTL: -1s");
}

}  // namespace
}  // namespace loadctl::plan

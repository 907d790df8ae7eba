#include "controller/cli/controller_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

namespace loadctl::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Result<ControllerOptions> Read(const std::vector<std::string>& arguments) {
  return ReadControllerOptions(arguments);
}

std::string Problem(const std::vector<std::string>& arguments) {
  const auto options = Read(arguments);
  return options ? "" : options.error().message;
}

TEST(ControllerOptions, HaveDefaults) {
  const auto options = Read({});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->listen, "127.0.0.1:6566");
  EXPECT_THAT(options->metrics_address, IsEmpty());
  EXPECT_THAT(options->web_address, IsEmpty());
  EXPECT_THAT(options->allowed_agents, IsEmpty());
  EXPECT_TRUE(options->tls->Current().plaintext());
}

TEST(ControllerOptions, PlaintextIsForThisMachineOnly) {
  EXPECT_THAT(Problem({"--listen", "0.0.0.0:6566"}), HasSubstr("tls-cert"));
  EXPECT_THAT(Problem({"--listen", "unix:/run/loadctl.sock"}), IsEmpty());
  EXPECT_THAT(Problem({"--listen", "nowhere"}), HasSubstr("--listen"));
  EXPECT_THAT(Problem({"--metrics-address", "nowhere"}), HasSubstr("--metrics-address"));
}

TEST(ControllerOptions, NamesAreOfThoseWhoHaveOne) {
  EXPECT_THAT(Problem({"--allow-agents", "a,b"}), HasSubstr("join tokens"));
  const auto options = Read({"--allow-agents", "a,loadctl agent", "--join-tokens", "tokens"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_THAT(options->allowed_agents, ElementsAre("a", "loadctl agent"));
  EXPECT_THAT(Problem({"--allow-agents", "a,,b", "--join-tokens", "tokens"}),
              HasSubstr("--allow-agents: \"\" is no name of an agent"));
}

TEST(ControllerOptions, WrongWordsNameTheFlag) {
  EXPECT_THAT(Problem({"--log-format", "xml"}), HasSubstr("--log-format must be text or json"));
  EXPECT_THAT(Problem({"--metrics-address", "127.0.0.1:9", "--metrics-tls", "maybe"}),
              HasSubstr("--metrics-tls must be auto, on or off"));
  EXPECT_THAT(Problem({"--metrics-address", "127.0.0.1:9", "--metrics-tls", "on"}),
              HasSubstr("there are no certificates"));
  EXPECT_THAT(Problem({"--lisen", "x"}), HasSubstr("--lisen"));
}

TEST(ControllerOptions, EveryQuotaHasAFlagWithABound) {
  for (const auto& row : fleet::QuotaRows()) {
    const std::string flag = "--" + std::string(row.key);
    EXPECT_THAT(Problem({flag, "-1"}), HasSubstr(row.key)) << flag;
    EXPECT_THAT(Problem({flag, "99999999999999999999"}), HasSubstr(row.key)) << flag;
    EXPECT_THAT(Problem({flag, "many"}), HasSubstr(row.key)) << flag;
    EXPECT_THAT(ControllerHelp(), HasSubstr(flag));
  }
}

TEST(ControllerOptions, AFlagWinsOverTheFileWhichNamesItsLines) {
  const std::string path = testing::TempDir() + "controller.yaml";
  std::ofstream(path) << "listen: 127.0.0.1:1\nlog-format: json\n";
  const auto options = Read({"--daemon-config", path, "--listen", "127.0.0.1:2"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->listen, "127.0.0.1:2");
  EXPECT_EQ(options->log_format, "json");
  std::ofstream(path) << "listen: 127.0.0.1:1\nlisten-to: x\n";
  EXPECT_THAT(Problem({"--daemon-config", path}), HasSubstr(path + ":2"));
  unlink(path.c_str());
}

}  // namespace
}  // namespace loadctl::cli

#include "common/daemon/config_file.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace loadctl::daemon {
namespace {

constexpr std::array<std::string_view, 3> kKeys = {"listen", "tls-cert", "daemon-config"};

std::string ErrorOf(const std::string& text) {
  const auto settings = ParseConfig(text, "f.yaml", kKeys);
  return settings ? "" : settings.error().message;
}

TEST(ConfigFile, ReadsKeysAndComments) {
  const auto settings =
      ParseConfig("# ours\nlisten: 127.0.0.1:1  # here\ntls-cert: 'a b'\n", "f", kKeys);
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->at("listen"), "127.0.0.1:1");
  EXPECT_EQ(settings->at("tls-cert"), "a b");
  EXPECT_TRUE(ParseConfig("", "f", kKeys)->empty());
}

TEST(ConfigFile, ErrorsNameFileAndLine) {
  EXPECT_EQ(ErrorOf("listen: a\n\nlisten2: b\n"),
            "f.yaml:3: unknown key \"listen2\"; known are listen, tls-cert");
  EXPECT_EQ(ErrorOf("listen: a\nlisten: b\n"), "f.yaml:2: the key \"listen\" is repeated");
  EXPECT_EQ(ErrorOf("listen:\n  - a\n"), "f.yaml:2: the value of \"listen\" must be plain text");
  EXPECT_EQ(ErrorOf("- listen\n"), "f.yaml:1: expected `key: value` lines");
  EXPECT_EQ(ErrorOf("daemon-config: other.yaml\n"),
            "f.yaml:1: unknown key \"daemon-config\"; known are listen, tls-cert");
  EXPECT_EQ(ErrorOf("a: 1\n---\nb: 2\n"), "f.yaml: it must hold one YAML document");
  EXPECT_EQ(ErrorOf("listen: [").substr(0, 9), "f.yaml:1:");
}

TEST(DaemonFlags, FormsOfFlags) {
  const auto read = [](std::vector<std::string> arguments) {
    return ReadDaemonFlags(arguments, kKeys);
  };
  EXPECT_EQ(read({"--listen", "a:1"})->at("listen"), "a:1");
  EXPECT_EQ(read({"--listen=a:1", "--tls-cert="})->at("listen"), "a:1");
  EXPECT_EQ(read({"--nothing"}).error().message, "unknown flag: --nothing");
  EXPECT_EQ(read({"--listen"}).error().message, "flag needs an argument: --listen");
  EXPECT_EQ(read({"x"}).error().message, "unexpected argument: x");
}

}  // namespace
}  // namespace loadctl::daemon

#include "common/text/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace loadctl::text {
namespace {

using testing::ElementsAre;

constexpr Flag kFlags[] = {{"vus", 'u', "N", "number of VUs"},
                           {"env", 'e', "VAR=value", "a variable"},
                           Switch("quiet", 'q', "say nothing"),
                           Switch("verbose", 'v', "say more"),
                           {"debug", 0, "WHAT", "show requests", "headers"},
                           {"hidden", 0, "N"}};

Result<GivenFlags> Parse(const std::vector<std::string>& arguments) {
  return ParseFlags(kFlags, arguments);
}

std::string ErrorOf(const std::vector<std::string>& arguments) {
  const auto parsed = Parse(arguments);
  return parsed ? "" : parsed.error().message;
}

TEST(Flags, TakeValuesInEveryForm) {
  for (const std::vector<std::string>& line : std::vector<std::vector<std::string>>{
           {"--vus", "5"}, {"--vus=5"}, {"-u", "5"}, {"-u5"}, {"-u=5"}, {"-qu5"}, {"-u1", "-u5"}})
    EXPECT_EQ(Parse(line)->Last("vus"), "5") << line[0];
  const auto all = Parse({"-e", "A=1", "x", "--env=B=2", "-qv", "-", "--debug", "--", "--vus"});
  EXPECT_THAT(all->All("env"), ElementsAre("A=1", "B=2"));
  EXPECT_THAT(all->arguments(), ElementsAre("x", "-", "--vus"));
  EXPECT_TRUE(all->IsOn("quiet"));
  EXPECT_TRUE(all->IsOn("verbose"));
  EXPECT_EQ(all->Last("debug"), "headers");
  EXPECT_FALSE(all->Has("vus"));
  EXPECT_EQ(all->Last("vus", "1"), "1");
}

TEST(Flags, SwitchesCanBeTurnedOff) {
  EXPECT_FALSE(Parse({"--quiet=false"})->IsOn("quiet"));
  EXPECT_FALSE(Parse({})->IsOn("quiet"));
  EXPECT_EQ(ErrorOf({"--quiet=maybe"}),
            "invalid argument \"maybe\" for \"-q, --quiet\" flag: strconv.ParseBool: parsing "
            "\"maybe\": invalid syntax");
}

TEST(Flags, AreRefusedInTheWordsOfPflag) {
  EXPECT_EQ(ErrorOf({"--zzz"}), "unknown flag: --zzz");
  EXPECT_EQ(ErrorOf({"--vsu=1"}), "unknown flag: --vsu; did you mean \"--vus\"?");
  EXPECT_EQ(ErrorOf({"--hiden=1"}), "unknown flag: --hiden");
  EXPECT_EQ(ErrorOf({"-qx"}), "unknown shorthand flag: 'x' in -x");
  EXPECT_EQ(ErrorOf({"--vus"}), "flag needs an argument: --vus");
  EXPECT_EQ(ErrorOf({"-u"}), "flag needs an argument: 'u' in -u");
  EXPECT_EQ(ErrorOf({"--=x"}), "bad flag syntax: --=x");
}

TEST(Flags, AreCheckedInTheirOrder) {
  std::vector<std::string> seen;
  const auto check = [&](const Flag& flag, std::string_view value) -> Result<void> {
    seen.push_back(std::string(flag.name) + "=" + std::string(value));
    if (value == "bad") return Fail(WrongValue(flag, value, "no"));
    return {};
  };
  const std::vector<std::string> line = {"-q", "-u", "bad", "--zzz"};
  const auto parsed = ParseFlags(kFlags, line, check);
  EXPECT_THAT(seen, ElementsAre("quiet=true", "vus=bad"));
  EXPECT_EQ(parsed.error().message, "invalid argument \"bad\" for \"-u, --vus\" flag: no");
}

TEST(Flags, AreDescribedInTwoColumns) {
  constexpr Flag kTwo[] = {
      {"address", 'a', "HOST:PORT",
       "of the test's REST API, such as localhost:6565, where the test does not "
       "run on this machine"},
      Switch("help", 'h', "this text"),
      {"secret", 0, "N"}};
  EXPECT_EQ(DescribeFlags(kTwo),
            "  -a, --address HOST:PORT  of the test's REST API, such as localhost:6565, where the "
            "test does not\n"
            "                           run on this machine\n"
            "  -h, --help               this text\n");
}

}  // namespace
}  // namespace loadctl::text

#include "common/text/name_filter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace loadctl::text {
namespace {

TEST(NameFilter, PatternsFitWholeNames) {
  for (const auto& [name, pattern, fits] : std::vector<std::tuple<const char*, const char*, bool>>{
           {"", "", true},
           {"", "*", true},
           {"a", "", false},
           {"vus", "vus", true},
           {"vus_max", "vus", false},
           {"vus_max", "vus*", true},
           {"vus_max", "*max", true},
           {"vus_max", "*_*", true},
           {"http_req_duration", "http_*_dur*", true},
           {"http_req_duration", "http_*_dur", false},
           {"aab", "*ab", true},
           {"abab", "a*ab*b", false},
           {"abcab", "a*ab*", true},
           {"x", "**", true}}) {
    EXPECT_EQ(FitsPattern(name, pattern), fits) << name << " " << pattern;
  }
  // No pattern takes long, whoever wrote it.
  EXPECT_FALSE(FitsPattern(std::string(20'000, 'a'), "*a*a*a*a*a*a*a*a*a*a*a*a*b"));
}

TEST(NameFilter, DeniesBeforeItAllows) {
  const auto wants = [](std::vector<std::string> patterns, const char* name) {
    return NameFilter::Make(patterns).value().Wants(name);
  };
  EXPECT_TRUE(wants({}, "vus"));
  EXPECT_TRUE(wants({"vus"}, "vus"));
  EXPECT_FALSE(wants({"vus"}, "vus_max"));
  EXPECT_TRUE(wants({"!vus"}, "vus_max"));
  EXPECT_FALSE(wants({"!vus"}, "vus"));
  EXPECT_TRUE(wants({"http_*", "!http_req_blocked"}, "http_reqs"));
  EXPECT_FALSE(wants({"http_*", "!http_req_blocked"}, "http_req_blocked"));
  EXPECT_FALSE(wants({"!vus", "vus"}, "vus"));
  EXPECT_TRUE(NameFilter().all());
  EXPECT_FALSE(NameFilter::Make(std::vector<std::string>{"a"})->all());
}

TEST(NameFilter, RefusesWhatIsNoPattern) {
  EXPECT_EQ(NameFilter::Make(std::vector<std::string>{""}).error().message,
            "'' is no name and no pattern");
  EXPECT_FALSE(NameFilter::Make(std::vector<std::string>{"vus", "!"}));
  EXPECT_FALSE(NameFilter::Make(std::vector<std::string>(1001, "a")));
}

}  // namespace
}  // namespace loadctl::text

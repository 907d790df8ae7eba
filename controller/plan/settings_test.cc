#include "controller/plan/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "controller/plan/values.h"

namespace loadctl::plan {
namespace {

/// Rows of docs/compatibility.md of options, flags and variables: the first column's name
/// and the last column.
std::map<std::string, std::string> CompatibilityRows() {
  std::ifstream file("docs/compatibility.md");
  EXPECT_TRUE(file) << "tests run in the root of the tree";
  std::map<std::string, std::string> rows;
  bool wanted = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## "))
      wanted = line != "## Commands" && line != "## Outputs" && line != "## JavaScript API";
    if (!wanted || !line.starts_with("| `")) continue;
    const std::size_t end = line.find('`', 3);
    std::size_t last = line.size() - 1;
    while (last > 0 && line[last] != '|') --last;
    const std::size_t first = line.rfind("| ", last - 1) + 2;
    rows[line.substr(3, end - 3)] = line.substr(first, last - first);
  }
  return rows;
}

TEST(Settings, HaveARowOfTheRightStateInTheDocumentation) {
  const auto rows = CompatibilityRows();
  for (const Setting& setting : Settings()) {
    const auto row = rows.find(setting.Row());
    ASSERT_NE(row, rows.end()) << setting.Row();
    const bool refused =
        setting.support == Support::kHarmless || setting.support == Support::kUnsupported;
    if (setting.accepted.empty()) {
      EXPECT_EQ(row->second.starts_with("not yet"), refused) << setting.Row();
    }
    if (setting.support == Support::kHarmless) {
      EXPECT_THAT(row->second, testing::HasSubstr("harmless")) << setting.Row();
    } else {
      EXPECT_THAT(row->second, testing::Not(testing::HasSubstr("harmless"))) << setting.Row();
    }
  }
}

TEST(Settings, NameEveryFlagAndKeyOnce) {
  std::set<std::string_view> flags;
  std::set<std::string_view> keys;
  std::set<std::string_view> variables;
  std::set<char> letters;
  for (const Setting& setting : Settings()) {
    EXPECT_TRUE(setting.flag.empty() || flags.insert(setting.flag).second) << setting.flag;
    EXPECT_TRUE(setting.key.empty() || keys.insert(setting.key).second) << setting.key;
    EXPECT_TRUE(setting.env.empty() || variables.insert(setting.env).second) << setting.env;
    EXPECT_TRUE(setting.shorthand == 0 || letters.insert(setting.shorthand).second);
    EXPECT_FALSE(setting.Row().empty());
    EXPECT_EQ(setting.flag.empty(), setting.help.empty()) << setting.Row();
  }
}

TEST(Settings, AreFoundIgnoringCaseAsInGo) {
  EXPECT_EQ(FindOption("VUS"), FindOption("vus"));
  EXPECT_EQ(FindOption("consoleOutput"), nullptr) << "not an option of scripts";
  EXPECT_EQ(FindOption("linger"), nullptr);
  EXPECT_NE(FindFlag("linger"), nullptr);
  EXPECT_EQ(FindFlag(""), nullptr);
}

TEST(Csv, IsSplitAsGoSplitsIt) {
  using testing::ElementsAre;
  EXPECT_THAT(SplitCsv("").value(), testing::IsEmpty());
  EXPECT_THAT(SplitCsv("a,b,").value(), ElementsAre("a", "b", ""));
  EXPECT_THAT(SplitCsv("\"a,b\",\"c\"\"d\"").value(), ElementsAre("a,b", "c\"d"));
  EXPECT_EQ(SplitCsv("a\"b").error().message,
            "parse error on line 1, column 2: bare \" in non-quoted-field");
  EXPECT_FALSE(SplitCsv("\"a"));
  EXPECT_FALSE(SplitCsv("\"a\"b"));
}

TEST(Bytes, TakeUnits) {
  EXPECT_EQ(ParseBytes("512").value(), 512);
  EXPECT_EQ(ParseBytes("512M").value(), 512LL << 20);
  EXPECT_EQ(ParseBytes("2GiB").value(), 2LL << 30);
  EXPECT_EQ(ParseBytes("4KB").value(), 4096);
  for (const char* bad :
       {"", "M", "-1", "0", "1T", "1iB", "99999999999999999999", "1125899906842625G"}) {
    EXPECT_FALSE(ParseBytes(bad)) << bad;
  }
}

}  // namespace
}  // namespace loadctl::plan

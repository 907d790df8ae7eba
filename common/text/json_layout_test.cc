#include "common/text/json_layout.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace loadctl::text {
namespace {

std::vector<std::string> Elements(std::string_view array) {
  const auto starts = ElementsOfJson(array);
  std::vector<std::string> out;
  for (std::size_t i = 0; i + 1 < starts.size(); ++i)
    out.emplace_back(ElementOfJson(array, starts[i], starts[i + 1]));
  return out;
}

TEST(JsonLayout, TakesWhatJsonParseTakes) {
  for (const char* text : {"1", "-1.5e-3", "[]", "{}", " [ 1 , [ ] , { } ] ",
                           "{\"a\":{\"b\":[null,true,false]}}", "\"\\u20aC\\\"\\/\"", "0", "-0.5",
                           "\"\"", "1E+22", "[\"\xe2\x82\xac\"]", "{\"a\" :\t1,\r\n\"a\":2}"})
    EXPECT_TRUE(IsPlainJson(text)) << text;
  for (const char* text : {"",
                           " ",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "1e",
                           "[1,]",
                           "[,1]",
                           "[1",
                           "1]",
                           "[1}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{a:1}",
                           "{\"a\":1,}",
                           "'a'",
                           "\"a",
                           "\"\t\"",
                           "\"\\x41\"",
                           "\"\\u12\"",
                           "nul",
                           "nulll",
                           "NaN",
                           "[] []",
                           "\xef\xbb\xbf[]",
                           "{1:1}",
                           "[\"a\" \"b\"]",
                           "[1 2]",
                           "\xc2\xa0[]",
                           "-",
                           "--1",
                           "]",
                           "{]",
                           "{\"a\":1 \"b\":2}"})
    EXPECT_FALSE(IsPlainJson(text)) << text;
}

TEST(JsonLayout, LeavesNumbersThatWritingWouldChange) {
  for (const char* text : {"-0", "-0.0", "-0e5", "1e400", "1e-400", "-1e-400", "[-0]", "1e100"})
    EXPECT_FALSE(IsPlainJson(text)) << text;
  EXPECT_FALSE(IsPlainJson(std::string(400, '9')));
  EXPECT_FALSE(IsPlainJson("-0." + std::string(400, '0') + "1"));
}

TEST(JsonLayout, TakesSomeDepthAndNoMore) {
  EXPECT_TRUE(IsPlainJson(std::string(1'000, '[') + std::string(1'000, ']')));
  EXPECT_FALSE(IsPlainJson(std::string(100'000, '[') + std::string(100'000, ']')));
}

TEST(JsonLayout, KnowsTheElementsOfAnArray) {
  EXPECT_EQ(Elements("[]"), std::vector<std::string>{});
  EXPECT_EQ(Elements(" [ ] "), std::vector<std::string>{});
  EXPECT_EQ(Elements("[1]"), std::vector<std::string>{"1"});
  EXPECT_EQ(Elements(" [ 1 ,\n\"a,]\" , [2, 3] ,{\"b\": [ ]}\n] "),
            (std::vector<std::string>{"1", "\"a,]\"", "[2, 3]", "{\"b\": [ ]}"}));
}

TEST(JsonLayout, KnowsTheMembersOfAnObject) {
  constexpr char kObject[] = " { \"a\" : [1, 2] , \"b\":{\"a\":3}, \"b\": 4 }";
  EXPECT_EQ(MemberOfJson(kObject, "a").value, "[1, 2]");
  EXPECT_EQ(MemberOfJson(kObject, "b").value, "4");
  EXPECT_EQ(MemberOfJson(kObject, "c").value, "");
  EXPECT_TRUE(MemberOfJson(kObject, "c").known);
  EXPECT_EQ(MemberOfJson("{}", "c").value, "");
  EXPECT_FALSE(MemberOfJson(R"({"\u0061":1})", "a").known);
}

}  // namespace
}  // namespace loadctl::text

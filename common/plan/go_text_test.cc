#include "common/plan/go_text.h"

#include <gtest/gtest.h>

namespace loadctl::plan {
namespace {

TEST(QuoteGo, EscapesAsGoDoes) {
  EXPECT_EQ(QuoteGo("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(QuoteGo("\n\t\a\r"), R"("\n\t\a\r")");
  EXPECT_EQ(QuoteGo(std::string_view("\0\x7F\xFF", 3)), R"("\x00\x7f\xff")");
  EXPECT_EQ(QuoteGo("\xC3\xA9\xE2\x82\xAC"), "\"\xC3\xA9\xE2\x82\xAC\"");
  EXPECT_EQ(QuoteGo("\xC2\x85"), R"("\u0085")");
}

TEST(ParseGoInt, ReadsDecimalsAndPrefixes) {
  EXPECT_EQ(ParseGoInt("-42").value(), -42);
  EXPECT_EQ(ParseGoInt("+7").value(), 7);
  EXPECT_EQ(ParseGoInt("010").value(), 10);
  EXPECT_EQ(ParseGoInt("-9223372036854775808").value(), INT64_MIN);
  EXPECT_EQ(ParseGoInt("0x1F", IntegerBase::kPrefix).value(), 31);
  EXPECT_EQ(ParseGoInt("010", IntegerBase::kPrefix).value(), 8);
  EXPECT_EQ(ParseGoInt("0b11", IntegerBase::kPrefix).value(), 3);
  EXPECT_EQ(ParseGoInt("1_000", IntegerBase::kPrefix).value(), 1000);
  EXPECT_EQ(ParseGoInt("0", IntegerBase::kPrefix).value(), 0);
}

TEST(ParseGoInt, FailsInTheWordsOfGo) {
  EXPECT_EQ(ParseGoInt("x").error().message, "strconv.ParseInt: parsing \"x\": invalid syntax");
  EXPECT_EQ(ParseGoInt("").error().message, "strconv.ParseInt: parsing \"\": invalid syntax");
  EXPECT_EQ(ParseGoInt("9223372036854775808").error().message,
            "strconv.ParseInt: parsing \"9223372036854775808\": value out of range");
  EXPECT_FALSE(ParseGoInt("1_000"));
  EXPECT_FALSE(ParseGoInt("_1", IntegerBase::kPrefix));
  EXPECT_FALSE(ParseGoInt("1__0", IntegerBase::kPrefix));
  EXPECT_FALSE(ParseGoInt("0x", IntegerBase::kPrefix));
  EXPECT_FALSE(ParseGoInt("1.5"));
}

TEST(ParseGoBool, TakesTheSpellingsOfGo) {
  EXPECT_TRUE(ParseGoBool("T").value());
  EXPECT_FALSE(ParseGoBool("0").value());
  EXPECT_EQ(ParseGoBool("yes").error().message,
            "strconv.ParseBool: parsing \"yes\": invalid syntax");
}

}  // namespace
}  // namespace loadctl::plan

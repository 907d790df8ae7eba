#include "common/metrics/go_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace loadctl::metrics {
namespace {

using namespace std::string_literals;

// The expectations are what Go's strconv and strings packages do.
TEST(GoText, ReadsNumbersAsGoDoes) {
  EXPECT_EQ(ParseGoFloat("1_000"), 1000);
  EXPECT_EQ(ParseGoFloat("0x1p4"), 16);
  EXPECT_EQ(ParseGoFloat("0X_1P4"), 16);
  EXPECT_EQ(ParseGoFloat("0x1_0p1"), 32);
  EXPECT_EQ(ParseGoFloat("1."), 1);
  EXPECT_EQ(ParseGoFloat("+.5"), 0.5);
  EXPECT_EQ(ParseGoFloat("-1E2"), -100);
  EXPECT_EQ(ParseGoFloat("1_0.5_0e1_0"), 1.05e11);
  EXPECT_EQ(ParseGoFloat("1e-999"), 0);
  EXPECT_EQ(ParseGoFloat("0x1p-2000"), 0);
  EXPECT_EQ(ParseGoFloat("5e-324"), 5e-324);
  EXPECT_EQ(ParseGoFloat("inf"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(ParseGoFloat("-Infinity"), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(*ParseGoFloat("NaN")));
  EXPECT_EQ(ParseGoFloat("0." + std::string(400, '0') + "1e400"), 0.1);
}

TEST(GoText, RefusesNumbersAsGoDoes) {
  for (const std::string text :
       {"0x10", "infi", "-nan",   ".",   " 1",    "1 ", "1e",    "1e+", "1__0", "_1",   "1_",
        "",     "-",    "1e400_", "0b1", "0x.p1", "0x", "1e5.0", "1f",  "--1",  "1._5", "1_.5"}) {
    const auto read = ParseGoFloat(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().message, "strconv.ParseFloat: parsing \"" + text + "\": invalid syntax");
  }
  for (const std::string text : {"1e999", "-1e999", "0x1p5000"}) {
    const auto read = ParseGoFloat(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().message,
              "strconv.ParseFloat: parsing \"" + text + "\": value out of range");
  }
}

TEST(GoText, TrimsUnicodeSpace) {
  EXPECT_EQ(TrimGoSpace(" \t\u00a0x \u0085y\u2003\n"), "x \u0085y");
  EXPECT_EQ(TrimGoSpace(" \u3000 "), "");
  EXPECT_EQ(TrimGoSpace("\u200bx"), "\u200bx");  // no space to Go
}

TEST(GoText, QuotesAsGoDoes) {
  EXPECT_EQ(QuoteGo("a\0\x7fé\u2028\xff\t\"\\\u00a0😀\U000e0001\u200b\ufeff"s),
            R"("a\x00\x7fé\u2028\xff\t\"\\\u00a0😀\U000e0001\u200b\ufeff")");
  EXPECT_EQ(QuoteGo("\xed\xa0\x80"), R"("\xed\xa0\x80")");  // half a surrogate pair
}

}  // namespace
}  // namespace loadctl::metrics

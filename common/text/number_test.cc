#include "common/text/number.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

namespace loadctl::text {
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

TEST(JsNumber, ReadsBackTheSame) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    EXPECT_EQ(std::strtod(JsNumber(value).c_str(), nullptr), value);
  }
}

TEST(JsNumber, WritesAsJavaScript) {
  EXPECT_EQ(JsNumber(0), "0");
  EXPECT_EQ(JsNumber(-0.0), "0");
  EXPECT_EQ(JsNumber(100), "100");
  EXPECT_EQ(JsNumber(1.5), "1.5");
  EXPECT_EQ(JsNumber(123456789012345680000.0), "123456789012345680000");
  EXPECT_EQ(JsNumber(1e21), "1e+21");
  EXPECT_EQ(JsNumber(1.25e21), "1.25e+21");
  EXPECT_EQ(JsNumber(0.000001), "0.000001");
  EXPECT_EQ(JsNumber(1e-7), "1e-7");
  EXPECT_EQ(JsNumber(-1.5e-9), "-1.5e-9");
  EXPECT_EQ(JsNumber(5e-324), "5e-324");
  EXPECT_EQ(JsNumber(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(JsNumber(std::numeric_limits<double>::infinity()), "Infinity");
}

TEST(JsFixed, RoundsHalvesAwayFromZero) {
  EXPECT_EQ(JsFixed(0.0078125, 6), "0.007813");
  EXPECT_EQ(JsFixed(0.125, 2), "0.13");
  EXPECT_EQ(JsFixed(-0.125, 2), "-0.13");
  EXPECT_EQ(JsFixed(1.005, 2), "1.00");
  EXPECT_EQ(JsFixed(2.5, 0), "3");
  EXPECT_EQ(JsFixed(9.5, 0), "10");
  EXPECT_EQ(JsFixed(99.999, 2), "100.00");
  EXPECT_EQ(JsFixed(0.999999, 2), "1.00");
  EXPECT_EQ(JsFixed(0, 2), "0.00");
  EXPECT_EQ(JsFixed(1e21, 2), "1e+21");
}

TEST(GoFloat, HasAnExponentWhereGoHasOne) {
  EXPECT_EQ(GoFloat(0), "0");
  EXPECT_EQ(GoFloat(0.95), "0.95");
  EXPECT_EQ(GoFloat(-999999), "-999999");
  EXPECT_EQ(GoFloat(1e6), "1e+06");
  EXPECT_EQ(GoFloat(1234567.5), "1.2345675e+06");
  EXPECT_EQ(GoFloat(1e-4), "0.0001");
  EXPECT_EQ(GoFloat(1.5e-5), "1.5e-05");
  EXPECT_EQ(GoFloat(1e100), "1e+100");
}

TEST(IsArrayIndex, KnowsJavaScriptsIndices) {
  EXPECT_TRUE(IsArrayIndex("0"));
  EXPECT_TRUE(IsArrayIndex("4294967294"));
  EXPECT_FALSE(IsArrayIndex("4294967295"));
  EXPECT_FALSE(IsArrayIndex("01"));
  EXPECT_FALSE(IsArrayIndex("-1"));
  EXPECT_FALSE(IsArrayIndex(""));
}

}  // namespace
}  // namespace loadctl::text

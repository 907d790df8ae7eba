#include "common/base/duration.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>

namespace loadctl {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

std::string ErrorOf(const Result<nanoseconds>& result) {
  return result ? "no error, " + std::to_string(result->count()) : result.error().message;
}

TEST(GoDuration, ReadsEveryUnitSignAndFraction) {
  EXPECT_EQ(ParseGoDuration("0").value(), 0ns);
  EXPECT_EQ(ParseGoDuration("-0").value(), 0ns);
  EXPECT_EQ(ParseGoDuration("5ns").value(), 5ns);
  EXPECT_EQ(ParseGoDuration("1.5us").value(), 1500ns);
  EXPECT_EQ(ParseGoDuration("12\xC2\xB5s").value(), 12us);
  EXPECT_EQ(ParseGoDuration("12\xCE\xBCs").value(), 12us);
  EXPECT_EQ(ParseGoDuration("-1h15m30.918273645s").value(), -(1h + 15min + 30918273645ns));
  EXPECT_EQ(ParseGoDuration("+.5s").value(), 500ms);
  EXPECT_EQ(ParseGoDuration("5.s").value(), 5s);
  EXPECT_EQ(ParseGoDuration("0.3333333333333333333h").value(), 20min);
  EXPECT_EQ(ParseGoDuration("-9223372036854775808ns").value(), nanoseconds::min());
}

TEST(GoDuration, FailsInTheWordsOfGo) {
  EXPECT_EQ(ErrorOf(ParseGoDuration("")), "time: invalid duration \"\"");
  EXPECT_EQ(ErrorOf(ParseGoDuration("abc")), "time: invalid duration \"abc\"");
  EXPECT_EQ(ErrorOf(ParseGoDuration(".s")), "time: invalid duration \".s\"");
  EXPECT_EQ(ErrorOf(ParseGoDuration("5")), "time: missing unit in duration \"5\"");
  EXPECT_EQ(ErrorOf(ParseGoDuration("1d")), "time: unknown unit \"d\" in duration \"1d\"");
  EXPECT_EQ(ErrorOf(ParseGoDuration("1\xC3\xA9")),
            "time: unknown unit \"\\xc3\\xa9\" in duration \"1\\xc3\\xa9\"");
  EXPECT_EQ(ErrorOf(ParseGoDuration("9223372036854775808ns")),
            "time: invalid duration \"9223372036854775808ns\"");
  EXPECT_EQ(ErrorOf(ParseGoDuration("3000000h")), "time: invalid duration \"3000000h\"");
}

TEST(K6Duration, TakesNumbersAsMilliseconds) {
  EXPECT_EQ(ParseK6Duration("1500").value(), 1500ms);
  EXPECT_EQ(ParseK6Duration("0.5").value(), 500us);
  EXPECT_EQ(ParseK6Duration("-1e3").value(), -1s);
  EXPECT_EQ(ParseK6Duration("+2").value(), 2ms);
}

TEST(K6Duration, TakesDays) {
  EXPECT_EQ(ParseK6Duration("1d").value(), 24h);
  EXPECT_EQ(ParseK6Duration("1d12h").value(), 36h);
  EXPECT_EQ(ParseK6Duration("-1d2h").value(), -26h);
  EXPECT_EQ(ParseK6Duration("1m30s").value(), 90s);
}

TEST(K6Duration, FailsInTheWordsOfK6) {
  EXPECT_EQ(ErrorOf(ParseK6Duration("1.5d")), "strconv.ParseInt: parsing \"1.5\": invalid syntax");
  EXPECT_EQ(ErrorOf(ParseK6Duration("1d-2h")), "invalid time format '-2h'");
  EXPECT_EQ(ErrorOf(ParseK6Duration("1d2x")), "time: unknown unit \"x\" in duration \"2x\"");
  EXPECT_EQ(ErrorOf(ParseK6Duration("inf")), "time: invalid duration \"inf\"");
  EXPECT_EQ(ErrorOf(ParseK6Duration("nan")), "time: invalid duration \"nan\"");
  EXPECT_EQ(ErrorOf(ParseK6Duration("1e30")), "time: invalid duration \"1e30\"");
  EXPECT_EQ(ErrorOf(ParseK6Duration("200000d")), "time: invalid duration \"200000d\"");
}

TEST(FormatGoDuration, PrintsAsGo) {
  EXPECT_EQ(FormatGoDuration(0ns), "0s");
  EXPECT_EQ(FormatGoDuration(90s), "1m30s");
  EXPECT_EQ(FormatGoDuration(10min), "10m0s");
  EXPECT_EQ(FormatGoDuration(1h), "1h0m0s");
  EXPECT_EQ(FormatGoDuration(1500ms), "1.5s");
  EXPECT_EQ(FormatGoDuration(250ms), "250ms");
  EXPECT_EQ(FormatGoDuration(1500ns), "1.5\xC2\xB5s");
  EXPECT_EQ(FormatGoDuration(7ns), "7ns");
  EXPECT_EQ(FormatGoDuration(-1100ms), "-1.1s");
  EXPECT_EQ(FormatGoDuration(nanoseconds::min()), "-2562047h47m16.854775808s");
}

TEST(FormatGoDuration, ParsesBackToTheSame) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20000; ++i) {
    const nanoseconds duration(static_cast<std::int64_t>(random()) >> (random() % 64));
    const std::string text = FormatGoDuration(duration);
    ASSERT_EQ(ParseGoDuration(text).value(), duration) << text;
    ASSERT_EQ(ParseK6Duration(text).value(), duration) << text;
  }
}

}  // namespace
}  // namespace loadctl

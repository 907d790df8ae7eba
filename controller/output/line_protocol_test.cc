#include "controller/output/line_protocol.h"

#include <gtest/gtest.h>

namespace loadctl::output {
namespace {

class Lines : public testing::Test {
 protected:
  static LineProtocol Made(const std::string& fields, const std::string& precision) {
    auto made = LineProtocol::Make(fields, precision);
    EXPECT_TRUE(made.has_value());
    return std::move(*made);
  }
  std::string Line(LineProtocol& lines, const TagSet& tags, std::int64_t time) {
    std::string out;
    EXPECT_TRUE(lines.Append({&metric_, &tags, nullptr, time, 1}, out));
    return out;
  }
  MetricInfo metric_{.number = 3, .name = "m", .thresholds = {}, .submetrics = {}};
};

TEST_F(Lines, OfOneSeriesAndOneNanosecondAreMovedApart) {
  LineProtocol lines = Made("vu", "");
  // The VU is a field, so both sets are of one series.
  const TagSet first{1, {{"a", "x"}, {"vu", "1"}}}, second{2, {{"a", "x"}, {"vu", "2"}}};
  const TagSet other{3, {{"a", "y"}}};
  EXPECT_EQ(Line(lines, first, 100), "m,a=x vu=\"1\",value=1 100\n");
  EXPECT_EQ(Line(lines, second, 100), "m,a=x vu=\"2\",value=1 101\n");
  EXPECT_EQ(Line(lines, first, 101), "m,a=x vu=\"1\",value=1 102\n");
  EXPECT_EQ(Line(lines, other, 100), "m,a=y value=1 100\n");
  EXPECT_EQ(Line(lines, first, 103), "m,a=x vu=\"1\",value=1 103\n");
  // One that came late has its own time.
  EXPECT_EQ(Line(lines, first, 50), "m,a=x vu=\"1\",value=1 50\n");
}

TEST_F(Lines, OfACoarserPrecisionKeepTheirTime) {
  LineProtocol lines = Made("", "ms");
  const TagSet tags{1, {{"a", "x"}}};
  EXPECT_EQ(Line(lines, tags, 5'000'000), "m,a=x value=1 5\n");
  EXPECT_EQ(Line(lines, tags, 5'000'001), "m,a=x value=1 5\n");
}

}  // namespace
}  // namespace loadctl::output

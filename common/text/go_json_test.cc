#include "common/text/go_json.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace loadctl::text {
namespace {

std::string Printed(std::string_view text, HtmlEscape html = HtmlEscape::kYes) {
  return ToGoJson(boost::json::parse({text.data(), text.size()}), html);
}

TEST(GoJson, IndentsAsGoDoes) {
  EXPECT_EQ(Printed(R"({"b":[1,{"a":null}],"e":{},"f":[]})"),
            "{\n  \"b\": [\n    1,\n    {\n      \"a\": null\n    }\n  ],\n  \"e\": {},\n"
            "  \"f\": []\n}");
}

TEST(GoJson, EscapesAsGoDoes) {
  EXPECT_EQ(Printed(R"("<&>\"\\\n\u0001\b\u2028é")"),
            "\"\\u003c\\u0026\\u003e\\\"\\\\\\n\\u0001\\b\\u2028é\"");
  EXPECT_EQ(Printed(R"("<&>")", HtmlEscape::kNo), "\"<&>\"");
  EXPECT_EQ(ToGoJson("a\xff\xc3z\xed\xa0\x80", HtmlEscape::kNo),
            "\"a\\ufffd\\ufffdz\\ufffd\\ufffd\\ufffd\"");
}

TEST(GoJson, WritesNumbersAsScriptsDo) {
  EXPECT_EQ(Printed("1.5"), "1.5");
  EXPECT_EQ(Printed("-7"), "-7");
  EXPECT_EQ(Printed("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(Printed("1.5e-9"), "1.5e-9");
  EXPECT_EQ(Printed("1e21"), "1e+21");
  EXPECT_EQ(Printed("1e300"), "1e+300");
  EXPECT_EQ(Printed("0.000001"), "0.000001");
  EXPECT_EQ(Printed("-0.1"), "-0.1");
  EXPECT_EQ(Printed("1234.5"), "1234.5");
  EXPECT_EQ(Printed("-2.5e-7"), "-2.5e-7");
  EXPECT_EQ(Printed("1e2"), "100");
  EXPECT_EQ(Printed("1.5e20"), "150000000000000000000");
}

TEST(GoJson, SortsTheKeysOfAllObjects) {
  EXPECT_EQ(
      ToGoJson(SortKeys(boost::json::parse(R"([{"b":1,"a":{"d":2,"c":3}}])")), HtmlEscape::kNo),
      Printed(R"([{"a":{"c":3,"d":2},"b":1}])"));
}

}  // namespace
}  // namespace loadctl::text

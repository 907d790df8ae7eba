#include "common/text/json_writer.h"

#include <gtest/gtest.h>

#include <cmath>

namespace loadctl::text {
namespace {

TEST(JsonString, EscapesAsJavaScript) {
  EXPECT_EQ(JsonString("a\"b\\c\n\t\x01\x7f/µ"), "\"a\\\"b\\\\c\\n\\t\\u0001\x7f/µ\"");
  EXPECT_EQ(JsonString("\xff\xc3"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(JsonString, EscapesAsGo) {
  constexpr std::string_view kText = "<\b\x01\u2028é\xff>";
  EXPECT_EQ(JsonString(kText, JsonEscapes::kGo), R"("<\b\u0001\u2028é\ufffd>")");
  EXPECT_EQ(JsonString(kText, JsonEscapes::kGoHtml), R"("\u003c\b\u0001\u2028é\ufffd\u003e")");
  EXPECT_EQ(JsonString("\u2029&"), "\"\u2029&\"");
}

TEST(JsonWriter, LaysOutAsJavaScriptDoes) {
  const auto write = [](int indent) {
    JsonWriter out(indent);
    out.Object([&] {
      out.Key("a").Array([&] {
        out.Element().Number(1.5);
        out.Element().Null();
        out.Element().Array([] {});
      });
      out.Key("b").Object([] {});
      out.Key("c").Json(R"({ "d" : [ 1 , "x y" ] })");
      out.Key("e").Number(std::nan(""));
    });
    return out.Take();
  };
  EXPECT_EQ(write(0), R"({"a":[1.5,null,[]],"b":{},"c":{"d":[1,"x y"]},"e":null})");
  EXPECT_EQ(write(2), R"({
  "a": [
    1.5,
    null,
    []
  ],
  "b": {},
  "c": {
    "d": [
      1,
      "x y"
    ]
  },
  "e": null
})");
}

}  // namespace
}  // namespace loadctl::text

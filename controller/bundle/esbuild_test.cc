#include "controller/bundle/esbuild.h"

#include <gtest/gtest.h>

namespace loadctl::controller {
namespace {

TEST(Esbuild, ErrorsHaveTheAuthorsPlace) {
  EXPECT_EQ(DescribeErrors("\u2718 [ERROR] Expected \"}\" but found \"default\"\n\n"
                           "    file:///a/bad.ts:4:7:\n      4 \u2502 export default\n\n"
                           "\u2718 [ERROR] Unexpected end of file\n\n    file:///a/bad.ts:9:0:\n",
                           "file:///a/bad.ts"),
            "file:///a/bad.ts: Line 4:7 Expected \"}\" but found \"default\" (and 1 more errors)");
  EXPECT_EQ(DescribeErrors("\u2718 [ERROR] Could not resolve \"x\"\n\n", ""),
            "Could not resolve \"x\"");
  EXPECT_EQ(DescribeErrors("", ""), "esbuild failed, and did not say why");
  EXPECT_EQ(DescribeErrors("panic: out of memory", "file:///a.ts"), "panic: out of memory");
}

TEST(Esbuild, AnInlineMapIsTakenOff) {
  std::string code = "x();\n//# sourceMappingURL=data:application/json;base64,eyJhIjoxfQ==\n";
  EXPECT_EQ(TakeInlineSourceMap(code), "{\"a\":1}");
  EXPECT_EQ(code, "x();\n");
  std::string none = "x();\n//# sourceMappingURL=x.js.map\n";
  EXPECT_EQ(TakeInlineSourceMap(none), "");
  EXPECT_EQ(none, "x();\n//# sourceMappingURL=x.js.map\n");
  std::string inside =
      "y = '//# sourceMappingURL=data:application/json;base64,eyJhIjoxfQ==';\nx();\n";
  EXPECT_EQ(TakeInlineSourceMap(inside), "");
}

}  // namespace
}  // namespace loadctl::controller

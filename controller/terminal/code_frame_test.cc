#include "controller/terminal/code_frame.h"

#include <gtest/gtest.h>

namespace loadctl::terminal {
namespace {

TEST(FindCodePlace, TakesTheFirstOfAScript) {
  EXPECT_EQ(FindCodePlace("Error: no\n\tat f (file:///a/b.ts:3:14)\n\tat file:///c.js:1:1"),
            (CodePlace{"/a/b.ts", 3, 14}));
  EXPECT_EQ(FindCodePlace("file:///a/b.ts: Line 4:8 Expected \"}\""), (CodePlace{"/a/b.ts", 4, 8}));
  EXPECT_EQ(FindCodePlace("at file:///a:b/c.mjs:2:1(5)"), (CodePlace{"/a:b/c.mjs", 2, 1}));
  EXPECT_EQ(FindCodePlace(
                "could not load JS test 'file:///a/b.ts': file:///a/b.ts: Line 2:20 Unexpected"),
            (CodePlace{"/a/b.ts", 2, 20}));
  EXPECT_FALSE(FindCodePlace("at file:///etc/passwd:1:1"));
  EXPECT_FALSE(FindCodePlace("at file:///a.js:0:1 and https://h/a.js:1:1 and file:///a.js"));
  EXPECT_FALSE(FindCodePlace("at file:///a.js:99999999999999999999:1"));
}

TEST(CodeFrame, PointsAtTheColumn) {
  EXPECT_EQ(CodeFrame("one\ntwo\nthree\nfour\n", {"", 3, 4}),
            "   1 | one\n   2 | two\n > 3 | three\n     |    ^\n");
  EXPECT_EQ(CodeFrame("\tä = b.c;\r\n", {"", 1, 6}), " > 1 |  ä = b.c;\n     |     ^\n");
  EXPECT_EQ(CodeFrame("x", {"", 2, 1}), "");
  EXPECT_EQ(CodeFrame("x", {"", 1, 500}), " > 1 | x\n     |  ^\n");
}

TEST(CodeFrame, CutsLongLines) {
  const std::string frame = CodeFrame(std::string(200'000, 'a') + "X", {"", 1, 200'001});
  EXPECT_LT(frame.size(), 400U);
  EXPECT_NE(frame.find('X'), std::string::npos);
}

}  // namespace
}  // namespace loadctl::terminal

#include "common/text/colors_only.h"

#include <gtest/gtest.h>

#include <string>

namespace loadctl::text {
namespace {

TEST(ColorsOnly, LinesAndColorsStay) {
  for (const char* text :
       {"", "plain\n\ttext\r\nüß█ ✓", "\x1b[31mred\x1b[0m", "\x1b[m", "\x1b[1;38;5;9mx"})
    EXPECT_EQ(ColorsOnly(text), text);
}

TEST(ColorsOnly, WhatElseMovesATerminalDoesNot) {
  EXPECT_EQ(ColorsOnly("\x1b[2Jgone"), "?[2Jgone");
  EXPECT_EQ(ColorsOnly("\x1b]52;c;aGk=\x07"), "?]52;c;aGk=?");
  EXPECT_EQ(ColorsOnly("fail\rpass"), "fail?pass");
  EXPECT_EQ(ColorsOnly("a\x08\x7f\x1b"), "a???");
  EXPECT_EQ(ColorsOnly("\x1b[31"), "?[31");
  EXPECT_EQ(ColorsOnly("\xc2\x9b"
                       "2J\xc2\xa0"),
            "?2J\xc2\xa0");
  EXPECT_EQ(ColorsOnly(std::string("\0\xc2", 2)), "?\xc2");
}

}  // namespace
}  // namespace loadctl::text

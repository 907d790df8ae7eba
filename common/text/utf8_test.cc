#include "common/text/utf8.h"

#include <gtest/gtest.h>

namespace loadctl::text {
namespace {

TEST(Utf8, EveryCharacterIsReadAsItWasWritten) {
  for (char32_t code = 0; code <= 0x10ffff; ++code) {
    if (code == 0xd800) code = 0xe000;
    std::string text;
    AppendUtf8(code, text);
    const std::size_t size = text.size();
    const Character read = FirstCharacter(text + "\x80");
    ASSERT_TRUE(read.code == code && read.size == size) << static_cast<unsigned>(code);
    ASSERT_EQ(FirstCharacter(text.substr(0, size - 1) + "x").size, size == 1 ? 1u : 0u);
  }
}

TEST(Utf8, WhatIsNotWellFormedHasNoSize) {
  for (const char* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
                           "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98"}) {
    EXPECT_EQ(FirstCharacter(text).size, 0u) << text;
  }
}

TEST(Utf8, WhatIsNoCharacterIsWrittenAsTheReplacementCharacter) {
  std::string text;
  AppendUtf8(0xd800, text);
  AppendUtf8(0x110000, text);
  EXPECT_EQ(text, "\uFFFD\uFFFD");
}

TEST(Utf8, CutsBetweenCharacters) {
  const std::string_view text = "aé€😀";  // 1, 2, 3 and 4 bytes
  const std::size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (std::size_t bytes = 0; bytes < std::size(kept); ++bytes)
    EXPECT_EQ(CutToBytes(text, bytes), text.substr(0, kept[bytes])) << bytes;
}

TEST(Utf8, CountsCharactersNotBytes) { EXPECT_EQ(CountCharacters("aé€😀"), 4u); }

}  // namespace
}  // namespace loadctl::text

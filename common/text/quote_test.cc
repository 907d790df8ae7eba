#include "common/text/quote.h"

#include <gtest/gtest.h>

namespace loadctl::text {
namespace {

using namespace std::string_literals;

// The expectations are what Go's strconv.Quote() does.
TEST(QuoteGo, EscapesWhatIsNotPrintable) {
  EXPECT_EQ(QuoteGo("a\0\x7fé\u2028\xff\t\"\\\u00a0😀\U000e0001\u200b\ufeff"s),
            R"("a\x00\x7fé\u2028\xff\t\"\\\u00a0😀\U000e0001\u200b\ufeff")");
  EXPECT_EQ(QuoteGo("\xed\xa0\x80"), R"("\xed\xa0\x80")");  // half a surrogate pair
}

TEST(QuoteGo, EscapesQuotesAndControls) {
  EXPECT_EQ(QuoteGo("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(QuoteGo("\n\t\a\r"), R"("\n\t\a\r")");
  EXPECT_EQ(QuoteGo(std::string_view("\0\x7F\xFF", 3)), R"("\x00\x7f\xff")");
  EXPECT_EQ(QuoteGo("\xC3\xA9\xE2\x82\xAC"), "\"\xC3\xA9\xE2\x82\xAC\"");
  EXPECT_EQ(QuoteGo("\xC2\x85"), R"("\u0085")");
}

}  // namespace
}  // namespace loadctl::text

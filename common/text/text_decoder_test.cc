#include "common/text/text_decoder.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace loadctl::text {
namespace {

using Decoder = TextDecoder;

std::optional<std::string> Decode(Decoder::Encoding encoding, std::string_view bytes,
                                  Decoder::Malformed malformed = Decoder::Malformed::kReplace) {
  return Decoder(encoding, malformed, Decoder::Bom::kSkip).Decode(bytes, Decoder::More::kNo);
}

TEST(TextDecoder, LabelsAreTrimmedAndCaseless) {
  EXPECT_EQ(Decoder::ByLabel(" UTF-8\n"), Decoder::Encoding::kUtf8);
  EXPECT_EQ(Decoder::ByLabel("unicode"), Decoder::Encoding::kUtf16Le);
  EXPECT_EQ(Decoder::ByLabel("utf-16BE"), Decoder::Encoding::kUtf16Be);
  for (const char* other : {"", " ", "latin1", "utf-8x"})
    EXPECT_EQ(Decoder::ByLabel(other), std::nullopt) << other;
}

TEST(TextDecoder, MalformedUtf8IsReplacedAsTheStandardSays) {
  using namespace std::string_literals;
  const std::string r = "\xef\xbf\xbd";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
      {"a\0b"s, "a\0b"s},
      {"\xff"
       "a",
       r + "a"},
      {"\xe2\x82"
       "a\xf0\x9f\x98",
       r + "a" + r},
      {"\xc0\x80", r + r},
      {"\xed\xa0\x80", r + r + r},
      {"\xf5\x80", r + r},
      {"\xf4\x90\x80\x80", r + r + r + r},
      {"\xe0\x9f\xbf", r + r + r},
      {"\x80", r},
      {"\xef\xbb\xbf"
       "a\xef\xbb\xbf",
       "a\xef\xbb\xbf"},
      {"", ""},
  };
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(Decode(Decoder::Encoding::kUtf8, bytes), text);
    const bool clean = text.find(r) == std::string::npos;
    EXPECT_EQ(Decode(Decoder::Encoding::kUtf8, bytes, Decoder::Malformed::kFail).has_value(),
              clean);
  }
}

TEST(TextDecoder, Utf16PairsAndLoneHalves) {
  using namespace std::string_literals;
  const auto le = [](const std::string& bytes) {
    return Decode(Decoder::Encoding::kUtf16Le, bytes);
  };
  EXPECT_EQ(le("a\0\x3d\xd8\0\xde"s), "a\xf0\x9f\x98\x80");
  EXPECT_EQ(le("\0\xd8"
               "a\0"s),
            "\xef\xbf\xbd"
            "a");
  EXPECT_EQ(le("\0\xdc"s), "\xef\xbf\xbd");
  EXPECT_EQ(le("\0\xd8\0\xd8"s), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(le("a\0b"s), "a\xef\xbf\xbd");
  EXPECT_EQ(le("\xff\xfe"
               "a\0"s),
            "a");
  EXPECT_EQ(Decode(Decoder::Encoding::kUtf16Be, "\x20\xac"s), "\xe2\x82\xac");
  EXPECT_EQ(Decode(Decoder::Encoding::kUtf16Be, "\0"s, Decoder::Malformed::kFail), std::nullopt);
}

TEST(TextDecoder, AfterAFailureItBeginsAnew) {
  Decoder decoder(Decoder::Encoding::kUtf8, Decoder::Malformed::kFail, Decoder::Bom::kSkip);
  EXPECT_EQ(decoder.Decode("\xe2\x82", Decoder::More::kYes), "");
  EXPECT_EQ(decoder.Decode("a", Decoder::More::kNo), std::nullopt);
  EXPECT_EQ(decoder.Decode("\xef\xbb\xbf"
                           "a",
                           Decoder::More::kNo),
            "a");
}

// However a text is cut, its pieces give what the whole gives.
TEST(TextDecoder, PiecesGiveTheWhole) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string alphabet = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbb\xbf\xff\xd8\xdc";
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (unsigned i = random() % 20; i > 0; --i) bytes += alphabet[random() % alphabet.size()];
    for (const auto encoding : {Decoder::Encoding::kUtf8, Decoder::Encoding::kUtf16Le}) {
      Decoder decoder(encoding, Decoder::Malformed::kReplace, Decoder::Bom::kSkip);
      std::string text;
      for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t size = 1 + random() % 3;
        text += *decoder.Decode(std::string_view(bytes).substr(at, size), Decoder::More::kYes);
        at += size;
      }
      text += *decoder.Decode("", Decoder::More::kNo);
      ASSERT_EQ(text, Decode(encoding, bytes)) << testing::PrintToString(bytes);
    }
  }
}

}  // namespace
}  // namespace loadctl::text

#include "common/base/base64.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace loadctl {
namespace {

constexpr Base64 kStd{Base64::Alphabet::kStandard, Base64::Padding::kYes};
constexpr Base64 kRaw{Base64::Alphabet::kStandard, Base64::Padding::kNo};
constexpr Base64 kUrl{Base64::Alphabet::kUrl, Base64::Padding::kYes};
constexpr Base64 kRawUrl{Base64::Alphabet::kUrl, Base64::Padding::kNo};

TEST(Base64, Rfc4648Vectors) {
  EXPECT_EQ(kStd.Encode(""), "");
  EXPECT_EQ(kStd.Encode("f"), "Zg==");
  EXPECT_EQ(kStd.Encode("fo"), "Zm8=");
  EXPECT_EQ(kStd.Encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(kRaw.Encode("f"), "Zg");
  EXPECT_EQ(kUrl.Encode("\xff\xef"), "_-8=");
  EXPECT_EQ(kRawUrl.Encode("\xff\xef"), "_-8");
}

TEST(Base64, EncodingAndDecodingAreInverse) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 1000; ++round) {
    std::string bytes(random() % 50, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    for (const Base64& form : {kStd, kRaw, kUrl, kRawUrl})
      ASSERT_EQ(form.Decode(form.Encode(bytes)).value(), bytes);
  }
}

TEST(Base64, SaysWhereTextIsWrongAsGoDoes) {
  const auto where = [](const Base64& form, std::string_view text) {
    const auto decoded = form.Decode(text);
    return decoded ? "decoded" : decoded.error().message.substr(34);
  };
  EXPECT_EQ(where(kStd, "aGVsbG8"), "4");
  EXPECT_EQ(where(kRaw, "aGVsbG8="), "7");
  EXPECT_EQ(where(kStd, "_-8="), "0");
  EXPECT_EQ(where(kStd, "aGVsbG8=="), "8");
  EXPECT_EQ(where(kStd, "aGVs bG8="), "4");
  EXPECT_EQ(where(kStd, "aGVsbG8=aGVsbG8="), "8");
  EXPECT_EQ(where(kStd, "aG="), "3");
  EXPECT_EQ(where(kStd, "aG=x"), "2");
  EXPECT_EQ(where(kStd, "a==="), "1");
  EXPECT_EQ(where(kStd, "="), "0");
  EXPECT_EQ(where(kRaw, "a"), "0");
  EXPECT_EQ(kStd.Decode("aGVs\r\nbG8\n=\n").value(), "hello");
  EXPECT_EQ(kStd.Decode("aGVsbG9=").value(), "hello");  // bits beyond the last byte
}

}  // namespace
}  // namespace loadctl

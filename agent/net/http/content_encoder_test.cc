#include "agent/net/http/content_encoder.h"

#include <gtest/gtest.h>

#include "agent/net/http/content_decoder.h"

namespace loadctl::net {
namespace {

TEST(ContentEncoder, MakesWhatTheDecoderReads) {
  const std::string text(10'000, 'x');
  for (const char* codings : {"gzip", "deflate", "br", "zstd", "gzip, br , zstd", "br,deflate"}) {
    for (const std::string& original : {text, std::string("short"), std::string()}) {
      std::string body = original;
      const auto names = EncodeContent(codings, body);
      ASSERT_TRUE(names) << codings;
      EXPECT_LT(body.size(), 200U) << codings;
      EXPECT_FALSE(DecodeContent(*names, UINT64_MAX, body)) << codings;
      EXPECT_EQ(body, original) << codings;
    }
  }
}

TEST(ContentEncoder, NamesWhatItDoes) {
  std::string body = "b";
  EXPECT_EQ(*EncodeContent(" gzip,br ", body), "gzip, br");
  EXPECT_EQ(EncodeContent("lzma", body).error().message,
            "unknown compression algorithm lzma, supported algorithms are [gzip deflate zstd br]");
}

}  // namespace
}  // namespace loadctl::net

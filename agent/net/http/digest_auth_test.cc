#include "agent/net/http/digest_auth.h"

#include <gtest/gtest.h>

namespace loadctl::net {
namespace {

std::optional<DigestChallenge> Read(std::string_view value) {
  return ReadDigestChallenge({&value, 1});
}

// RFC 7616, 3.9.1.
constexpr std::string_view kSha256 =
    "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, "
    "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
    "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
constexpr std::string_view kMd5 =
    "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=MD5, "
    "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
    "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

std::string Answer(const DigestChallenge& challenge) {
  return AnswerDigest(challenge, {"GET", "/dir/index.html", "", "Mufasa", "Circle of Life",
                                  "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"});
}

TEST(DigestAuth, AnswersTheExamplesOfTheRfc) {
  const std::string sha = Answer(*Read(kSha256));
  EXPECT_NE(
      sha.find("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\""),
      std::string::npos)
      << sha;
  EXPECT_NE(sha.find("algorithm=SHA-256, qop=auth, nc=00000001, cnonce="), std::string::npos);
  const std::string md5 = Answer(*Read(kMd5));
  EXPECT_NE(md5.find("response=\"8ca523f5e9506fed4657c9700eebdbec\""), std::string::npos) << md5;
}

TEST(DigestAuth, TakesTheStrongestChallenge) {
  const std::string_view values[] = {kMd5, kSha256, "Basic realm=\"x\""};
  EXPECT_EQ(ReadDigestChallenge(values)->algorithm, DigestChallenge::Algorithm::kSha256);
  const std::string joined = "Basic realm=\"a, b\", " + std::string(kMd5) + ", NTLM";
  EXPECT_EQ(Read(joined)->realm, "http-auth@example.org");
}

TEST(DigestAuth, AnswersServersWithoutQuality) {
  // RFC 2069's form, which old servers still send.
  const auto challenge = Read("digest realm=testrealm@host.com, nonce=\"dcd98b\"");
  ASSERT_TRUE(challenge);
  const std::string answer = Answer(*challenge);
  EXPECT_EQ(answer.find("qop"), std::string::npos);
  EXPECT_EQ(answer.find("cnonce"), std::string::npos);
}

TEST(DigestAuth, AnswersNothingItDoesNotKnow) {
  EXPECT_FALSE(Read("Digest realm=\"r\", nonce=\"n\", algorithm=SHA-1"));
  EXPECT_FALSE(Read("Digest realm=\"r\", nonce=\"n\", qop=\"other\""));
  EXPECT_FALSE(Read("Digest realm=\"r\""));
  EXPECT_FALSE(Read("Basic realm=\"r\", nonce=\"n\""));
  EXPECT_FALSE(Read(""));
  EXPECT_FALSE(Read("Digest realm=\"unterminated"));
}

TEST(DigestAuth, EscapesWhatItQuotes) {
  const auto challenge = Read("Digest realm=\"a \\\"b\\\"\", nonce=\"n\", userhash=true");
  ASSERT_TRUE(challenge);
  const std::string answer = Answer(*challenge);
  EXPECT_NE(answer.find("realm=\"a \\\"b\\\"\""), std::string::npos) << answer;
  EXPECT_NE(answer.find("userhash=true"), std::string::npos);
}

}  // namespace
}  // namespace loadctl::net

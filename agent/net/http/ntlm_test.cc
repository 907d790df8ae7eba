#include "agent/net/http/ntlm.h"

#include <gtest/gtest.h>

namespace loadctl::net {
namespace {

using namespace std::string_literals;

std::string Hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(c));
    out += digits;
  }
  return out;
}

/// UTF-16 of ASCII.
std::string Wide(std::string_view text) {
  std::string out;
  for (const char c : text) out += {c, '\0'};
  return out;
}

/// A challenge message with the attributes of MS-NLMP's example.
std::string Challenge(const std::string& info, char flags_low = '\x01', char flags_high = '\xa2') {
  return "NTLMSSP\0\x02\0\0\0"s + "\0\0\0\0\x30\0\0\0"s + flags_low + "\x82\x88"s + flags_high +
         "\x01\x23\x45\x67\x89\xab\xcd\xef"s + std::string(8, '\0') +
         static_cast<char>(info.size()) + '\0' + static_cast<char>(info.size()) + '\0' +
         "\x30\0\0\0"s + info;
}

const std::string kInfo =
    "\x02\0\x0c\0"s + Wide("Domain") + "\x01\0\x0c\0"s + Wide("Server") + std::string(4, '\0');

NtlmIdentity Someone(std::string_view user) {
  NtlmIdentity identity{user, "Password", {}, 0};
  identity.challenge.fill('\xaa');
  return identity;
}

TEST(Ntlm, TheExampleOfTheSpecification) {
  // MS-NLMP, 4.2.4: the proof that belongs to these names, this password and these challenges.
  const auto answer = AnswerNtlm(Challenge(kInfo), Someone("Domain\\User"));
  ASSERT_TRUE(answer);
  EXPECT_NE(Hex(*answer).find("68cd0ab851e51c96aabc927bebef6a1c0101000000000000"),
            std::string::npos);
  EXPECT_TRUE(answer->ends_with(Wide("Domain") + Wide("User")));
  EXPECT_EQ(answer->substr(0, 12), "NTLMSSP\0\x03\0\0\0"s);
}

TEST(Ntlm, TheServersTimeGoesFirst) {
  const std::string time = "12345678";
  const auto answer =
      AnswerNtlm(Challenge("\x07\0\x08\0"s + time + std::string(4, '\0')), Someone("u"));
  ASSERT_TRUE(answer);
  EXPECT_NE(answer->find("\x01\x01\0\0\0\0\0\0"s + time), std::string::npos);
}

TEST(Ntlm, OffersAreFoundAndTokensRead) {
  const auto read = [](std::vector<std::string_view> values) { return ReadNtlmOffer(values); };
  EXPECT_EQ(read({"Negotiate", "NTLM"})->scheme, "NTLM");
  EXPECT_EQ(read({"Basic realm=x", "Negotiate"})->scheme, "Negotiate");
  EXPECT_EQ(read({"NTLM aGVsbG8="})->token, "hello");
  EXPECT_FALSE(read({"NTLM !!"}));
  EXPECT_FALSE(read({"NTLMx", "Basic"}));
}

TEST(Ntlm, WhatCannotBeAnsweredIsNot) {
  const std::string good = Challenge(kInfo);
  for (std::size_t size = 0; size < good.size() - 1; ++size)
    EXPECT_FALSE(AnswerNtlm(good.substr(0, size), Someone("u"))) << size;
  EXPECT_FALSE(AnswerNtlm(Challenge(kInfo, '\x81'), Someone("u"))) << "NTLMv1";
  EXPECT_FALSE(AnswerNtlm(Challenge(kInfo, '\x02'), Someone("u"))) << "no Unicode";
  EXPECT_FALSE(AnswerNtlm(Challenge(kInfo, '\x01', '\xe2'), Someone("u"))) << "a key exchange";
  EXPECT_FALSE(AnswerNtlm(Challenge("\x01\0\xff\0x"s), Someone("u")))
      << "an attribute beyond the end";
}

}  // namespace
}  // namespace loadctl::net

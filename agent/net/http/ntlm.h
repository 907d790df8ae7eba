// NTLM over HTTP (MS-NLMP, MS-NTHT): the client's messages of NTLMv2.
// Not the exchange of them (agent/net/client), and no NTLMv1, signing or sealing. Plain functions:
// any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace loadctl::net {

/// What the values of WWW-Authenticate hold for NTLM.
struct NtlmOffer {
  std::string scheme;  ///< `NTLM`, else `Negotiate`
  std::string token;   ///< the server's message, decoded; empty if it only offers
};

/// Nothing if there is no offer, or one with a message that is no base64.
[[nodiscard]] std::optional<NtlmOffer> ReadNtlmOffer(std::span<const std::string_view> values);

/// The first message.
[[nodiscard]] std::string NtlmNegotiate();

/// Who answers, and with what luck and when.
struct NtlmIdentity {
  std::string_view user;  ///< UTF-8: `user`, `DOMAIN\user` or `user@domain`
  std::string_view password;
  std::array<char, 8> challenge{};  ///< random
  std::uint64_t time = 0;           ///< 100 ns since 1601; the server's own goes first
};

/// The third message, that answers the server's. Nothing if that is malformed, or asks for what is
/// not there: NTLMv1, a key exchange, texts that are no UTF-16.
[[nodiscard]] std::optional<std::string> AnswerNtlm(std::string_view challenge,
                                                    const NtlmIdentity& identity);

}  // namespace loadctl::net

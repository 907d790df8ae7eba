// Digest access authentication (RFC 7616): from a server's challenge to the Authorization header.
// Not the exchange of the two (agent/net/client). Plain functions: any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace loadctl::net {

/// One challenge of WWW-Authenticate.
struct DigestChallenge {
  enum class Algorithm { kMd5, kSha256, kSha512_256 };
  enum class Quality { kNone, kAuth, kAuthInt };

  Algorithm algorithm = Algorithm::kMd5;
  bool session = false;        ///< `-sess`
  std::string algorithm_text;  ///< as the server wrote it; empty: it wrote none
  Quality quality = Quality::kNone;
  std::string realm;
  std::string nonce;
  std::string opaque;
  bool has_opaque = false;
  bool hashed_user = false;  ///< `userhash=true`
};

/// The best digest challenge among the values of WWW-Authenticate, by strength of its algorithm;
/// nothing if there is none that can be answered. Of `qop`, `auth` is taken before `auth-int`.
[[nodiscard]] std::optional<DigestChallenge> ReadDigestChallenge(
    std::span<const std::string_view> values);

/// What is answered for.
struct DigestRequest {
  std::string_view method;
  std::string_view target;  ///< of the request line
  std::string_view body;
  std::string_view user;
  std::string_view password;
  std::string_view client_nonce;
};

/// The value of Authorization.
[[nodiscard]] std::string AnswerDigest(const DigestChallenge& challenge,
                                       const DigestRequest& request);

}  // namespace loadctl::net

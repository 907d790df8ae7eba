// Challenges of a server, and the answer to what was read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "agent/net/http/digest_auth.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto challenge = loadctl::net::ReadDigestChallenge({&text, 1});
  if (!challenge) return 0;
  const std::string answer = AnswerDigest(*challenge, {"GET", "/", "b", "user", "pass", "nonce"});
  if (!answer.starts_with("Digest username=")) std::abort();
  return 0;
}

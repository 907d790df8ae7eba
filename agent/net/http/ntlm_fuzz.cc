// A server's NTLM message, and the answer to it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/net/http/ntlm.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::net;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto answer = AnswerNtlm(text, {"DOMAIN\\user", "password", {}, 1});
  if (answer && !answer->starts_with("NTLMSSP")) std::abort();
  (void)AnswerNtlm("NTLMSSP", {text, text, {}, 1});
  const auto offer = ReadNtlmOffer({&text, 1});
  if (offer && !text.starts_with(offer->scheme)) std::abort();
  return 0;
}

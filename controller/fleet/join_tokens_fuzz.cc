// Any text is a file of join tokens or an error that names its line; what is read is written and
// read again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "controller/fleet/join_tokens.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::fleet;
  const auto tokens = ParseJoinTokens({reinterpret_cast<const char*>(data), size}, "f");
  if (!tokens) {
    LOADCTL_CHECK(tokens.error().message.starts_with("f:"), "an error without its line");
    return 0;
  }
  const auto again = ParseJoinTokens(FormatJoinTokens(*tokens), "f");
  LOADCTL_CHECK(again && *again == *tokens, "writing and reading changed a token");
  return 0;
}

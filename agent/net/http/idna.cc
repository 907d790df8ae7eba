#include "agent/net/http/idna.h"

#include <idn2.h>

#include <algorithm>

namespace loadctl::net {

bool IsInternational(std::string_view host) {
  return std::any_of(host.begin(), host.end(), [](unsigned char c) { return c >= 0x80; });
}

Result<std::string> ToAscii(std::string_view host) {
  char* out = nullptr;
  const int result = idn2_to_ascii_8z(std::string(host).c_str(), &out,
                                      IDN2_NONTRANSITIONAL | IDN2_USE_STD3_ASCII_RULES);
  if (result != IDN2_OK) return Fail("idna: " + std::string(idn2_strerror(result)));
  std::string ascii = out;
  idn2_free(out);
  return ascii;
}

}  // namespace loadctl::net

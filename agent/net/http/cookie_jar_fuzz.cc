// Cookies of a server, a line each behind a URL: they are kept, and sent back within one header.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/net/http/cookie_jar.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::net;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  const auto url = ParseUrl(text.substr(0, end));
  if (!url || end == std::string_view::npos) return 0;
  text.remove_prefix(end + 1);
  CookieJar jar;
  const CookieJar::Now now{std::chrono::seconds(1'800'000'000)};
  while (!text.empty()) {
    const auto next = std::min(text.find('\n'), text.size());
    if (const auto cookie = ParseSetCookie(text.substr(0, next))) {
      if (cookie->name.empty()) std::abort();
      jar.Set(*url, *cookie, now);
    }
    text.remove_prefix(std::min(next + 1, text.size()));
  }
  const std::string header = jar.Header(*url, now);
  if (header.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) std::abort();
  if (header.empty() != jar.For(*url, now).empty()) std::abort();
  (void)jar.For(*url, now + std::chrono::hours(24 * 365 * 100));
  return 0;
}

// URLs of scripts and of Location headers: what was parsed can be printed, parsed again and sent
// without breaking a request's lines.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/net/http/url.h"

namespace {

using namespace loadctl::net;

bool BreaksALine(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

void Check(const Url& url) {
  const std::string target = url.RequestTarget();
  if (target.empty() || BreaksALine(target) || target.find(' ') != std::string::npos) std::abort();
  if (BreaksALine(url.host_header)) std::abort();
  (void)url.Hostname();
  (void)url.Masked();
  // What has a host is printed so that it is read as the same; but for zones of IPv6 addresses,
  // whose bytes beyond ASCII are taken but not read again when they are escaped, in Go neither.
  if (url.scheme.empty() || url.host.empty() || url.host.find('%') != std::string::npos) return;
  const auto again = ParseUrl(url.ToString());
  if (!again || again->ToString() != url.ToString()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = text.find('\n');
  const auto url = ParseUrl(text.substr(0, line));
  if (!url) return 0;
  Check(*url);
  if (line == std::string_view::npos) return 0;
  if (const auto next = url->Resolve(text.substr(line + 1))) Check(*next);
  return 0;
}

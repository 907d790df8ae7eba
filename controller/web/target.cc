#include "controller/web/target.h"

#include <algorithm>

#include "common/daemon/endpoint.h"

namespace loadctl::web {
namespace {

std::optional<int> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameText(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

/// `localhost:6565`, `127.0.0.1`, `[::1]:80`.
bool NamesThisMachine(std::string_view host) {
  std::string lower(host);
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  for (const std::string& address : {lower, lower + ":80"}) {
    const auto endpoint = daemon::ParseEndpoint(address);
    if (endpoint && endpoint->path.empty()) return daemon::IsLocal(*endpoint);
  }
  return false;
}

}  // namespace

std::optional<Target> ParseTarget(std::string_view target) {
  Target parsed;
  if (const std::size_t mark = target.find('?'); mark != std::string_view::npos) {
    parsed.query = target.substr(mark + 1);
    target = target.substr(0, mark);
  }
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] != '%') {
      parsed.path += target[i];
      continue;
    }
    if (i + 2 >= target.size()) return std::nullopt;
    const auto high = HexDigit(target[i + 1]), low = HexDigit(target[i + 2]);
    if (!high || !low) return std::nullopt;
    parsed.path += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return parsed;
}

std::string ForeignRequest(Reach reach, std::string_view method, const Provenance& from) {
  if (reach == Reach::kSocket) return "";
  if (reach == Reach::kLoopback && !from.host.empty() && !NamesThisMachine(from.host))
    return "the Host is not this machine's";
  const std::string other = "the request comes from a page of another site";
  if (!from.origin.empty() && !SameText(from.origin, "http://" + std::string(from.host)))
    return other;
  const bool own =
      from.site.empty() || SameText(from.site, "same-origin") || SameText(from.site, "none");
  // Such a request changes nothing here, and its answer is shown to the user, not to the page.
  const bool follows_link = method == "GET" && SameText(from.mode, "navigate");
  return own || follows_link ? "" : other;
}

}  // namespace loadctl::web

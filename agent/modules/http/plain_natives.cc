#include "agent/modules/http/plain_natives.h"

#include <utility>

#include "agent/modules/http/json_error.h"
#include "agent/net/http/cookie_jar.h"
#include "common/base/duration.h"

namespace loadctl::modules::http {

std::vector<SeenCookie> ParseCookies(std::vector<std::string> lines) {
  std::vector<SeenCookie> cookies;
  for (const auto& line : lines) {
    auto cookie = net::ParseSetCookie(line);
    if (!cookie) continue;
    SeenCookie& seen = cookies.emplace_back();
    seen.name = std::move(cookie->name);
    seen.value = std::move(cookie->value);
    seen.domain = std::move(cookie->domain);
    seen.path = std::move(cookie->path);
    seen.http_only = cookie->http_only;
    seen.secure = cookie->secure;
    seen.max_age = cookie->max_age;
    // Go's zero time in milliseconds since 1970, modulo 2^64 nanoseconds.
    seen.expires =
        cookie->expires ? cookie->expires->time_since_epoch().count() * 1000 : -6795364578871;
  }
  return cookies;
}

std::string JsonError(js::Data body) { return JsonErrorText(body.bytes); }

std::string EscapeForm(js::Data text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text.bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= 'a' && byte <= 'z') || c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

std::variant<double, std::string> ReadDuration(std::string text) {
  const auto duration = ParseK6Duration(text);
  if (!duration) return duration.error().message;
  return static_cast<double>(duration->count()) / 1e6;
}

std::string_view Decode(js::Data bytes) { return bytes.bytes; }

std::string OcspText(const net::OcspStatus& said) {
  const auto number = [](const char* name, std::int64_t value) {
    return '"' + std::string(name) + "\":" + std::to_string(value) + ',';
  };
  return '{' + number("produced_at", said.produced_at) + number("this_update", said.this_update) +
         number("next_update", said.next_update) + number("revoked_at", said.revoked_at) +
         "\"revocation_reason\":\"" + std::string(said.reason) + "\",\"status\":\"" +
         std::string(said.status) + "\"}";
}

}  // namespace loadctl::modules::http

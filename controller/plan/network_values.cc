#include "controller/plan/network_values.h"
#include "common/text/number.h"
#include "common/text/quote.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace loadctl::plan {
namespace json = boost::json;
namespace {

/// An address in network byte order; 4 or 16 bytes count.
struct Address {
  bool v6 = false;
  std::array<unsigned char, 16> bytes{};
  [[nodiscard]] std::size_t size() const { return v6 ? 16 : 4; }
};

std::optional<Address> ParseAddress(const std::string& text) {
  Address out;
  out.v6 = text.find(':') != std::string::npos;
  if (inet_pton(out.v6 ? AF_INET6 : AF_INET, text.c_str(), out.bytes.data()) != 1)
    return std::nullopt;
  return out;
}

std::string Text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> out{};
  inet_ntop(address.v6 ? AF_INET6 : AF_INET, address.bytes.data(), out.data(), out.size());
  return out.data();
}

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsDigits(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsLabel(std::string_view label) {
  return !label.empty() && IsAlphanumeric(label.front()) && IsAlphanumeric(label.back()) &&
         std::all_of(label.begin(), label.end(),
                     [](char c) { return c == '-' || IsAlphanumeric(c); });
}

/// k6's `^(\*\.?)?(name)?$`.
bool IsPattern(std::string_view text) {
  if (text.starts_with('*')) {
    text.remove_prefix(1);
    if (text.starts_with('.')) text.remove_prefix(1);
  }
  while (!text.empty()) {
    const std::size_t dot = text.find('.');
    if (!IsLabel(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
    if (text.empty()) return false;
  }
  return true;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

/// `unix:/run/app.sock`, `unix:@name`.
Result<HostTarget> ParseSocket(const std::string& text) {
  constexpr std::size_t kScheme = 5, kMost = 107;  // bytes of a path: unix(7)
  const std::string_view path = std::string_view(text).substr(kScheme);
  const bool rooted = path.size() > 1 && (path[0] == '/' || path[0] == '@');
  if (!rooted || path.find('\0') != std::string_view::npos)
    return Fail("'" + text + "' is no Unix socket: unix:/path, or unix:@name of an abstract one");
  if (path.size() > kMost)
    return Fail("'" + text + "' is too long for a Unix socket, whose path has at most 107 bytes");
  return HostTarget{text, 0};
}

/// `1.2.3.4`, `::1`, `1.2.3.4:80`, `[::1]:80`, or a Unix socket.
Result<HostTarget> ParseTarget(const std::string& text) {
  if (text.starts_with("unix:")) return ParseSocket(text);
  std::string host = text;
  std::string port;
  const std::size_t colon = text.rfind(':');
  if (text.starts_with('[') && colon != std::string::npos && colon > 0 && text[colon - 1] == ']') {
    host = text.substr(1, colon - 2);
    port = text.substr(colon + 1);
  } else if (colon != std::string::npos && text.find(':') == colon) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  const auto address = ParseAddress(host);
  if (!address) return Fail("'" + text + "' is neither an IP address nor one with a port");
  HostTarget out{Text(*address), 0};
  if (host == text) return out;
  const auto number = text::ParseGoInt(port);
  if (!IsDigits(port, 5) || !number || *number > 65535)
    return Fail("'" + text + "' has no port from 0 to 65535");
  out.port = static_cast<std::uint16_t>(*number);
  return out;
}

Result<void> CheckIpBlock(const std::string& text) {
  if (const std::size_t dash = text.find('-'); dash != std::string::npos) {
    const auto first = ParseAddress(text.substr(0, dash));
    const auto last = ParseAddress(text.substr(dash + 1));
    if (!first || !last) return Fail("wrong IP range format: " + text);
    if (first->v6 != last->v6) return Fail("mixed IP range format: " + text);
    if (std::memcmp(first->bytes.data(), last->bytes.data(), first->size()) > 0)
      return Fail("negative IP range: " + text);
    return {};
  }
  if (text.find('/') != std::string::npos) {
    if (const auto range = ParseIpRange(text); !range)
      return Fail("parseCIDR() failed parsing " + text + ": " + range.error().message);
    return {};
  }
  if (!ParseAddress(text)) return Fail(text + " is not a valid IP, IP range or CIDR");
  return {};
}

/// The names that k6's `tlsVersion` takes; empty: any.
bool IsTlsVersion(std::string_view name) {
  return name.empty() || name == "tls1.0" || name == "tls1.1" || name == "tls1.2" ||
         name == "tls1.3";
}

/// Those of Go's crypto/tls that k6 2.2 lists.
constexpr auto kCipherSuites = std::to_array<std::string_view>({
    "TLS_RSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
});

Result<std::string> PlainText(const JsonPlace& place, const json::value& value) {
  if (value.is_null()) return std::string();
  if (!value.is_string()) return JsonTypeError(place, value, "string");
  return std::string(value.get_string());
}

}  // namespace

Result<std::string> ParseIpRange(std::string_view text) {
  const auto fail = [&] { return Fail("invalid CIDR address: " + std::string(text)); };
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return fail();
  auto address = ParseAddress(std::string(text.substr(0, slash)));
  const auto bits = text::ParseGoInt(text.substr(slash + 1));
  if (!address || !IsDigits(text.substr(slash + 1), 3) || !bits ||
      *bits > static_cast<std::int64_t>(8 * address->size()))
    return fail();
  for (std::size_t i = 0; i < address->size(); ++i) {
    const int kept = std::clamp(static_cast<int>(*bits) - 8 * static_cast<int>(i), 0, 8);
    address->bytes[i] &= static_cast<unsigned char>(0xFF00 >> kept);
  }
  return Text(*address) + "/" + std::to_string(*bits);
}

Result<void> CheckHostPattern(std::string_view text) {
  if (!IsPattern(text)) return Fail("invalid hostname pattern '" + Lower(text) + "'");
  return {};
}

Result<void> CheckIpPool(std::string_view text) {
  for (;;) {
    const std::size_t comma = text.find(',');
    LOADCTL_CHECK_OK(CheckIpBlock(std::string(text.substr(0, comma))));
    if (comma == std::string_view::npos) return {};
    text.remove_prefix(comma + 1);
  }
}

Result<Hosts> ReadHosts(const JsonPlace& place, const json::value& value) {
  LOADCTL_TRY(const auto texts, JsonStringMap(place, value));
  Hosts out;
  if (!texts) return out;
  for (const auto& [name, text] : *texts) {
    const std::string key = Lower(name);
    const std::size_t colon = key.find(':');
    const bool port = colon == std::string::npos || IsDigits(key.substr(colon + 1), 5);
    if (!port || !IsPattern(std::string_view(key).substr(0, colon)))
      return JsonValueError(place, "invalid host pattern '" + key + "'");
    auto target = ParseTarget(text);
    if (!target) return JsonValueError(place.At(name), target.error().message);
    out[key] = std::move(*target);
  }
  return out;
}

Result<TlsVersions> ReadTlsVersions(const JsonPlace& place, const json::value& value) {
  TlsVersions out;
  if (value.is_string()) {
    out.min = out.max = std::string(value.get_string());
  } else if (value.is_object()) {
    for (const auto& [raw_key, item] : value.get_object()) {
      const std::string_view key(raw_key);
      const bool min = SameKey(key, "min");
      if (!min && !SameKey(key, "max"))
        return JsonValueError(place, "json: unknown field " + text::QuoteGo(key));
      LOADCTL_TRY((min ? out.min : out.max), PlainText(place.At(key), item));
    }
  } else {
    return JsonTypeError(place, value, "lib.tlsVersionsFields");
  }
  for (const std::string& version : {out.min, out.max}) {
    if (!IsTlsVersion(version))
      return JsonValueError(place, "unknown TLS version '" + version + "'");
  }
  return out;
}

Result<void> CheckCipherSuite(std::string_view name) {
  if (std::find(kCipherSuites.begin(), kCipherSuites.end(), name) == kCipherSuites.end())
    return Fail("unknown cipher suite '" + std::string(name) + "'");
  return {};
}

Result<std::vector<TlsCertificate>> ReadTlsAuth(const JsonPlace& place, const json::value& value) {
  if (!value.is_array()) return JsonTypeError(place, value, "[]*lib.TLSAuth");
  std::vector<TlsCertificate> out;
  std::size_t number = 0;
  for (const json::value& item : value.get_array()) {
    const JsonPlace at = place.At(number++);
    if (!item.is_object()) return JsonTypeError(at, item, "lib.TLSAuthFields");
    TlsCertificate& one = out.emplace_back();
    for (const auto& [raw_key, field] : item.get_object()) {
      const std::string_view key(raw_key);
      const JsonPlace of_field = at.At(key);
      if (SameKey(key, "cert")) {
        LOADCTL_TRY(one.cert, PlainText(of_field, field));
      } else if (SameKey(key, "key")) {
        LOADCTL_TRY(one.key, PlainText(of_field, field));
      } else if (SameKey(key, "password")) {
        LOADCTL_TRY(one.password, JsonString(of_field, field));
      } else if (SameKey(key, "domains")) {
        LOADCTL_TRY(one.domains, JsonStrings(of_field, field));
      } else {
        return JsonValueError(at, "json: unknown field " + text::QuoteGo(key));
      }
    }
  }
  return out;
}

}  // namespace loadctl::plan

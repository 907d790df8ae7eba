#include "agent/net/proxy/proxy_rules.h"

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <utility>

#include "agent/net/http/idna.h"
#include "common/base/base64.h"

namespace loadctl::net {
namespace {

std::string FirstSet(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

/// `host:port` or `[host]:port` in two; an empty port if there is none.
std::pair<std::string, std::string> SplitPort(const std::string& text) {
  if (text.starts_with('[')) {
    const auto close = text.find("]:");
    if (close == std::string::npos) return {text, ""};
    return {text.substr(1, close - 1), text.substr(close + 2)};
  }
  const auto colon = text.find(':');
  if (colon == std::string::npos || text.find(':', colon + 1) != std::string::npos)
    return {text, ""};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool IsLoopback(const IpAddress& address) {
  if (address.family == IpAddress::Family::kV4) return address.bytes[0] == 127;
  return address == *IpAddress::Parse("::1");
}

/// A variable's value: a URL, or `host[:port]` of an HTTP proxy.
Result<Url> ReadAddress(const std::string& text) {
  return ParseUrl(text.find("://") != std::string::npos ? text : "http://" + text);
}

Result<std::optional<Proxy>> ReadProxy(std::string_view variable, const std::string& text) {
  if (text.empty()) return std::optional<Proxy>();
  // The address may hold a password, so no message quotes it.
  const auto wrong = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidConfig, std::string(variable) + ": " + std::string(why) +
                                               " (wanted: host:port, or a URL with http, https, "
                                               "socks5 or socks5h)");
  };
  const Result<Url> url = ReadAddress(text);
  if (!url || url->host.empty()) return wrong("not an address of a proxy");
  Proxy proxy;
  std::uint16_t usual_port = 80;
  if (url->scheme == "https") {
    proxy.kind = Proxy::Kind::kHttps;
    usual_port = 443;
  } else if (url->scheme == "socks5" || url->scheme == "socks5h") {
    proxy.kind = Proxy::Kind::kSocks5;
    usual_port = 1080;
  } else if (url->scheme != "http") {
    return wrong("unknown kind of proxy '" + url->scheme + "'");
  }
  proxy.host = url->Hostname();
  const bool has_port =
      url->host_header.size() > proxy.host.size() && url->host_header.back() != ']';
  proxy.port = has_port ? url->port : usual_port;
  if (proxy.host.empty() || proxy.port == 0) return wrong("not an address of a proxy");
  proxy.has_user = url->has_userinfo;
  proxy.user = url->user;
  proxy.password = url->password;
  if (proxy.has_user)
    proxy.authorization = "Basic " + Base64{}.Encode(proxy.user + ':' + proxy.password);
  return std::optional(std::move(proxy));
}

}  // namespace

ProxyEnvironment ProxyEnvironment::Read() {
  return {FirstSet({"HTTP_PROXY", "http_proxy"}), FirstSet({"HTTPS_PROXY", "https_proxy"}),
          FirstSet({"NO_PROXY", "no_proxy"}), !FirstSet({"REQUEST_METHOD"}).empty()};
}

Result<ProxyRules> ProxyRules::Make(const ProxyEnvironment& environment) {
  ProxyRules rules;
  LOADCTL_TRY(rules.http_, ReadProxy("HTTP_PROXY", environment.http));
  LOADCTL_TRY(rules.https_, ReadProxy("HTTPS_PROXY", environment.https));
  if (rules.http_ && environment.cgi) {
    return loadctl::Fail(ErrorCode::kInvalidConfig,
                         "HTTP_PROXY is not trusted where REQUEST_METHOD is set, too, as in CGI: "
                         "unset one of them");
  }
  std::string_view left = environment.direct;
  while (!left.empty() && !rules.all_direct_) {
    const auto comma = std::min(left.find(','), left.size());
    rules.AddDirect(Lower(Trim(left.substr(0, comma))));
    left.remove_prefix(std::min(comma + 1, left.size()));
  }
  return rules;
}

void ProxyRules::AddDirect(std::string entry) {
  if (entry == "*") {
    all_direct_ = true;
    return;
  }
  if (entry.find('/') != std::string::npos) {
    if (auto network = Network::Parse(entry)) {
      direct_.push_back({std::move(network), {}, false, {}});
      return;
    }
  }
  auto [host, port] = SplitPort(entry);
  if (auto network = Network::Parse(host); network && host.find('/') == std::string::npos) {
    direct_.push_back({std::move(network), {}, false, std::move(port)});
    return;
  }
  if (host.starts_with("*.")) host.erase(0, 1);
  if (host.empty()) return;
  const bool itself = host[0] != '.';
  if (itself) host.insert(0, 1, '.');
  if (IsInternational(host)) {
    if (auto ascii = ToAscii(std::string_view(host).substr(1))) host = '.' + *ascii;
  }
  direct_.push_back({std::nullopt, std::move(host), itself, std::move(port)});
}

bool ProxyRules::IsDirect(std::string_view host, std::uint16_t port) const {
  if (host == "localhost") return true;
  const std::optional<IpAddress> address = IpAddress::Parse(host);
  if (address && IsLoopback(*address)) return true;
  if (all_direct_) return true;
  const std::string name = Lower(host);
  const std::string digits = std::to_string(port);
  return std::any_of(direct_.begin(), direct_.end(), [&](const Direct& entry) {
    if (!entry.port.empty() && entry.port != digits) return false;
    if (entry.network) return address && entry.network->Contains(*address);
    if (address) return false;
    return name.ends_with(entry.name) ||
           (entry.itself && name == std::string_view(entry.name).substr(1));
  });
}

const Proxy* ProxyRules::For(const Url& url) const {
  const std::optional<Proxy>& proxy = url.scheme == "https" ? https_ : http_;
  if (!proxy || (url.scheme != "https" && url.scheme != "http")) return nullptr;
  return IsDirect(url.Hostname(), url.port) ? nullptr : &*proxy;
}

}  // namespace loadctl::net

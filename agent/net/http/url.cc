#include "agent/net/http/url.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "agent/net/http/idna.h"
#include "agent/net/socket/address.h"
#include "agent/net/socket/failure.h"

namespace loadctl::net {
namespace {

enum class Part : std::uint8_t { kPath, kUser, kHost, kZone, kFragment };

bool IsUnreserved(unsigned char c) {
  return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '~';
}

/// Whether Go leaves `c` unescaped in that part when it escapes by itself.
bool IsPlain(unsigned char c, Part part) {
  if (c < 0x80 && IsUnreserved(c)) return true;
  switch (part) {
    case Part::kPath:
      return c != 0 &&
             std::string_view("$&+,/:;=@").find(static_cast<char>(c)) != std::string_view::npos;
    case Part::kUser:
      return c != 0 &&
             std::string_view("$&+,;=").find(static_cast<char>(c)) != std::string_view::npos;
    case Part::kHost:
    case Part::kZone:
      return c != 0 && std::string_view("!$&'()*+,;=:[]<>\"").find(static_cast<char>(c)) !=
                           std::string_view::npos;
    case Part::kFragment:
      return c != 0 && std::string_view("$&+,/:;=?@!()*'").find(static_cast<char>(c)) !=
                           std::string_view::npos;
  }
  return false;
}

bool IsHex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

int Unhex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return (c | 0x20) - 'a' + 10;
}

std::string Escape(std::string_view text, Part part) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (IsPlain(byte, part)) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

/// Decodes %XX; fails with Go's words on a bad escape or a byte no host may hold.
Result<std::string> Unescape(std::string_view text, Part part) {
  const bool host = part == Part::kHost || part == Part::kZone;
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '%') {
      const auto byte = static_cast<unsigned char>(c);
      if (host && byte < 0x80 && !IsPlain(byte, part)) {
        return Fail("invalid character " + Quote(text.substr(i, 1)) + " in host name");
      }
      out += c;
      continue;
    }
    const std::string_view escape = text.substr(i, 3);
    if (escape.size() < 3 || !IsHex(escape[1]) || !IsHex(escape[2])) {
      return Fail("invalid URL escape " + Quote(escape));
    }
    const auto value = static_cast<unsigned char>(Unhex(escape[1]) << 4 | Unhex(escape[2]));
    if ((part == Part::kHost && value < 0x80 && escape != "%25") ||
        (part == Part::kZone && escape != "%25" && value != ' ' && !IsPlain(value, Part::kHost))) {
      return Fail("invalid URL escape " + Quote(escape));
    }
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

/// The path as it goes on the wire: as written if that is validly escaped, else escaped anew.
Result<std::string> NormalPath(std::string_view raw) {
  LOADCTL_TRY(const std::string decoded, Unescape(raw, Part::kPath));
  const bool valid = std::all_of(raw.begin(), raw.end(), [](char c) {
    return c == '%' || IsPlain(static_cast<unsigned char>(c), Part::kPath) ||
           (c != '\0' && std::string_view("!$&'()*+,;=:@[]").find(c) != std::string_view::npos);
  });
  return valid ? std::string(raw) : Escape(decoded, Part::kPath);
}

Result<void> CheckPort(std::string_view text) {
  if (text.empty()) return {};
  const bool digits = std::all_of(text.begin() + 1, text.end(),
                                  [](unsigned char c) { return std::isdigit(c) != 0; });
  if (text[0] == ':' && digits) return {};
  return Fail("invalid port " + Quote(text) + " after host");
}

Result<std::string> ParseIpLiteral(std::string_view host) {
  const auto close = host.rfind(']');
  if (close == std::string_view::npos) return Fail("missing ']' in host");
  const std::string_view port = host.substr(close + 1);
  LOADCTL_CHECK_OK(CheckPort(port));
  const std::string_view inner = host.substr(1, close - 1);
  const auto zone_at = std::min(inner.find("%25"), inner.size());
  LOADCTL_TRY(const std::string name, Unescape(inner.substr(0, zone_at), Part::kHost));
  LOADCTL_TRY(const std::string zone, Unescape(inner.substr(zone_at), Part::kZone));
  const auto address = IpAddress::Parse(name);
  if (!address) {
    return Fail("invalid host: ParseAddr(" + Quote(name + zone) + "): unable to parse IP");
  }
  if (name.find(':') == std::string::npos) return Fail("invalid IP-literal");
  return '[' + name + zone + ']' + std::string(port);
}

Result<std::string> ParseHost(std::string_view host) {
  const auto open = host.rfind('[');
  if (open == 0) return ParseIpLiteral(host);
  if (open != std::string_view::npos) return Fail("invalid IP-literal");
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos) LOADCTL_CHECK_OK(CheckPort(host.substr(colon)));
  return Unescape(host, Part::kHost);
}

Result<void> ParseAuthority(std::string_view authority, Url& url) {
  const auto at = authority.rfind('@');
  const bool has_user = at != std::string_view::npos;
  LOADCTL_TRY(url.host, ParseHost(has_user ? authority.substr(at + 1) : authority));
  if (IsInternational(url.host)) {
    // A name that has no such form is found by no name server, and fails there, as in Go.
    const auto colon = std::min(url.host.rfind(':'), url.host.size());
    if (const auto ascii = ToAscii(std::string_view(url.host).substr(0, colon)))
      url.ascii_host = *ascii + url.host.substr(colon);
  }
  if (!has_user) return {};
  const std::string_view userinfo = authority.substr(0, at);
  for (const char c : userinfo) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 &&
        (c == '\0' || std::string_view("-._:~!$&'()*+,;=%@").find(c) == std::string_view::npos)) {
      return Fail("net/url: invalid userinfo");
    }
  }
  const auto colon = userinfo.find(':');
  LOADCTL_TRY(url.user, Unescape(userinfo.substr(0, colon), Part::kUser));
  url.has_userinfo = true;
  if (colon == std::string_view::npos) return {};
  LOADCTL_TRY(url.password, Unescape(userinfo.substr(colon + 1), Part::kUser));
  url.has_password = true;
  return {};
}

/// Splits `scheme:` off `rest`; no scheme is no error.
Result<std::string> TakeScheme(std::string_view& rest) {
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const auto c = static_cast<unsigned char>(rest[i]);
    if (std::isalpha(c) != 0) continue;
    if (c == ':') {
      if (i == 0) return Fail("missing protocol scheme");
      std::string scheme(rest.substr(0, i));
      std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                     [](unsigned char letter) { return std::tolower(letter); });
      rest.remove_prefix(i + 1);
      return scheme;
    }
    if (i == 0 || (std::isdigit(c) == 0 && c != '+' && c != '-' && c != '.')) break;
  }
  return std::string();
}

void TakeQuery(std::string_view& rest, Url& url) {
  const auto mark = rest.find('?');
  if (mark == std::string_view::npos) return;
  url.query = rest.substr(mark + 1);
  url.force_query = url.query.empty();
  rest = rest.substr(0, mark);
}

Result<Url> ParseWithoutFragment(std::string_view rest) {
  const bool control =
      std::any_of(rest.begin(), rest.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (control) return Fail("net/url: invalid control character in URL");
  Url url;
  if (rest == "*") {
    url.path = "*";
    return url;
  }
  LOADCTL_TRY(url.scheme, TakeScheme(rest));
  TakeQuery(rest, url);
  if (rest.substr(0, 1) != "/") {
    if (!url.scheme.empty()) {
      url.opaque = rest;
      return url;
    }
    if (rest.substr(0, rest.find('/')).find(':') != std::string_view::npos) {
      return Fail("first path segment in URL cannot contain colon");
    }
  }
  const bool has_authority =
      rest.substr(0, 2) == "//" && (!url.scheme.empty() || rest.substr(0, 3) != "///");
  if (has_authority) {
    rest.remove_prefix(2);
    const auto slash = std::min(rest.find('/'), rest.size());
    LOADCTL_CHECK_OK(ParseAuthority(rest.substr(0, slash), url));
    rest.remove_prefix(slash);
    url.empty_authority = url.host.empty() && !url.has_userinfo;
  }
  LOADCTL_TRY(url.path, NormalPath(rest));
  return url;
}

/// RFC 3986, 5.2.4, on `reference` merged with `base`.
std::string ResolvePath(std::string_view base, std::string_view reference) {
  std::string full;
  if (reference.empty()) {
    full = base;
  } else if (reference[0] != '/') {
    full = std::string(base.substr(0, base.rfind('/') + 1)) + std::string(reference);
  } else {
    full = reference;
  }
  if (full.empty()) return full;
  std::string out = "/";
  std::string_view left = full;
  bool first = true;
  for (;;) {
    const auto slash = left.find('/');
    const std::string_view segment = left.substr(0, slash);
    if (segment == ".") {
      first = false;
    } else if (segment == "..") {
      const auto cut = out.rfind('/');
      out.resize(cut == 0 || cut == std::string::npos ? 1 : cut);
      first = out.size() == 1;
    } else {
      if (!first) out += '/';
      out += segment;
      first = false;
    }
    if (slash != std::string_view::npos) {
      left.remove_prefix(slash + 1);
      continue;
    }
    if (segment == "." || segment == "..") out += '/';
    break;
  }
  return out.size() > 1 && out[1] == '/' ? out.substr(1) : out;
}

/// What is asked of a host for every request.
void NoteHost(Url& url) {
  std::string& header = url.host_header = url.ascii_host.empty() ? url.host : url.ascii_host;
  if (header.ends_with(':')) header.pop_back();
  const auto colon = header.rfind(':');
  url.port = 0;
  if (colon == std::string::npos || header.back() == ']') {
    url.port = url.scheme == "https" ? 443 : url.scheme == "http" ? 80 : 0;
  } else {
    std::uint16_t port = 0;
    const char* const end = header.data() + header.size();
    const auto [last, error] = std::from_chars(header.data() + colon + 1, end, port);
    if (error == std::errc() && last == end) url.port = port;
  }
  if (header.starts_with('[')) header = WithoutZone(header);
}

}  // namespace

std::string WithoutZone(std::string_view host) {
  const auto zone = host.find('%');
  if (zone == std::string_view::npos) return std::string(host);
  const auto close = std::min(host.find(']', zone), host.size());
  return std::string(host.substr(0, zone)) + std::string(host.substr(close));
}

Result<Url> ParseUrl(std::string_view text) {
  const auto hash = text.find('#');
  const std::string_view main = text.substr(0, hash);
  Result<Url> url = ParseWithoutFragment(main);
  if (!url) return Fail("parse " + Quote(main) + ": " + url.error().message);
  NoteHost(*url);
  if (hash == std::string_view::npos || hash + 1 == text.size()) return url;
  Result<std::string> decoded = Unescape(text.substr(hash + 1), Part::kFragment);
  if (!decoded) return Fail("parse " + Quote(text) + ": " + decoded.error().message);
  const std::string_view raw = text.substr(hash + 1);
  const bool plain = std::all_of(raw.begin(), raw.end(), [](char c) {
    return c == '%' || IsPlain(static_cast<unsigned char>(c), Part::kFragment);
  });
  url->fragment = plain ? std::string(raw) : Escape(*decoded, Part::kFragment);
  return url;
}

std::string_view Url::Hostname() const {
  const std::string_view view = ascii_host.empty() ? host : ascii_host;
  if (!view.empty() && view[0] == '[') return view.substr(1, view.rfind(']') - 1);
  return view.substr(0, view.rfind(':'));
}

void Url::AppendTarget(std::string& out) const {
  if (path.empty() || path[0] != '/') out += '/';
  out += path;
  if (!force_query && query.empty()) return;
  out += '?';
  std::size_t at = 0;
  for (std::size_t space; (space = query.find(' ', at)) != std::string::npos; at = space + 1)
    out.append(query, at, space - at).append("%20");
  out.append(query, at);
}

std::string Url::RequestTarget() const {
  std::string target;
  AppendTarget(target);
  return target;
}

std::string Url::WithoutUserinfo() const {
  std::string out;
  if (!scheme.empty()) out += scheme + ':';
  if (!opaque.empty()) {
    out += opaque;
  } else {
    if (!host.empty() || (empty_authority && !path.empty()))
      out += "//" + Escape(host, Part::kHost);
    if (!path.empty() && path[0] != '/' && !host.empty()) out += '/';
    out += path;
  }
  if (force_query || !query.empty()) out += '?' + query;
  if (!fragment.empty()) out += '#' + fragment;
  return out;
}

namespace {
std::string WithUserinfo(const Url& url, const std::string& userinfo) {
  std::string text = url.WithoutUserinfo();
  const auto slashes = text.find("//");
  if (slashes != std::string::npos) text.insert(slashes + 2, userinfo + '@');
  return text;
}
}  // namespace

std::string Url::ToString() const {
  if (!has_userinfo) return WithoutUserinfo();
  std::string userinfo = Escape(user, Part::kUser);
  if (has_password) userinfo += ':' + Escape(password, Part::kUser);
  return WithUserinfo(*this, userinfo);
}

std::string Url::Masked() const {
  if (!has_userinfo) return ToString();
  return WithUserinfo(*this, has_password ? "****:****" : "****");
}

Result<Url> Url::Resolve(std::string_view reference) const {
  LOADCTL_TRY(Url target, ParseUrl(reference));
  const bool absolute = !target.scheme.empty();
  if (!absolute) target.scheme = scheme;
  if (absolute || !target.host.empty() || target.has_userinfo) {
    target.path = ResolvePath(target.path, "");
    NoteHost(target);
    return target;
  }
  if (!target.opaque.empty()) return target;
  if (target.path.empty() && !target.force_query && target.query.empty()) {
    target.query = query;
    if (target.fragment.empty()) target.fragment = fragment;
  }
  target.host = host;
  target.ascii_host = ascii_host;
  target.host_header = host_header;
  target.port = port;
  target.user = user;
  target.password = password;
  target.has_userinfo = has_userinfo;
  target.has_password = has_password;
  target.path = ResolvePath(path, target.path);
  return target;
}

}  // namespace loadctl::net

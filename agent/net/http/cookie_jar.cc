#include "agent/net/http/cookie_jar.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "agent/net/socket/address.h"

namespace loadctl::net {
namespace {

std::string_view Trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool IsValueByte(unsigned char c) { return c >= 0x20 && c != 0x7f && c != ';'; }

/// The part before the first `separator`; `rest` keeps what follows it.
std::string_view Take(std::string_view& rest, char separator) {
  const auto at = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return part;
}

template <class Number>
bool ParseNumber(std::string_view text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number);
  return !text.empty() && error == std::errc() && last == end;
}

bool HasDotSuffix(std::string_view text, std::string_view suffix) {
  return text.size() > suffix.size() && text.ends_with(suffix) &&
         text[text.size() - suffix.size() - 1] == '.';
}

/// Go's jar without a public suffix list keeps hosts apart by their last two labels.
std::string SiteOf(std::string_view host) {
  if (IpAddress::Parse(host)) return std::string(host);
  const auto dot = host.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return std::string(host);
  const auto before = host.rfind('.', dot - 1);
  return std::string(before == std::string_view::npos ? host : host.substr(before + 1));
}

std::string HostOf(const Url& url) {
  std::string host = Lower(url.Hostname());
  if (!host.empty() && host.back() == '.') host.pop_back();
  return host;
}

std::string_view PathOf(const Url& url) {
  return url.path.empty() ? std::string_view("/") : std::string_view(url.path);
}

std::string DefaultPath(std::string_view path) {
  if (path.empty() || path[0] != '/') return "/";
  const auto slash = path.rfind('/');
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

bool PathMatches(std::string_view path, std::string_view cookie_path) {
  if (!path.starts_with(cookie_path)) return false;
  return path.size() == cookie_path.size() || cookie_path.ends_with('/') ||
         path[cookie_path.size()] == '/';
}

/// The domain a cookie of `host` gets; nothing if it may not have the one it asks for.
std::optional<std::string> DomainFor(std::string_view host, std::string_view asked,
                                     bool& host_only) {
  host_only = asked.empty();
  if (host_only) return std::string(host);
  if (IpAddress::Parse(host)) {
    host_only = true;
    return asked == host ? std::optional<std::string>(host) : std::nullopt;
  }
  if (asked.front() == '.') asked.remove_prefix(1);
  if (asked.empty() || asked.front() == '.' || asked.back() == '.') return std::nullopt;
  std::string domain = Lower(asked);
  if (domain != host && !HasDotSuffix(host, domain)) return std::nullopt;
  return domain;
}

void ParseAttribute(std::string_view part, Cookie& cookie) {
  const std::string name = Lower(Take(part, '='));
  const std::string_view value = part;
  if (!std::all_of(value.begin(), value.end(), IsValueByte)) return;
  if (name == "secure") {
    cookie.secure = true;
  } else if (name == "httponly") {
    cookie.http_only = true;
  } else if (name == "domain") {
    cookie.domain = value;
  } else if (name == "path") {
    cookie.path = value;
  } else if (name == "max-age") {
    std::int64_t seconds = 0;
    if (!ParseNumber(value, seconds) || (seconds != 0 && value[0] == '0')) return;
    cookie.max_age = seconds <= 0 ? -1 : seconds;
  } else if (name == "expires") {
    cookie.expires = ParseHttpDate(value);
  }
}

}  // namespace

std::optional<Cookie> ParseSetCookie(std::string_view line) {
  std::string_view rest = Trim(line);
  std::string_view pair = Trim(Take(rest, ';'));
  if (pair.find('=') == std::string_view::npos) return std::nullopt;
  Cookie cookie;
  cookie.name = Trim(Take(pair, '='));
  if (!IsToken(cookie.name)) return std::nullopt;
  if (pair.size() > 1 && pair.front() == '"' && pair.back() == '"') {
    pair = pair.substr(1, pair.size() - 2);
  }
  if (!std::all_of(pair.begin(), pair.end(), IsValueByte)) return std::nullopt;
  cookie.value = pair;
  while (!rest.empty()) {
    const std::string_view part = Trim(Take(rest, ';'));
    if (!part.empty()) ParseAttribute(part, cookie);
  }
  return cookie;
}

std::optional<std::chrono::sys_seconds> ParseHttpDate(std::string_view text) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  text = Trim(text);
  if (Take(text, ',').size() != 3) return std::nullopt;
  text = Trim(text);
  const char separator = text.size() > 2 && text[2] == '-' ? '-' : ' ';
  int day = 0;
  int year = 0;
  int time[3] = {};
  bool good = ParseNumber(Take(text, separator), day);
  const std::string_view month_name = Take(text, separator);
  const auto month = month_name.size() == 3 ? kMonths.find(month_name) : std::string_view::npos;
  good = good && month != std::string_view::npos && month % 3 == 0;
  good = good && ParseNumber(Take(text, ' '), year);
  good = good && ParseNumber(Take(text, ':'), time[0]) && ParseNumber(Take(text, ':'), time[1]) &&
         ParseNumber(Take(text, ' '), time[2]);
  if (!good || year < 0 || year > 9999 || time[0] > 23 || time[1] > 59 || time[2] > 59) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::sys_days(date)) + std::chrono::hours(time[0]) +
         std::chrono::minutes(time[1]) + std::chrono::seconds(time[2]);
}

void CookieJar::Set(const Url& url, const Cookie& cookie, Now now) {
  if (url.scheme != "http" && url.scheme != "https") return;
  const std::string host = HostOf(url);
  Entry entry;
  std::optional<std::string> domain = DomainFor(host, cookie.domain, entry.host_only);
  if (!domain) return;
  entry.site = SiteOf(host);
  entry.domain = std::move(*domain);
  entry.path = !cookie.path.empty() && cookie.path[0] == '/' ? cookie.path : DefaultPath(url.path);
  entry.name = cookie.name;
  entry.value = cookie.value;
  entry.secure = cookie.secure;
  bool remove = cookie.max_age < 0;
  if (cookie.max_age > 0) {
    // Beyond what a clock can show it does not expire.
    constexpr std::int64_t kLongest = 1ll << 40;
    entry.expires = now + std::chrono::seconds(std::min(cookie.max_age, kLongest));
  } else if (!remove && cookie.expires) {
    entry.expires = cookie.expires;
    remove = *cookie.expires <= now;
  }
  const auto same = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& other) {
    return other.name == entry.name && other.path == entry.path && other.domain == entry.domain &&
           other.site == entry.site;
  });
  if (same == entries_.end()) {
    if (remove) return;
    entry.sequence = next_sequence_++;
    entries_.push_back(std::move(entry));
  } else if (remove) {
    entries_.erase(same);
  } else {
    entry.sequence = same->sequence;
    *same = std::move(entry);
  }
}

void CookieJar::Store(const Url& url, const Exchange& exchange, Now now) {
  for (const Exchange::Field& field : exchange.headers) {
    if (field.name_size != 10 || !EqualsIgnoreCase(exchange.Name(field), "Set-Cookie")) continue;
    if (const auto cookie = ParseSetCookie(exchange.Value(field))) Set(url, *cookie, now);
  }
}

bool CookieJar::Matches(const Entry& entry, const Url& url, std::string_view host) {
  if (entry.secure && url.scheme != "https") return false;
  if (entry.domain != host && (entry.host_only || !HasDotSuffix(host, entry.domain))) return false;
  return PathMatches(PathOf(url), entry.path) && entry.site == SiteOf(host);
}

std::vector<CookieJar::Pair> CookieJar::For(const Url& url, Now now) {
  std::vector<Pair> pairs;
  if (entries_.empty() || (url.scheme != "http" && url.scheme != "https")) return pairs;
  std::erase_if(entries_, [&](const Entry& e) { return e.expires && *e.expires <= now; });
  const std::string host = HostOf(url);
  std::vector<const Entry*> chosen;
  for (const Entry& entry : entries_) {
    if (Matches(entry, url, host)) chosen.push_back(&entry);
  }
  std::sort(chosen.begin(), chosen.end(), [](const Entry* a, const Entry* b) {
    if (a->path.size() != b->path.size()) return a->path.size() > b->path.size();
    return a->sequence < b->sequence;
  });
  pairs.reserve(chosen.size());
  for (const Entry* entry : chosen) pairs.push_back({entry->name, entry->value});
  return pairs;
}

std::string CookieJar::Header(const Url& url, Now now) {
  std::string header;
  for (const Pair& pair : For(url, now)) {
    header += (header.empty() ? "" : "; ") + CookiePair(pair.name, pair.value);
  }
  return header;
}

std::string CookiePair(std::string_view name, std::string_view value) {
  std::string pair;
  for (const char c : name) pair += c == '\n' || c == '\r' ? '-' : c;
  pair += '=';
  std::string clean;
  std::copy_if(value.begin(), value.end(), std::back_inserter(clean), IsValueByte);
  const bool quote = clean.find_first_of(" ,") != std::string::npos &&
                     clean.find_first_of("\"\\") == std::string::npos;
  return quote ? pair + '"' + clean + '"' : pair + clean;
}

}  // namespace loadctl::net

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "controller/report/har.h"

namespace loadctl::report {
namespace {

/// Names without `-` and `_`, in lower case.
constexpr auto kCredentials = std::to_array<std::string_view>(
    {"authorization", "cookie", "token", "secret", "password", "passwd", "pwd", "apikey",
     "accesskey", "privatekey", "sessionid", "credential", "signature", "xcsrf", "xxsrf", "jwt"});

/// Headers whose values are URLs, or have one.
constexpr auto kWithUrls =
    std::to_array<std::string_view>({"location", "contentlocation", "referer", "refresh", "link"});

std::string Plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == '.') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

/// Where a JSON text in quotes that begins at `at` ends, behind its quote; npos: it does not.
std::size_t EndOfText(std::string_view json, std::size_t at) {
  for (std::size_t i = at + 1; i < json.size(); ++i) {
    if (json[i] == '\\') {
      ++i;
    } else if (json[i] == '"') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

bool IsCredential(std::string_view name) {
  const std::string plain = Plain(name);
  return std::any_of(kCredentials.begin(), kCredentials.end(),
                     [&](std::string_view word) { return plain.find(word) != std::string::npos; });
}

std::string MaskedForm(std::string_view form) {
  std::string out;
  while (!form.empty()) {
    const auto end = std::min(form.find('&'), form.size());
    const std::string_view pair = form.substr(0, end);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && IsCredential(pair.substr(0, equals))) {
      out.append(pair.substr(0, equals + 1)).append(kMasked);
    } else {
      out.append(pair);
    }
    if (end < form.size()) out += '&';
    form.remove_prefix(std::min(end + 1, form.size()));
  }
  return out;
}

std::string MaskedUrl(std::string_view url) {
  std::string out;
  const auto scheme = url.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto path = std::min(url.find_first_of("/?#", begin), url.size());
  const auto at = url.substr(0, path).rfind('@');
  if (at != std::string_view::npos && at >= begin) {
    out.append(url.substr(0, begin)).append(kMasked);
    url.remove_prefix(at);
  }
  const auto fragment = std::min(url.find('#'), url.size());
  const auto query = std::min(url.find('?'), fragment);
  out.append(url.substr(0, std::min(query + 1, fragment)));
  if (query < fragment) out += MaskedForm(url.substr(query + 1, fragment - query - 1));
  if (fragment == url.size()) return out;
  return out.append(1, '#').append(MaskedForm(url.substr(fragment + 1)));
}

std::string MaskedHeader(std::string_view name, std::string_view value) {
  if (IsCredential(name)) return std::string(kMasked);
  const std::string plain = Plain(name);
  const bool url = std::find(kWithUrls.begin(), kWithUrls.end(), plain) != kWithUrls.end();
  return url ? MaskedUrl(value) : std::string(value);
}

std::string MaskedMultipart(std::string_view body) {
  constexpr std::string_view kName = "name=\"", kHeadEnd = "\r\n\r\n", kPartEnd = "\r\n--";
  std::string out;
  for (;;) {
    const std::size_t name = body.find(kName);
    if (name == std::string_view::npos) break;
    const std::size_t quote = body.find('"', name + kName.size());
    const std::size_t head = body.find(kHeadEnd, name);
    if (quote == std::string_view::npos || head == std::string_view::npos) break;
    const std::size_t begin = quote < head ? head + kHeadEnd.size() : quote;
    out.append(body.substr(0, begin));
    if (quote < head &&
        IsCredential(body.substr(name + kName.size(), quote - name - kName.size()))) {
      out.append(kMasked);
      body.remove_prefix(std::min(body.find(kPartEnd, begin), body.size()));
    } else {
      body.remove_prefix(begin);
    }
  }
  return out.append(body);
}

std::string MaskedJson(std::string_view json) {
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = json.find('"'); at != std::string_view::npos; at = json.find('"', at)) {
    const std::size_t end = EndOfText(json, at);
    if (end == std::string_view::npos) break;
    std::size_t value = end;
    while (value < json.size() && IsSpace(json[value])) ++value;
    const bool key = value < json.size() && json[value] == ':';
    const bool credential = key && IsCredential(json.substr(at + 1, end - at - 2));
    at = end;
    if (!credential) continue;
    for (++value; value < json.size() && IsSpace(json[value]);) ++value;
    if (value == json.size() || json[value] == '{' || json[value] == '[') continue;
    // A text to its quote, or to the end if it was cut; else as far as a number or a word goes.
    const std::size_t last =
        json[value] == '"' ? EndOfText(json, value) : json.find_first_of(",}] \t\r\n", value);
    out.append(json.substr(done, value - done)).append(1, '"').append(kMasked).append(1, '"');
    done = at = std::min(last, json.size());
  }
  return out.append(json.substr(done));
}

}  // namespace loadctl::report

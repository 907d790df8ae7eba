#include "controller/output/url.h"

#include <curl/curl.h>

#include <memory>

namespace loadctl::output {
namespace {

std::string Part(CURLU* url, CURLUPart part, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return "";
  std::string out = text;
  curl_free(text);
  return out;
}

std::string Decoded(std::string_view text) {
  std::string plus(text);
  for (char& c : plus)
    if (c == '+') c = ' ';
  int size = 0;
  char* out = curl_easy_unescape(nullptr, plus.c_str(), static_cast<int>(plus.size()), &size);
  std::string decoded(out, static_cast<std::size_t>(size));
  curl_free(out);
  return decoded;
}

}  // namespace

Result<Url> ParseUrl(const std::string& text) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  const CURLUcode code =
      curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME);
  if (code != CURLUE_OK)
    return Fail("parse \"" + text + "\": " + std::string(curl_url_strerror(code)));
  Url url;
  url.scheme = Part(parsed.get(), CURLUPART_SCHEME, 0);
  url.host = Part(parsed.get(), CURLUPART_HOST, 0);
  if (const std::string port = Part(parsed.get(), CURLUPART_PORT, 0); !port.empty())
    url.host += ":" + port;
  url.path = Part(parsed.get(), CURLUPART_PATH, CURLU_URLDECODE);
  if (const std::string user = Part(parsed.get(), CURLUPART_USER, CURLU_URLDECODE); !user.empty())
    url.user = user;
  url.password = Part(parsed.get(), CURLUPART_PASSWORD, CURLU_URLDECODE);
  std::string_view rest;
  const std::string query = Part(parsed.get(), CURLUPART_QUERY, 0);
  for (rest = query; !rest.empty();) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    const auto equals = pair.find('=');
    url.query.emplace_back(Decoded(pair.substr(0, equals)), equals == std::string_view::npos
                                                                ? ""
                                                                : Decoded(pair.substr(equals + 1)));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
  }
  return url;
}

std::string UnescapePath(const std::string& text) {
  int size = 0;
  char* out = curl_easy_unescape(nullptr, text.c_str(), static_cast<int>(text.size()), &size);
  std::string decoded(out, static_cast<std::size_t>(size));
  curl_free(out);
  return decoded;
}

std::string EscapeQuery(std::string_view text) {
  char* out = curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size()));
  std::string escaped = out;
  curl_free(out);
  return escaped;
}

}  // namespace loadctl::output

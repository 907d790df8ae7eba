// Natives of k6/http that need no VU: values in, values out.
// Not for requests (http_module.cc). Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "agent/js/native.h"
#include "agent/net/tls/ocsp.h"

namespace loadctl::modules::http {

/// A cookie of an answer as a script sees it.
struct SeenCookie {
  std::string name, value, domain, path;
  bool http_only = false, secure = false;
  std::int64_t max_age = 0;
  std::int64_t expires = 0;  ///< ms since 1970
};

/// parseCookies(values of Set-Cookie): those that are none are left out.
[[nodiscard]] std::vector<SeenCookie> ParseCookies(std::vector<std::string> lines);
/// jsonError(body): why it is no JSON, "" if it is.
[[nodiscard]] std::string JsonError(js::Data body);
/// escapeForm(text): as Go's url.QueryEscape.
[[nodiscard]] std::string EscapeForm(js::Data text);
/// readDuration(text): milliseconds, or Go's words for what is wrong with it.
[[nodiscard]] std::variant<double, std::string> ReadDuration(std::string text);
/// decode(bytes): as text.
[[nodiscard]] std::string_view Decode(js::Data bytes);

/// What a server stapled, as JSON, in k6's order.
[[nodiscard]] std::string OcspText(const net::OcspStatus& said);

}  // namespace loadctl::modules::http

template <>
struct loadctl::js::Members<loadctl::modules::http::SeenCookie> {
  using T = modules::http::SeenCookie;
  static constexpr std::tuple list{
      Member{"name", &T::name},           Member{"value", &T::value},
      Member{"domain", &T::domain},       Member{"path", &T::path},
      Member{"http_only", &T::http_only}, Member{"secure", &T::secure},
      Member{"max_age", &T::max_age},     Member{"expires", &T::expires}};
};

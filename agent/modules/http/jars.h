// Jars: the natives of CookieJar: the VU's own jar and those that scripts make.
// Not the rules of cookies (agent/net). One VU's; its worker's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "agent/js/native.h"
#include "agent/modules/http/url_cache.h"
#include "agent/net/http/cookie_jar.h"

namespace loadctl::modules::http {

/// A cookie as jar.set() is told of it.
struct CookieToSet {
  std::string name, value, path, domain;
  std::string expires;  ///< an HTTP date; "" for none
  std::int64_t max_age = 0;
  bool secure = false, http_only = false;
};

class Jars final {
 public:
  /// `urls` outlives it.
  explicit Jars(UrlCache& urls) : urls_(urls), own_(std::make_shared<net::CookieJar>()) {}

  using Jar = std::optional<js::Held<net::CookieJar>>;

  /// The jar that was given; the VU's own if there is none.
  [[nodiscard]] std::shared_ptr<net::CookieJar> Given(const Jar& jar) const;
  /// Before an iteration: the VU's own jar is empty again.
  void Reset();

  /// Names and values of what would be sent there. This and the next two fail in Go's words for a
  /// URL that is none.
  [[nodiscard]] Result<js::Pairs> Cookies(const Jar& jar, std::string_view url);
  [[nodiscard]] Result<void> Set(const Jar& jar, std::string_view url, CookieToSet cookie);
  /// Without a name, all that would be sent there.
  [[nodiscard]] Result<void> Delete(const Jar& jar, std::string_view url,
                                    std::optional<std::string> name);

 private:
  UrlCache& urls_;
  std::shared_ptr<net::CookieJar> own_;
};

}  // namespace loadctl::modules::http

template <>
struct loadctl::js::Members<loadctl::modules::http::CookieToSet> {
  using T = modules::http::CookieToSet;
  static constexpr std::tuple list{
      Member{"name", &T::name},       Member{"value", &T::value},
      Member{"path", &T::path},       Member{"domain", &T::domain},
      Member{"expires", &T::expires}, Member{"max_age", &T::max_age},
      Member{"secure", &T::secure},   Member{"http_only", &T::http_only}};
};

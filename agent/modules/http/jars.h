// Jars: the natives of CookieJar: the VU's own jar and those that scripts make.
// Not the rules of cookies (agent/net). One VU's; its worker's thread.
#pragma once

#include <memory>

#include "agent/js/call.h"
#include "agent/modules/http/url_cache.h"
#include "agent/net/http/cookie_jar.h"

namespace loadctl::modules::http {

class Jars final {
 public:
  /// `urls` outlives it.
  explicit Jars(UrlCache& urls) : urls_(urls), own_(std::make_shared<net::CookieJar>()) {}

  /// The jar in argument `index`; the VU's own if there is none.
  [[nodiscard]] std::shared_ptr<net::CookieJar> Given(js::Call& call, int index) const;
  /// Before an iteration: the VU's own jar is empty again.
  void Reset();

  /// newJar() → an opaque object, the jar in the other calls.
  void New(js::Call& call);
  /// jarCookies(jar, url) → flat list of names and values. This and the next two throw Go's words
  /// for a URL that is none.
  void Cookies(js::Call& call);
  /// setCookie(jar, url, name, value, path, domain, expires, maxAge, secure, httpOnly)
  void Set(js::Call& call);
  /// deleteCookies(jar, url, name): without a name, all that would be sent there.
  void Delete(js::Call& call);

 private:
  [[nodiscard]] std::shared_ptr<const KnownUrl> UrlOf(js::Call& call);

  UrlCache& urls_;
  std::shared_ptr<net::CookieJar> own_;
};

}  // namespace loadctl::modules::http

// UrlCache: the parsed form of the URLs a script asks for again and again.
// Not for targets of redirects (agent/net). One VU's; its worker's thread.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "agent/net/http/url.h"
#include "common/base/error.h"

namespace loadctl::modules::http {

/// A URL of a script and the spellings that are needed of it. Immutable.
struct KnownUrl {
  std::string given;  ///< as the script wrote it
  net::Url url;
  std::string text;      ///< Go's spelling: `response.url`
  bool respelt = false;  ///< `text` is not as given
  std::string masked;    ///< credentials hidden: the tags `url` and `name`
};

/// A table of fixed size: a URL whose place is taken displaces the one there, so that a script with
/// a million URLs uses no more memory than one with fifty.
class UrlCache final {
 public:
  /// Fails as net::ParseUrl(). No allocation for a URL that is still in its place.
  [[nodiscard]] Result<std::shared_ptr<const KnownUrl>> Find(std::string_view text);

 private:
  static constexpr std::size_t kPlaces = 64;
  std::array<std::shared_ptr<const KnownUrl>, kPlaces> places_;
};

}  // namespace loadctl::modules::http

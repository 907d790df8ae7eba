// CookieJar: the cookies of one VU (RFC 6265), as Go's net/http/cookiejar without a public suffix
// list, which is what k6 uses. Not persistent. The VU's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/http/http_message.h"
#include "agent/net/http/url.h"

namespace loadctl::net {

/// A cookie as Set-Cookie gives it, before a jar fills in defaults.
struct Cookie {
  std::string name;
  std::string value;
  std::string domain;
  std::string path;
  std::optional<std::chrono::sys_seconds> expires;
  std::int64_t max_age = 0;  ///< s; 0: not given; negative: delete now
  bool secure = false;
  bool http_only = false;
};

/// Parses the value of a Set-Cookie line; nothing if it holds no valid `name=value`. As browsers
/// (RFC 6265, 5.2), and unlike Go, it takes a value with quotes or bytes beyond ASCII.
[[nodiscard]] std::optional<Cookie> ParseSetCookie(std::string_view line);

/// Parses the dates Go's cookies know: `Mon, 02 Jan 2006 15:04:05 GMT`, and with `02-Jan-2006`.
[[nodiscard]] std::optional<std::chrono::sys_seconds> ParseHttpDate(std::string_view text);

/// A jar. Its clock is the wall clock, passed in.
class CookieJar {
 public:
  using Now = std::chrono::sys_seconds;
  struct Pair {
    std::string_view name;
    std::string_view value;
  };

  /// Stores what an answer from `url` sets; what does not belong to its host is dropped.
  void Set(const Url& url, const Cookie& cookie, Now now);
  /// Stores every Set-Cookie of `exchange`.
  void Store(const Url& url, const Exchange& exchange, Now now);
  /// The cookies to send to `url`: longest path first, then oldest. The views live until the next
  /// call that changes the jar.
  [[nodiscard]] std::vector<Pair> For(const Url& url, Now now);
  /// `a=1; b=2` for `url`; empty if there is none.
  [[nodiscard]] std::string Header(const Url& url, Now now);
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  void Clear() { entries_.clear(); }

 private:
  struct Entry {
    std::string name;
    std::string value;
    std::string site;    ///< last two labels of the host that set it
    std::string domain;  ///< lower case, no leading dot
    std::string path;
    bool secure = false;
    bool host_only = false;
    std::optional<Now> expires;
    std::uint64_t sequence = 0;
  };
  std::vector<Entry> entries_;
  std::uint64_t next_sequence_ = 0;

  static bool Matches(const Entry& entry, const Url& url, std::string_view host);
};

/// `name=value` as Go writes it into a Cookie header, quoted if it holds a space or a comma, but as
/// browsers where Go would drop bytes: JSON and other text beyond ASCII are sent as they came.
[[nodiscard]] std::string CookiePair(std::string_view name, std::string_view value);

}  // namespace loadctl::net

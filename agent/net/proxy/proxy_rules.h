// ProxyRules: through which proxy a URL is asked, by the environment, as Go's ProxyFromEnvironment.
// Not how a proxy is spoken to (tunnel.h). Immutable once made: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/dns/fence.h"
#include "agent/net/http/url.h"
#include "common/base/error.h"

namespace loadctl::net {

/// A proxy, as a variable names it.
struct Proxy {
  enum class Kind : std::uint8_t { kHttp, kHttps, kSocks5 };
  Kind kind = Kind::kHttp;
  std::string host;  ///< a name or an IP address, without brackets
  std::uint16_t port = 0;
  bool has_user = false;
  std::string user;
  std::string password;
  std::string authorization;  ///< value of Proxy-Authorization; empty without a user
};

/// What the variables say.
struct ProxyEnvironment {
  std::string http;    ///< HTTP_PROXY, else http_proxy
  std::string https;   ///< HTTPS_PROXY, else https_proxy
  std::string direct;  ///< NO_PROXY, else no_proxy
  bool cgi = false;    ///< REQUEST_METHOD is set: HTTP_PROXY may be a header of somebody's request

  /// This process's.
  [[nodiscard]] static ProxyEnvironment Read();
};

class ProxyRules final {
 public:
  /// No proxy at all.
  ProxyRules() = default;
  /// Fails (kInvalidConfig) on an address that cannot be read, which Go passes over, and on
  /// HTTP_PROXY in a CGI environment. Entries of NO_PROXY that mean nothing are passed over.
  [[nodiscard]] static Result<ProxyRules> Make(const ProxyEnvironment& environment);

  /// Every URL is asked directly.
  [[nodiscard]] bool empty() const { return !http_ && !https_; }
  /// Null: directly, as `localhost` and loopback addresses always are. Lives as long as this.
  [[nodiscard]] const Proxy* For(const Url& url) const;

 private:
  /// An entry of NO_PROXY.
  struct Direct {
    std::optional<Network> network;  ///< else a name
    std::string name;                ///< `.example.com`, lower case
    bool itself = false;             ///< `example.com` as well as what is below it
    std::string port;                ///< empty: any
  };
  std::optional<Proxy> http_;
  std::optional<Proxy> https_;
  std::vector<Direct> direct_;
  bool all_direct_ = false;

  void AddDirect(std::string entry);
  [[nodiscard]] bool IsDirect(std::string_view host, std::uint16_t port) const;
};

}  // namespace loadctl::net

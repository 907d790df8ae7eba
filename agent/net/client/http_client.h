// HttpClient: one VU's HTTP engine: kept connections, exchanges, redirects.
// Not the JS face (agent/modules/http) and not metrics: it returns what happened. The thread that
// runs the worker's io_context; several fibers may be inside one client at once (http.batch).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/client/connection_pool.h"
#include "agent/net/client/request_pace.h"
#include "agent/net/dial/dialer.h"
#include "agent/net/http/cookie_jar.h"
#include "agent/net/http/http_message.h"
#include "agent/net/http1/http1_connection.h"
#include "agent/net/socket/parker.h"

namespace loadctl::net {

/// Connections and what is kept for making more of them: of one client, or of all of a worker.
struct ConnectionStore {
  ConnectionStore(const ConnectionPool::Limits& limits, std::atomic<std::int64_t>* open,
                  bool resume_tls);
  ~ConnectionStore();

  std::unique_ptr<TlsSessions> sessions;  ///< null: none is resumed
  ConnectionPool pool;
  struct Dialling;
  std::vector<std::shared_ptr<Dialling>> dials;  ///< those that may give one for many requests
};

/// What the clients of one worker share; all of it outlives them.
struct NetContext {
  Dialer& dialer;
  RequestPace* pace = nullptr;          ///< null: as fast as may be
  const ProxyRules* proxies = nullptr;  ///< null: everything is asked directly
  Http1Memory http1{};
  /// `host:port` of servers with TLS that chose HTTP/1.1: nobody waits for another's connection.
  std::set<std::string, std::less<>> http1_only{};
  /// Counts the connections that are open, in use or kept; the worker's thread writes. May be null.
  std::atomic<std::int64_t>* open = nullptr;
  std::unique_ptr<ConnectionStore> shared{};  ///< of requests that share; made by the first
};

/// What is spoken where nobody says it: HTTP/1.1 if GODEBUG holds `http2client=0`, as for k6.
[[nodiscard]] HttpVersion UsualVersion();

/// k6's connection options, per VU.
struct ClientOptions {
  std::size_t max_idle = 20;             ///< k6 `batch`; 0: no limit
  std::size_t max_idle_per_host = 6;     ///< k6 `batchPerHost`; 0: Go's default of 2
  bool no_connection_reuse = false;      ///< sends `Connection: close`
  HttpVersion version = UsualVersion();  ///< of requests that name none
  std::chrono::nanoseconds max_age{};    ///< a connection older than this takes no request; 0: any
  std::chrono::nanoseconds idle_timeout{};  ///< the same for one that was idle so long
  bool resume_tls = false;  ///< a server's TLS session makes the next handshake with it short
  /// Connections to a host and port at a time; a request beyond waits for one. 0: no limit.
  std::size_t max_per_host = 0;
  DialOptions dial;
};

/// How Fetch() follows redirects.
struct RedirectPolicy {
  int max_redirects = 10;    ///< 0: none is followed
  CookieJar* jar = nullptr;  ///< stores and sends cookies on each hop; may be null
  /// Cookies of the request itself (`params.cookies`), sent ahead of the jar's on every hop.
  struct Own {
    std::string name;
    std::string value;
    bool replace = false;  ///< in place of the jar's of that name
  };
  std::vector<Own> cookies;
  /// What becomes of the URL's user and password.
  enum class Auth : std::uint8_t {
    kBasic,   ///< they go out with the first request
    kDigest,  ///< they answer a challenge (RFC 7616)
    kNtlm,    ///< the same by NTLMv2, which lets a connection in; a Basic Authorization counts, too
  };
  Auth auth = Auth::kBasic;
};

/// One hop of Fetch(), as reported to the callback. Views die with the call.
struct Hop {
  std::string_view method;
  const Url& url;
  const HeaderList& headers;  ///< as given and completed (cookies, Authorization, Referer)
  std::string_view body;
  bool has_body = false;
  Exchange& exchange;
  bool challenge = false;  ///< a 401 that was asked for, and is answered by the next
};

/// What Fetch() came to; the exchange is the last hop's.
struct Fetched {
  /// Last URL asked, if it is not the request's own: k6's `response.url`.
  std::optional<Url> url;
  int hops = 0;          ///< exchanges done
  bool limited = false;  ///< stopped by the limit: k6 warns if it was not given by the user
};

/// One VU's HTTP client. Destroy it only when no fiber is inside.
class HttpClient final {
 public:
  using HopCallback = std::function<void(const Hop&)>;

  HttpClient(NetContext& context, ClientOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// One exchange: no redirects, no cookies. Parks the fiber. Never fails otherwise than by
  /// `into.outcome`. In steady state on a kept connection: one write, one read, no allocation.
  /// An idle connection that the server closed is replaced and the request sent again, as Go does,
  /// if no byte of an answer came and the request may be repeated.
  void Send(const Request& request, Parker& parker, Exchange& into);
  [[nodiscard]] Exchange Send(const Request& request, Parker& parker);

  /// An exchange and the redirects that follow by k6's rules; `on_hop` sees every hop, the last one
  /// included, in order, before the next is sent; it must not park. `into` is the last exchange.
  Fetched Fetch(const Request& request, const RedirectPolicy& policy, Parker& parker,
                const HopCallback& on_hop, Exchange& into);

  /// Waits until the pace lets another request out. False: called off.
  [[nodiscard]] bool AwaitTurn(Parker& parker);

  /// Every operation waiting in this client ends with kCancelled. From the event loop.
  void Cancel();
  /// Closes the kept connections (noVUConnectionReuse, at the end of an iteration).
  void CloseIdle() { own_.pool.CloseIdle(); }
  /// Connections kept at this moment, without those that are shared.
  [[nodiscard]] std::size_t idle() const { return own_.pool.idle(); }

 private:
  /// How a request gets to its server.
  struct Way {
    const Url& url;
    const Proxy* proxy;  ///< null: directly
    Route route;
    ConnectionStore& store;
  };
  /// Whether the body of a response that redirects may be cut short, as Go does.
  enum class Redirects : std::uint8_t { kReturned, kFollowed };

  NetContext& context_;
  ClientOptions options_;
  ConnectionStore own_;
  std::vector<Wait*> waits_;  ///< of the requests under way

  /// How one try ended.
  enum class Tried : std::uint8_t {
    kDone,     ///< the exchange has an outcome
    kDead,     ///< a kept connection was no more
    kRefused,  ///< HTTP/2: the server did nothing, and said so
  };

  void Perform(const Request& request, Redirects redirects, Parker& parker, Exchange& into);
  /// One try on a kept connection or a new one; `tries` were made before.
  Tried Try(const Request& request, Redirects redirects, int tries, Wait& wait, Exchange& into);
  ConnectionStore& StoreOf(const Request& request);
  PooledConnection* Connect(const Way& way, Wait& wait, Exchange& into);
  PooledConnection* ConnectInTurn(const Way& way, Wait& wait, Exchange& into);
  PooledConnection* AwaitDial(const Way& way, Wait& wait, Exchange& into);
  PooledConnection* Dial(const Way& way, Wait& wait, Exchange& into);
  PooledConnection* TakeIn(std::unique_ptr<PooledConnection> made, Dialed dialed, const Way& way,
                           Exchange& into);
};

}  // namespace loadctl::net

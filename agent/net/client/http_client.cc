#include "agent/net/client/http_client.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <utility>

#include "agent/net/http1/http1_connection.h"
#include "agent/net/http1/http1_writer.h"
#include "agent/net/http2/http2_connection.h"
#include "agent/net/socket/sleep.h"
#include "agent/net/tls/tls_sessions.h"

namespace loadctl::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kGoIdlePerHost = 2;
/// As often as Go's client sends a request again that a server did not take.
constexpr int kMaxRepeats = 7;
constexpr std::array<std::string_view, 2> kProtocols = {"h2", "http/1.1"};

void SetFailure(Failure failure, Exchange& into) {
  into.outcome = failure.outcome;
  into.failure = std::move(failure);
  into.ended = SteadyClock::now();
}

std::string KeyOf(const Url& url) {
  return std::string(url.Hostname()) + ':' + std::to_string(url.port);
}

/// Bounded: a script may ask a million hosts.
void NoteHttp1(const Url& url, NetContext& context) {
  constexpr std::size_t kMost = 1000;
  if (context.http1_only.size() < kMost) context.http1_only.insert(KeyOf(url));
}

/// HTTP/2 as the server chooses it needs TLS.
std::optional<Failure> CheckVersion(const Request& request) {
  if (request.url->scheme == "https" || request.version == HttpVersion::kHttp1 ||
      request.version == HttpVersion::kH2c)
    return std::nullopt;
  return OtherFailure("http2: httpVersion \"2\" needs https; without TLS it is \"h2c\"");
}

}  // namespace

HttpVersion UsualVersion() {
  static const HttpVersion usual = [] {
    const char* given = std::getenv("GODEBUG");
    std::string_view settings = given == nullptr ? "" : given;
    while (!settings.empty()) {
      const auto comma = std::min(settings.find(','), settings.size());
      if (settings.substr(0, comma) == "http2client=0") return HttpVersion::kHttp1;
      settings.remove_prefix(std::min(comma + 1, settings.size()));
    }
    return HttpVersion::kAny;
  }();
  return usual;
}

/// A connection under way that others may come to share.
struct ConnectionStore::Dialling {
  std::string host;
  bool done = false;
  std::vector<Parker*> waiting;
};

ConnectionStore::ConnectionStore(const ConnectionPool::Limits& limits,
                                 std::atomic<std::int64_t>* open, bool resume_tls)
    : pool(limits, open) {
  if (resume_tls) sessions = std::make_unique<TlsSessions>();
}

ConnectionStore::~ConnectionStore() = default;

HttpClient::HttpClient(NetContext& context, ClientOptions options)
    : context_(context),
      options_(std::move(options)),
      own_({options_.max_idle,
            options_.max_idle_per_host != 0 ? options_.max_idle_per_host : kGoIdlePerHost,
            options_.max_age, options_.idle_timeout, options_.max_per_host},
           context.open, options_.resume_tls) {}

HttpClient::~HttpClient() = default;

/// Who shares keeps as many as there are requests at a time: one VU's limits say nothing of that.
ConnectionStore& HttpClient::StoreOf(const Request& request) {
  if (!request.shared) return own_;
  if (context_.shared == nullptr) {
    context_.shared = std::make_unique<ConnectionStore>(
        ConnectionPool::Limits{0, 0, options_.max_age, options_.idle_timeout,
                               options_.max_per_host},
        context_.open, options_.resume_tls);
  }
  return *context_.shared;
}

void HttpClient::Cancel() {
  for (Wait* wait : waits_) {
    wait->cancelled = true;
    wait->parker.Unpark();
  }
}

bool HttpClient::AwaitTurn(Parker& parker) {
  if (context_.pace == nullptr) return true;
  const TimePoint now = SteadyClock::now();
  const TimePoint due = context_.pace->Take(now);
  if (due <= now) return true;
  Wait wait{parker};
  waits_.push_back(&wait);
  const IoStatus status = SleepUntil(context_.dialer.io(), due, wait);
  std::erase(waits_, &wait);
  return status == IoStatus::kOk;
}

void HttpClient::Send(const Request& request, Parker& parker, Exchange& into) {
  Perform(request, Redirects::kReturned, parker, into);
}

Exchange HttpClient::Send(const Request& request, Parker& parker) {
  Exchange exchange;
  Send(request, parker, exchange);
  return exchange;
}

void HttpClient::Perform(const Request& request, Redirects redirects, Parker& parker,
                         Exchange& into) {
  into.Reset();
  into.started = request.asked != TimePoint{} ? request.asked : SteadyClock::now();
  if (std::optional<Failure> failure = CheckRequest(request)) {
    return SetFailure(std::move(*failure), into);
  }
  if (request.version == HttpVersion::kHttp2 || options_.version == HttpVersion::kHttp2) {
    if (std::optional<Failure> failure = CheckVersion(request))
      return SetFailure(std::move(*failure), into);
  }
  Wait wait{parker, request.deadline};
  waits_.push_back(&wait);
  bool done = false;
  for (int tries = 0; !done; ++tries) {
    if (wait.Cancelled()) {
      SetFailure(CancelledFailure(), into);
      break;
    }
    if (into.started >= request.deadline) {
      SetFailure(RequestTimeout(), into);
      break;
    }
    const Tried tried = Try(request, redirects, tries, wait, into);
    done = tried == Tried::kDone;
    if (done) break;
    // As Go: at once, then after a second, and each time twice as long.
    if (tried == Tried::kRefused && tries > 0) {
      const TimePoint due = SteadyClock::now() + std::chrono::seconds(1LL << (tries - 1));
      (void)SleepUntil(context_.dialer.io(), std::min(due, request.deadline), wait);
    }
    into.started = SteadyClock::now();
  }
  std::erase(waits_, &wait);
}

HttpClient::Tried HttpClient::Try(const Request& request, Redirects redirects, int tries,
                                  Wait& wait, Exchange& into) {
  const Proxy* proxy = context_.proxies != nullptr ? context_.proxies->For(*request.url) : nullptr;
  const HttpVersion version =
      request.version != HttpVersion::kAny ? request.version : options_.version;
  const Way way{*request.url, proxy, Route(*request.url, proxy, version), StoreOf(request)};
  PooledConnection* connection = nullptr;
  if (!options_.no_connection_reuse)
    connection = way.store.pool.Take(way.route, !IsReplayable(request), into.started);
  into.reused = connection != nullptr;
  if (connection == nullptr) connection = Connect(way, wait, into);
  if (connection == nullptr) return Tried::kDone;
  const bool http2 = connection->http2;
  into.connected = true;
  into.remote = connection->remote;
  into.tls_version = connection->tls_version;
  into.tls_cipher_suite = connection->tls_cipher_suite;
  if (connection->ocsp) into.ocsp = connection->ocsp;

  const HttpConnection::Terms terms{into.reused, options_.no_connection_reuse,
                                    redirects == Redirects::kFollowed, tries < kMaxRepeats,
                                    into.started + into.timings.blocked};
  const HttpConnection::Sent sent = connection->http->Send(request, terms, wait, into);
  way.store.pool.Release(*connection, into.ended);
  if (sent == HttpConnection::Sent::kDone) return Tried::kDone;
  const std::uint64_t bytes_sent = into.bytes_sent;
  const std::uint64_t bytes_received = into.bytes_received;
  into.Reset();
  into.bytes_sent = bytes_sent;
  into.bytes_received = bytes_received;
  return http2 ? Tried::kRefused : Tried::kDead;
}

/// Makes a connection. Where it may turn out to be one for many requests, those that come meanwhile
/// wait for it, once, instead of making as many again for nothing.
PooledConnection* HttpClient::Connect(const Way& way, Wait& wait, Exchange& into) {
  if (way.store.pool.limited()) return ConnectInTurn(way, wait, into);
  const std::string host = KeyOf(way.url);
  const bool may_share =
      !options_.no_connection_reuse && way.route.Takes(true) &&
      (way.route.version != HttpVersion::kAny || !context_.http1_only.contains(host));
  if (!may_share) return Dial(way, wait, into);
  auto& dials = way.store.dials;
  const bool under_way =
      std::any_of(dials.begin(), dials.end(), [&](const auto& dial) { return dial->host == host; });
  if (under_way) return AwaitDial(way, wait, into);
  using Dialling = ConnectionStore::Dialling;
  const auto dial = dials.emplace_back(std::make_shared<Dialling>(Dialling{host, false, {}}));
  PooledConnection* connection = Dial(way, wait, into);
  std::erase(dials, dial);
  dial->done = true;
  for (Parker* parker : dial->waiting) parker->Unpark();
  return connection;
}

/// Waits for a connection, or for its turn to make one where there are to be no more than so many.
PooledConnection* HttpClient::ConnectInTurn(const Way& way, Wait& wait, Exchange& into) {
  ConnectionPool& pool = way.store.pool;
  ConnectionPool::Waiter waiter{way.route, wait.parker};
  pool.Await(waiter);
  const IoStatus status = AwaitThat(context_.dialer.io(), waiter.told, wait);
  if (status != IoStatus::kOk) {
    pool.Forget(waiter);
    SetFailure(status == IoStatus::kTimeout ? RequestTimeout() : CancelledFailure(), into);
    return nullptr;
  }
  if (waiter.given != nullptr) {
    into.timings.blocked = SteadyClock::now() - into.started;
    into.reused = true;
    return waiter.given;
  }
  PooledConnection* made = Dial(way, wait, into);
  pool.EndMaking(way.route);
  return made;
}

PooledConnection* HttpClient::AwaitDial(const Way& way, Wait& wait, Exchange& into) {
  const std::string host = KeyOf(way.url);
  const auto dial = *std::find_if(way.store.dials.begin(), way.store.dials.end(),
                                  [&](const auto& other) { return other->host == host; });
  dial->waiting.push_back(&wait.parker);
  const IoStatus status = AwaitThat(context_.dialer.io(), dial->done, wait);
  std::erase(dial->waiting, &wait.parker);
  if (status == IoStatus::kCancelled || status == IoStatus::kTimeout) {
    SetFailure(status == IoStatus::kTimeout ? RequestTimeout() : CancelledFailure(), into);
    return nullptr;
  }
  if (PooledConnection* shared = way.store.pool.Take(way.route, false, SteadyClock::now())) {
    into.timings.blocked = SteadyClock::now() - into.started;
    return shared;
  }
  return Dial(way, wait, into);
}

PooledConnection* HttpClient::Dial(const Way& way, Wait& wait, Exchange& into) {
  auto made = std::make_unique<PooledConnection>(way.route);
  // The preferred first: what is offered is a part of the list.
  const auto protocols = way.route.version == HttpVersion::kAny ? std::span(kProtocols)
                         : way.route.Takes(true)                ? std::span(kProtocols).first(1)
                                                                : std::span(kProtocols).subspan(1);
  DialOptions options = options_.dial;
  options.sessions = way.store.sessions.get();
  Dialed dialed = context_.dialer.Dial({made->hostname, made->port, made->tls, protocols, way.proxy,
                                        way.route.forwarding != nullptr},
                                       options, wait);
  into.timings.looking_up = dialed.timings.looking_up;
  into.timings.connecting = dialed.timings.connecting;
  into.timings.tls_handshaking = dialed.timings.tls_handshaking;
  if (dialed.transport == nullptr) {
    into.bytes_sent += dialed.bytes_sent;
    into.bytes_received += dialed.bytes_received;
    SetFailure(std::move(dialed.failure), into);
    return nullptr;
  }
  into.timings.blocked = dialed.ready - into.started;
  made->remote = dialed.remote;
  made->tls_version = dialed.session.version;
  made->tls_cipher_suite = dialed.session.cipher_suite;
  made->ocsp = dialed.session.ocsp;
  made->http2 = made->tls ? dialed.session.protocol == "h2" : way.route.Takes(true);
  return TakeIn(std::move(made), std::move(dialed), way, into);
}

/// Has what was agreed on spoken on a new connection; null: it is not what the request wants.
PooledConnection* HttpClient::TakeIn(std::unique_ptr<PooledConnection> made, Dialed dialed,
                                     const Way& way, Exchange& into) {
  const auto count = [&] {
    into.bytes_sent += dialed.transport->bytes_sent();
    into.bytes_received += dialed.transport->bytes_received();
  };
  if (!way.route.Takes(made->http2)) {
    count();
    SetFailure(OtherFailure("http2: unexpected ALPN protocol " + Quote(dialed.session.protocol) +
                            "; want \"h2\""),
               into);
    return nullptr;
  }
  if (!made->http2) {
    if (made->tls && way.route.version == HttpVersion::kAny) NoteHttp1(way.url, context_);
    std::optional<std::string_view> forwarding;
    if (way.route.forwarding != nullptr) forwarding = way.route.forwarding->authorization;
    made->http =
        std::make_unique<Http1Connection>(std::move(dialed.transport), context_.http1, forwarding);
    into.opened = true;
    return &way.store.pool.Add(std::move(made), dialed.ready);
  }
  // Another request of this client may have made one meanwhile, which then serves both, as in Go.
  if (PooledConnection* shared = options_.no_connection_reuse
                                     ? nullptr
                                     : way.store.pool.Take(way.route, false, dialed.ready)) {
    count();
    return shared;
  }
  made->http =
      std::make_unique<Http2Connection>(std::move(dialed.transport), context_.http1.scratch);
  into.opened = true;
  return &way.store.pool.Add(std::move(made), dialed.ready);
}

}  // namespace loadctl::net

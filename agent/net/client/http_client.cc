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

namespace loadctl::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kGoIdlePerHost = 2;
/// As often as Go's client sends a request again that a server did not take.
constexpr int kMaxRepeats = 6;
constexpr std::array<std::string_view, 2> kProtocols = {"h2", "http/1.1"};

void SetFailure(Failure failure, Exchange& into) {
  into.outcome = failure.outcome;
  into.failure = std::move(failure);
  into.ended = SteadyClock::now();
}

std::string KeyOf(const Url& url) {
  return std::string(url.Hostname()) + ':' + std::to_string(url.Port());
}

/// Bounded: a script may ask a million hosts.
void NoteHttp1(const Url& url, NetContext& context) {
  constexpr std::size_t kMost = 1000;
  if (context.http1_only.size() < kMost) context.http1_only.insert(KeyOf(url));
}

}  // namespace

bool Http2Allowed() {
  static const bool allowed = [] {
    const char* given = std::getenv("GODEBUG");
    std::string_view settings = given == nullptr ? "" : given;
    while (!settings.empty()) {
      const auto comma = std::min(settings.find(','), settings.size());
      if (settings.substr(0, comma) == "http2client=0") return false;
      settings.remove_prefix(std::min(comma + 1, settings.size()));
    }
    return true;
  }();
  return allowed;
}

HttpClient::HttpClient(NetContext& context, ClientOptions options)
    : context_(context),
      options_(std::move(options)),
      pool_({options_.max_idle,
             options_.max_idle_per_host != 0 ? options_.max_idle_per_host : kGoIdlePerHost}) {}

HttpClient::~HttpClient() = default;

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
    done = Try(request, redirects, tries, wait, into);
    if (!done) into.started = SteadyClock::now();
  }
  std::erase(waits_, &wait);
}

bool HttpClient::Try(const Request& request, Redirects redirects, int tries, Wait& wait,
                     Exchange& into) {
  const Proxy* proxy = context_.proxies != nullptr ? context_.proxies->For(*request.url) : nullptr;
  PooledConnection* connection = nullptr;
  if (!options_.no_connection_reuse)
    connection = pool_.Take({*request.url, proxy}, !IsReplayable(request));
  into.reused = connection != nullptr;
  if (connection == nullptr) connection = Connect(*request.url, proxy, wait, into);
  if (connection == nullptr) return true;
  into.connected = true;
  into.remote = connection->remote;
  into.tls_version = connection->tls_version;
  into.tls_cipher_suite = connection->tls_cipher_suite;

  const HttpConnection::Terms terms{into.reused, options_.no_connection_reuse,
                                    redirects == Redirects::kFollowed, tries < kMaxRepeats,
                                    into.started + into.timings.blocked};
  const HttpConnection::Sent sent = connection->http->Send(request, terms, wait, into);
  pool_.Release(*connection);
  if (sent == HttpConnection::Sent::kDone) return true;
  const std::uint64_t bytes_sent = into.bytes_sent;
  const std::uint64_t bytes_received = into.bytes_received;
  into.Reset();
  into.bytes_sent = bytes_sent;
  into.bytes_received = bytes_received;
  return false;
}

/// A connection under way that others may come to share.
struct HttpClient::Dialling {
  std::string host;
  bool done = false;
  std::vector<Parker*> waiting;
};

/// Makes a connection. Where it may turn out to be one for many requests, those that come meanwhile
/// wait for it, once, instead of making as many again for nothing.
PooledConnection* HttpClient::Connect(const Url& url, const Proxy* proxy, Wait& wait,
                                      Exchange& into) {
  const bool may_share = url.scheme == "https" && options_.http2 && !options_.no_connection_reuse &&
                         context_.http1_only.find(KeyOf(url)) == context_.http1_only.end();
  if (!may_share) return Dial(url, proxy, wait, into);
  const std::string host = KeyOf(url);
  const auto under_way = std::find_if(dials_.begin(), dials_.end(),
                                      [&](const auto& dial) { return dial->host == host; });
  if (under_way != dials_.end()) return AwaitDial(url, proxy, wait, into);
  const auto dial = dials_.emplace_back(std::make_shared<Dialling>(Dialling{host, false, {}}));
  PooledConnection* connection = Dial(url, proxy, wait, into);
  std::erase(dials_, dial);
  dial->done = true;
  for (Parker* parker : dial->waiting) parker->Unpark();
  return connection;
}

PooledConnection* HttpClient::AwaitDial(const Url& url, const Proxy* proxy, Wait& wait,
                                        Exchange& into) {
  const std::string host = KeyOf(url);
  const auto dial = *std::find_if(dials_.begin(), dials_.end(),
                                  [&](const auto& other) { return other->host == host; });
  dial->waiting.push_back(&wait.parker);
  const IoStatus status = AwaitThat(context_.dialer.io(), dial->done, wait);
  std::erase(dial->waiting, &wait.parker);
  if (status == IoStatus::kCancelled || status == IoStatus::kTimeout) {
    SetFailure(status == IoStatus::kTimeout ? RequestTimeout() : CancelledFailure(), into);
    return nullptr;
  }
  if (PooledConnection* shared = pool_.Take({url, proxy}, false)) {
    into.timings.blocked = SteadyClock::now() - into.started;
    return shared;
  }
  return Dial(url, proxy, wait, into);
}

PooledConnection* HttpClient::Dial(const Url& url, const Proxy* proxy, Wait& wait, Exchange& into) {
  const Route route(url, proxy);
  auto made = std::make_unique<PooledConnection>(route);
  const auto protocols = std::span(kProtocols).subspan(options_.http2 ? 0 : 1);
  Dialed dialed = context_.dialer.Dial(
      {made->hostname, made->port, made->tls, protocols, proxy, route.forwarding != nullptr},
      options_.dial, wait);
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
  if (dialed.session.protocol != "h2") {
    if (made->tls && options_.http2) NoteHttp1(url, context_);
    std::optional<std::string_view> forwarding;
    if (route.forwarding != nullptr) forwarding = route.forwarding->authorization;
    made->http =
        std::make_unique<Http1Connection>(std::move(dialed.transport), context_.http1, forwarding);
    return &pool_.Add(std::move(made));
  }
  // Another request of this client may have made one meanwhile, which then serves both, as in Go.
  if (PooledConnection* shared =
          options_.no_connection_reuse ? nullptr : pool_.Take(route, false)) {
    into.bytes_sent += dialed.transport->bytes_sent();
    into.bytes_received += dialed.transport->bytes_received();
    return shared;
  }
  made->http =
      std::make_unique<Http2Connection>(std::move(dialed.transport), context_.http1.scratch);
  return &pool_.Add(std::move(made));
}

}  // namespace loadctl::net

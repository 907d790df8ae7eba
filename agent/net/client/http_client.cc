#include "agent/net/client/http_client.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/net/client/http_attempt.h"
#include "agent/net/http1/http1_writer.h"

namespace loadctl::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kGoIdlePerHost = 2;
constexpr std::size_t kKeepSpareHead = 16 * 1024;

void SetFailure(Failure failure, Exchange& into) {
  into.outcome = failure.outcome;
  into.failure = std::move(failure);
  into.ended = SteadyClock::now();
}

}  // namespace

HttpClient::HttpClient(NetContext& context, ClientOptions options)
    : context_(context), options_(std::move(options)) {}

HttpClient::~HttpClient() = default;

void HttpClient::Cancel() {
  for (Operation* operation = operations_; operation != nullptr; operation = operation->next) {
    operation->wait.cancelled = true;
    operation->wait.parker.Unpark();
  }
}

void HttpClient::CloseIdle() { idle_.clear(); }

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
  Operation operation{{parker, request.deadline}, operations_, nullptr};
  if (operations_ != nullptr) operations_->previous = &operation;
  operations_ = &operation;

  bool done = false;
  while (!done) {
    if (operation.wait.Cancelled()) {
      SetFailure(CancelledFailure(), into);
      break;
    }
    if (into.started >= request.deadline) {
      SetFailure(RequestTimeout(), into);
      break;
    }
    done = Try(request, redirects, operation, into);
    if (!done) into.started = SteadyClock::now();
  }

  (operation.previous != nullptr ? operation.previous->next : operations_) = operation.next;
  if (operation.next != nullptr) operation.next->previous = operation.previous;
}

bool HttpClient::Try(const Request& request, Redirects redirects, Operation& operation,
                     Exchange& into) {
  const bool replayable = IsReplayable(request);
  std::unique_ptr<Connection> connection;
  if (!options_.no_connection_reuse) connection = TakeIdle(*request.url, !replayable);
  into.reused = connection != nullptr;
  TimePoint ready = into.started;
  if (connection == nullptr) {
    connection = Connect(*request.url, operation, into);
    if (connection == nullptr) return true;
    ready = into.started + into.timings.blocked;
  }
  into.connected = true;
  into.remote = connection->remote;
  into.tls_version = connection->session.version;
  into.tls_cipher_suite = connection->session.cipher_suite;

  std::string head = std::move(spare_head_);
  WriteRequestHead(request, options_.no_connection_reuse, head);
  Transport& transport = *connection->transport;
  // A new connection's handshake counts with the exchange that caused it.
  const std::uint64_t sent = into.reused ? transport.bytes_sent() : 0;
  const std::uint64_t received = into.reused ? transport.bytes_received() : 0;
  Attempt attempt({transport, request, context_.scratch, context_.known_heads,
                   redirects == Redirects::kFollowed, ready},
                  operation.wait, into);
  attempt.Run(head);
  into.bytes_sent += transport.bytes_sent() - sent;
  into.bytes_received += transport.bytes_received() - received;
  if (head.capacity() <= kKeepSpareHead) spare_head_ = std::move(head);

  if (into.reused && replayable && attempt.died_untouched()) {
    const std::uint64_t bytes_sent = into.bytes_sent;
    const std::uint64_t bytes_received = into.bytes_received;
    into.Reset();
    into.bytes_sent = bytes_sent;
    into.bytes_received = bytes_received;
    return false;
  }
  if (attempt.reusable() && !options_.no_connection_reuse && !WantsClose(request)) {
    Keep(std::move(connection));
  }
  return true;
}

std::unique_ptr<HttpClient::Connection> HttpClient::TakeIdle(const Url& url, bool check) {
  const std::string_view hostname = url.Hostname();
  const std::uint16_t port = url.Port();
  const bool tls = url.scheme == "https";
  for (std::size_t i = idle_.size(); i-- > 0;) {
    const Connection& candidate = *idle_[i];
    if (candidate.port != port || candidate.tls != tls || candidate.hostname != hostname) continue;
    std::unique_ptr<Connection> connection = std::move(idle_[i]);
    idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(i));
    if (!check && !connection->transport->Stirred()) return connection;
    // The server closed it, or sent what nobody asked for; a TLS ticket is neither.
    const ReadResult result = connection->transport->TryRead(std::span(context_.scratch).first(1));
    if (result.status == IoStatus::kWouldBlock) return connection;
  }
  return nullptr;
}

std::unique_ptr<HttpClient::Connection> HttpClient::Connect(const Url& url, Operation& operation,
                                                            Exchange& into) {
  static constexpr std::array<std::string_view, 1> kProtocols = {"http/1.1"};
  auto connection = std::make_unique<Connection>();
  connection->hostname = url.Hostname();
  connection->port = url.Port();
  connection->tls = url.scheme == "https";
  Dialed dialed =
      context_.dialer.Dial({connection->hostname, connection->port, connection->tls, kProtocols},
                           options_.dial, operation.wait);
  into.timings.connecting = dialed.timings.connecting;
  into.timings.tls_handshaking = dialed.timings.tls_handshaking;
  if (dialed.transport == nullptr) {
    into.bytes_sent += dialed.bytes_sent;
    into.bytes_received += dialed.bytes_received;
    SetFailure(std::move(dialed.failure), into);
    return nullptr;
  }
  into.timings.blocked = dialed.ready - into.started;
  connection->transport = std::move(dialed.transport);
  connection->remote = dialed.remote;
  connection->session = dialed.session;
  return connection;
}

void HttpClient::Keep(std::unique_ptr<Connection> connection) {
  const std::size_t limit =
      options_.max_idle_per_host != 0 ? options_.max_idle_per_host : kGoIdlePerHost;
  const auto same = std::count_if(idle_.begin(), idle_.end(), [&](const auto& other) {
    return other->port == connection->port && other->tls == connection->tls &&
           other->hostname == connection->hostname;
  });
  if (static_cast<std::size_t>(same) >= limit) return;
  idle_.push_back(std::move(connection));
  if (options_.max_idle != 0 && idle_.size() > options_.max_idle) idle_.erase(idle_.begin());
}

}  // namespace loadctl::net

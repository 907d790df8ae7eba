#include "controller/web/server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "controller/web/target.h"
#include "controller/web/wire.h"

namespace loadctl::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using namespace std::chrono_literals;
using boost::system::error_code;
using Socket = Wire::Socket;

constexpr std::size_t kMostByTcp = 64, kMostBySocket = 16;
constexpr std::uint32_t kMaxHeader = 16 * 1024;
constexpr std::uint64_t kMaxBody = 4u << 20;
constexpr std::size_t kMaxDrained = 64u << 20;
constexpr auto kPatience = 10s;
constexpr auto kAcceptAgain = 100ms;

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

using Mounts = std::map<std::string, Server::Handler, std::less<>>;

const Server::Handler* FindMount(const Mounts& mounts, std::string_view path) {
  const Server::Handler* found = nullptr;
  std::size_t longest = 0;
  for (const auto& [mount, handler] : mounts) {
    const bool below = mount.ends_with('/') && path.starts_with(mount);
    if ((below || path == mount) && mount.size() > longest) {
      found = &handler;
      longest = mount.size();
    }
  }
  return found;
}

/// Where answers come in from other threads; nowhere any more once the server has ended.
class Inlet final {
 public:
  explicit Inlet(asio::io_context& io) : io_(&io) {}
  /// Lets the server's thread do it.
  template <typename Work>
  void Post(Work work) {
    const std::lock_guard lock(mutex_);
    if (io_ != nullptr) asio::post(*io_, std::move(work));
  }
  void Close() {
    const std::lock_guard lock(mutex_);
    io_ = nullptr;
  }

 private:
  std::mutex mutex_;
  asio::io_context* io_;
};

/// One connection. The server owns it; what is under way holds it too.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  using Closed = std::function<void(const std::shared_ptr<Connection>&)>;
  /// `guard` null: whoever comes may do all.
  Connection(Socket socket, Reach reach, const Mounts& mounts, const Guard* guard,
             std::shared_ptr<Inlet> inlet, Closed closed)
      : stream_(std::move(socket), guard == nullptr ? nullptr : guard->tls()),
        reach_(reach),
        mounts_(mounts),
        guard_(guard),
        inlet_(std::move(inlet)),
        closed_(std::move(closed)) {}
  ~Connection() {
    if (body_) body_->Detach();
  }

  void Begin() {
    stream_.expires_after(kPatience);
    stream_.Handshake(Wire::Tls::server, [self = shared_from_this()](error_code error) {
      if (error) return self->End();
      self->Read();
    });
  }

  void Read() {
    parser_.emplace();
    parser_->header_limit(kMaxHeader);
    parser_->body_limit(kMaxBody);
    stream_.expires_after(kPatience);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, std::size_t) {
                       if (error) return self->Refuse(error);
                       self->Handle();
                     });
  }

  void Close() {
    error_code ignored;
    stream_.socket().close(ignored);
    if (body_) body_->Detach();
  }

 private:
  void Refuse(error_code error) {
    const bool too_large = error == http::error::header_limit || error == http::error::body_limit;
    // Whoever went away, or was too slow, hears nothing.
    if (!too_large && error.category() != http::make_error_code(http::error::bad_method).category())
      return End();
    if (error == http::error::end_of_stream || error == http::error::partial_message) return End();
    keep_alive_ = false;
    refused_ = true;
    version_ = 11;
    Write({too_large ? 413 : 400, "text/plain; charset=utf-8",
           too_large ? "413 Request Entity Too Large\n" : "400 Bad Request\n"});
  }

  void Handle() {
    auto& message = parser_->get();
    version_ = message.version();
    keep_alive_ = message.keep_alive();
    head_ = message.method() == http::verb::head;
    // Which one counts must not be a matter of who reads it.
    for (const char* once : {"Host", "Origin", "Sec-Fetch-Site", "Authorization"}) {
      if (message.count(once) > 1) {
        return Write({400, "text/plain; charset=utf-8",
                      "400 Bad Request: " + std::string(once) + " is there twice\n"});
      }
    }
    const std::string foreign =
        ForeignRequest(reach_, View(message.method_string()),
                       {View(message[http::field::host]), View(message[http::field::origin]),
                        View(message["Sec-Fetch-Site"]), View(message["Sec-Fetch-Mode"])});
    if (!foreign.empty())
      return Write({403, "text/plain; charset=utf-8", "403 Forbidden: " + foreign + "\n"});
    if (guard_ != nullptr &&
        !guard_->Allows(View(message.method_string()), View(message[http::field::authorization]))) {
      return Write({401, "text/plain; charset=utf-8",
                    "401 Unauthorized: what changes things needs the token, as `Authorization: "
                    "Bearer TOKEN`\n"});
    }
    auto target = ParseTarget(View(message.target()));
    if (!target) {
      return Write({400, "text/plain; charset=utf-8", "400 Bad Request: broken path\n"});
    }
    const Server::Handler* handler = FindMount(mounts_, target->path);
    if (handler == nullptr)
      return Write({404, "text/plain; charset=utf-8", "404 page not found\n"});
    stream_.expires_never();  // setup() may take its time
    replied_ = false;
    ++number_;
    (*handler)({std::string(View(message.method_string())), std::move(target->path),
                std::move(target->query), std::move(message.body())},
               [weak = weak_from_this(), inlet = inlet_](Response response) {
                 inlet->Post([weak, response = std::move(response)]() mutable {
                   const auto self = weak.lock();
                   if (!self || std::exchange(self->replied_, true)) return;
                   self->Write(std::move(response));
                 });
               });
    AwaitLeaving();
  }

  /// While no answer is due: a client that leaves frees its place. What else it sends waits.
  void AwaitLeaving() {
    stream_.socket().async_wait(Socket::wait_read,
                                [weak = weak_from_this(), number = number_](error_code error) {
                                  const auto self = weak.lock();
                                  if (!self || error || self->number_ != number) return;
                                  const bool waits = !self->replied_ || self->body_;
                                  error_code failed;
                                  const auto there = self->stream_.socket().available(failed);
                                  if (waits && (failed || there == 0)) self->End();
                                });
  }

  void Write(Response response) {
    if (response.stream && !head_) return WriteHead(std::move(response));
    response_ = {};
    response_.version(version_);
    response_.result(static_cast<unsigned>(response.status));
    if (!response.type.empty()) response_.set(http::field::content_type, response.type);
    if (response.status == 401) response_.set(http::field::www_authenticate, "Bearer");
    response_.keep_alive(keep_alive_);
    response_.body() = std::move(response.body);
    response_.prepare_payload();
    if (head_) response_.body().clear();
    stream_.expires_after(kPatience);
    http::async_write(stream_, response_,
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (!error && self->refused_) return self->Drain();
                        if (error || !self->keep_alive_) return self->End();
                        self->Read();
                      });
  }

  /// Of an answer that goes on. Behind it the connection ends.
  void WriteHead(Response response) {
    body_ = std::move(response.stream);
    body_->Attach([weak = weak_from_this(), inlet = inlet_] {
      inlet->Post([weak] {
        if (const auto self = weak.lock()) self->WritePiece();
      });
    });
    head_of_stream_.version(version_);
    head_of_stream_.result(static_cast<unsigned>(response.status));
    if (!response.type.empty()) head_of_stream_.set(http::field::content_type, response.type);
    head_of_stream_.set(http::field::cache_control, "no-store");
    head_of_stream_.keep_alive(false);
    head_of_stream_.chunked(version_ >= 11);
    serializer_.emplace(head_of_stream_);
    stream_.expires_after(kPatience);
    http::async_write_header(stream_, *serializer_,
                             [self = shared_from_this()](error_code error, std::size_t) {
                               if (error) return self->End();
                               self->WritePiece();
                             });
  }

  void WritePiece() {
    auto piece = body_->Take();
    if (piece && piece->empty()) return stream_.expires_never();
    const bool last = !piece;
    piece_ = std::move(piece).value_or("");
    if (last && version_ < 11) return End();
    stream_.expires_after(kPatience);
    const auto then = [self = shared_from_this(), last](error_code error, std::size_t) {
      if (error || last) return self->End();
      self->WritePiece();
    };
    if (version_ < 11) return asio::async_write(stream_, asio::buffer(piece_), then);
    if (last) return asio::async_write(stream_, http::make_chunk_last(), then);
    asio::async_write(stream_, http::make_chunk(asio::buffer(piece_)), then);
  }

  /// Takes what a refused client still sends: closing at once would take the answer from it.
  void Drain() {
    error_code ignored;
    stream_.socket().shutdown(Socket::shutdown_send, ignored);
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kMaxHeader),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              self->drained_ += size;
                              if (error || self->drained_ > kMaxDrained) return self->End();
                              self->Drain();
                            });
  }

  void End() { closed_(shared_from_this()); }

  Wire stream_;
  const Reach reach_;
  const Mounts& mounts_;
  const Guard* const guard_;
  const std::shared_ptr<Inlet> inlet_;
  Closed closed_;
  beast::flat_buffer buffer_{kMaxHeader + kMaxBody};
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  http::response<http::empty_body> head_of_stream_;
  std::optional<http::response_serializer<http::empty_body>> serializer_;
  std::shared_ptr<Stream> body_;
  std::string piece_;
  unsigned version_ = 11;
  bool keep_alive_ = false;
  bool refused_ = false;
  bool replied_ = true;
  std::uint64_t number_ = 0;  ///< of the request
  std::size_t drained_ = 0;
  bool head_ = false;
};

Reach ReachOf(const asio::ip::tcp::endpoint& local) {
  const auto address = local.address();
  const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  const bool loopback =
      mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback()
             : address.is_loopback();
  return loopback ? Reach::kLoopback : Reach::kNetwork;
}

/// Takes connections of one kind, as many at a time as there are places for them.
template <typename Protocol>
class Listener final {
 public:
  using Acceptor = typename Protocol::acceptor;
  Listener(asio::io_context& io, const Mounts& mounts, const Guard* guard,
           std::shared_ptr<Inlet> inlet, std::size_t most)
      : acceptor_(io),
        retry_(io),
        mounts_(mounts),
        guard_(guard),
        inlet_(std::move(inlet)),
        most_(most) {}

  [[nodiscard]] Acceptor& acceptor() { return acceptor_; }
  [[nodiscard]] std::size_t count() const { return count_; }  ///< any thread

  void Accept() {
    accepting_ = true;
    acceptor_.async_accept([this](error_code error, typename Protocol::socket socket) {
      if (error == asio::error::operation_aborted) return;
      accepting_ = false;
      // Out of descriptors: later, perhaps.
      if (error) return RetryLater();
      Take(std::move(socket));
      if (connections_.size() < most_) Accept();
    });
  }

 private:
  void RetryLater() {
    retry_.expires_after(kAcceptAgain);
    retry_.async_wait([this](error_code error) {
      if (!error && !accepting_) Accept();
    });
  }

  void Take(typename Protocol::socket socket) {
    Reach reach = Reach::kSocket;
    if constexpr (std::is_same_v<Protocol, asio::ip::tcp>) {
      error_code error;
      const auto local = socket.local_endpoint(error);
      if (error) return;
      reach = ReachOf(local);
    }
    const auto connection = std::make_shared<Connection>(
        std::move(socket), reach, mounts_, guard_, inlet_,
        [this](const std::shared_ptr<Connection>& closed) { Forget(closed); });
    connections_.insert(connection);
    count_ = connections_.size();
    connection->Begin();
  }

  void Forget(const std::shared_ptr<Connection>& connection) {
    connection->Close();
    const bool known = connections_.erase(connection) > 0;
    count_ = connections_.size();
    if (known && !accepting_) Accept();
  }

  Acceptor acceptor_;
  asio::steady_timer retry_;
  const Mounts& mounts_;
  const Guard* const guard_;
  const std::shared_ptr<Inlet> inlet_;
  const std::size_t most_;
  std::atomic<std::size_t> count_{0};
  bool accepting_ = false;
  std::set<std::shared_ptr<Connection>> connections_;
};

template <typename Acceptor>
error_code Open(Acceptor& acceptor, const typename Acceptor::endpoint_type& endpoint) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  return error;
}

}  // namespace

class Server::Impl {
 public:
  ~Impl() {
    inlet_->Close();
    asio::post(io_, [this] { io_.stop(); });
    if (thread_.joinable()) thread_.join();
    if (!path_.empty()) unlink(path_.c_str());
  }

  void Mount(const std::string& path, Handler handler) { mounts_[path] = std::move(handler); }

  Result<void> ListenTcp(const std::string& address) {
    const auto failed = [&](const std::string& what, const error_code& error) {
      return Fail("listen tcp " + address + ": " + what + error.message());
    };
    const auto colon = address.rfind(':');
    if (colon == std::string::npos) {
      return Fail("listen tcp: address " + address + ": missing port in address");
    }
    std::string host = address.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    error_code error;
    asio::ip::tcp::resolver resolver(io_);
    const auto found =
        resolver.resolve(host, address.substr(colon + 1), asio::ip::tcp::resolver::passive, error);
    if (error || found.empty()) return failed("lookup: ", error);
    auto& acceptor = tcp_.emplace(io_, mounts_, &guard_, inlet_, most_by_tcp_).acceptor();
    error = Open(acceptor, found.begin()->endpoint());
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error) return {};
    tcp_.reset();
    return failed("bind: ", error);
  }

  Result<void> ListenUnix(const std::string& path) {
    const std::string hidden = path + ".new";
    if (hidden.size() >= sizeof(sockaddr_un::sun_path))
      return Fail("the path " + path + " is too long for a socket");
    unlink(hidden.c_str());
    auto& acceptor = unix_.emplace(io_, mounts_, nullptr, inlet_, kMostBySocket).acceptor();
    error_code error = Open(acceptor, asio::local::stream_protocol::endpoint(hidden));
    // Nobody can connect before listen().
    if (!error && chmod(hidden.c_str(), 0600) != 0)
      error.assign(errno, boost::system::system_category());
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error && std::rename(hidden.c_str(), path.c_str()) != 0)
      error.assign(errno, boost::system::system_category());
    if (error) {
      unlink(hidden.c_str());
      unix_.reset();
      return Fail("listen unix " + path + ": " + error.message());
    }
    path_ = path;
    return {};
  }

  [[nodiscard]] Guard& guard() { return guard_; }
  void LimitConnections(std::size_t most) { most_by_tcp_ = most; }
  [[nodiscard]] std::size_t connections() const { return tcp_ ? tcp_->count() : 0; }
  [[nodiscard]] int port() { return tcp_ ? tcp_->acceptor().local_endpoint().port() : 0; }

  void Start() {
    if (tcp_) tcp_->Accept();
    if (unix_) unix_->Accept();
    thread_ = std::thread([this] { io_.run(); });
  }

 private:
  Mounts mounts_;
  Guard guard_;
  std::size_t most_by_tcp_ = kMostByTcp;
  asio::io_context io_{1};
  std::shared_ptr<Inlet> inlet_ = std::make_shared<Inlet>(io_);
  std::optional<Listener<asio::ip::tcp>> tcp_;
  std::optional<Listener<asio::local::stream_protocol>> unix_;
  std::string path_;
  std::thread thread_;
};

Server::Server() : impl_(std::make_unique<Impl>()) {}
Server::~Server() = default;
void Server::Mount(const std::string& path, Handler handler) {
  impl_->Mount(path, std::move(handler));
}
Result<void> Server::ListenTcp(const std::string& address) { return impl_->ListenTcp(address); }
Result<void> Server::ListenUnix(const std::string& path) { return impl_->ListenUnix(path); }
int Server::port() const { return impl_->port(); }
Guard& Server::guard() { return impl_->guard(); }
void Server::LimitConnections(std::size_t most) { impl_->LimitConnections(most); }
std::size_t Server::connections() const { return impl_->connections(); }
void Server::Start() { impl_->Start(); }

}  // namespace loadctl::web

#include "controller/rest/server.h"

#include <unistd.h>

#include <atomic>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <cstdio>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "controller/rest/routes.h"

namespace loadctl::rest {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using namespace std::chrono_literals;
using boost::system::error_code;
using Stream = beast::basic_stream<asio::generic::stream_protocol>;
using Socket = Stream::socket_type;

constexpr std::size_t kMaxConnections = 64;
constexpr std::uint32_t kMaxHeader = 16 * 1024;
constexpr std::uint64_t kMaxBody = 4u << 20;
constexpr std::size_t kMaxDrained = 64u << 20;
constexpr auto kPatience = 10s;

/// One connection. The server owns it; what is under way holds it too.
class Session final : public std::enable_shared_from_this<Session> {
 public:
  using Closed = std::function<void(const std::shared_ptr<Session>&)>;
  Session(Socket socket, Server::Handler& handler, Closed closed)
      : stream_(std::move(socket)), handler_(handler), closed_(std::move(closed)) {}

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
  }

 private:
  void Refuse(error_code error) {
    const bool too_large = error == http::error::header_limit || error == http::error::body_limit;
    // Whoever went away, or was too slow, hears nothing.
    if (!too_large && error.category() != http::make_error_code(http::error::bad_method).category())
      return closed_(shared_from_this());
    if (error == http::error::end_of_stream || error == http::error::partial_message)
      return closed_(shared_from_this());
    keep_alive_ = false;
    refused_ = true;
    version_ = 11;
    Write({too_large ? 413 : 400, "text/plain; charset=utf-8",
           too_large ? "413 Request Entity Too Large\n" : "400 Bad Request\n"});
  }

  void Handle() {
    const auto& request = parser_->get();
    version_ = request.version();
    keep_alive_ = request.keep_alive();
    head_ = request.method() == http::verb::head;
    const auto method = request.method_string(), target = request.target();
    auto routed = Route(std::string_view(method.data(), method.size()),
                        std::string_view(target.data(), target.size()), request.body());
    if (auto* response = std::get_if<Response>(&routed)) return Write(std::move(*response));
    stream_.expires_never();  // setup() may take its time
    handler_(std::get<Command>(routed),
             [weak = weak_from_this(), executor = stream_.get_executor()](Response response) {
               asio::post(executor, [weak, response = std::move(response)]() mutable {
                 if (const auto self = weak.lock()) self->Write(std::move(response));
               });
             });
  }

  void Write(Response response) {
    response_ = {};
    response_.version(version_);
    response_.result(static_cast<unsigned>(response.status));
    if (!response.type.empty()) response_.set(http::field::content_type, response.type);
    response_.keep_alive(keep_alive_);
    response_.body() = std::move(response.body);
    response_.prepare_payload();
    if (head_) response_.body().clear();
    stream_.expires_after(kPatience);
    http::async_write(stream_, response_,
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (!error && self->refused_) return self->Drain();
                        if (error || !self->keep_alive_) return self->closed_(self);
                        self->Read();
                      });
  }

  /// Takes what a refused client still sends: closing at once would take the answer from it.
  void Drain() {
    error_code ignored;
    stream_.socket().shutdown(Socket::shutdown_send, ignored);
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kMaxHeader),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              self->drained_ += size;
                              if (error || self->drained_ > kMaxDrained) return self->closed_(self);
                              self->Drain();
                            });
  }

  Stream stream_;
  Server::Handler& handler_;
  Closed closed_;
  beast::flat_buffer buffer_{kMaxHeader + kMaxBody};
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  unsigned version_ = 11;
  bool keep_alive_ = false;
  bool refused_ = false;
  std::size_t drained_ = 0;
  bool head_ = false;
};

}  // namespace

class Server::Impl {
 public:
  explicit Impl(Handler handler) : handler_(std::move(handler)) {}
  ~Impl() {
    asio::post(io_, [this] { io_.stop(); });
    if (thread_.joinable()) thread_.join();
    if (!path_.empty()) unlink(path_.c_str());
  }

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
    auto& acceptor = tcp_.emplace(io_);
    const auto endpoint = found.begin()->endpoint();
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return failed("bind: ", error);
    return {};
  }

  Result<void> ListenUnix(const std::string& path) {
    const std::string hidden = path + ".new";
    unlink(hidden.c_str());
    error_code error;
    auto& acceptor = unix_.emplace(io_);
    asio::local::stream_protocol::endpoint endpoint;
    if (hidden.size() >= sizeof(sockaddr_un::sun_path))
      return Fail("the path " + path + " is too long for a socket");
    endpoint.path(hidden);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error && std::rename(hidden.c_str(), path.c_str()) != 0)
      error.assign(errno, boost::system::system_category());
    if (error) {
      unlink(hidden.c_str());
      return Fail("listen unix " + path + ": " + error.message());
    }
    path_ = path;
    return {};
  }

  [[nodiscard]] int port() const { return tcp_ ? tcp_->local_endpoint().port() : 0; }

  void Start() {
    if (tcp_) Accept(*tcp_);
    if (unix_) Accept(*unix_);
    thread_ = std::thread([this] { io_.run(); });
  }

 private:
  template <typename Acceptor>
  void Accept(Acceptor& acceptor) {
    auto socket = std::make_shared<Socket>(io_);
    acceptor.async_accept(*socket, [this, &acceptor, socket](error_code error) {
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        const auto session = std::make_shared<Session>(
            std::move(*socket), handler_,
            [this](const std::shared_ptr<Session>& closed) { Forget(closed); });
        sessions_.insert(session);
        session->Read();
      }
      // Out of descriptors or of places: who waits is taken when a connection has ended.
      if (error || sessions_.size() >= kMaxConnections) {
        waiting_.push_back([this, &acceptor] { Accept(acceptor); });
        if (sessions_.empty()) Resume();
        return;
      }
      Accept(acceptor);
    });
  }

  void Forget(const std::shared_ptr<Session>& session) {
    session->Close();
    sessions_.erase(session);
    Resume();
  }

  void Resume() {
    for (const auto& accept : std::exchange(waiting_, {})) accept();
  }

  Handler handler_;
  asio::io_context io_{1};
  std::optional<asio::ip::tcp::acceptor> tcp_;
  std::optional<asio::local::stream_protocol::acceptor> unix_;
  std::string path_;
  std::set<std::shared_ptr<Session>> sessions_;
  std::vector<std::function<void()>> waiting_;
  std::thread thread_;
};

Server::Server(Handler handler) : impl_(std::make_unique<Impl>(std::move(handler))) {}
Server::~Server() = default;
Result<void> Server::ListenTcp(const std::string& address) { return impl_->ListenTcp(address); }
Result<void> Server::ListenUnix(const std::string& path) { return impl_->ListenUnix(path); }
int Server::port() const { return impl_->port(); }
void Server::Start() { impl_->Start(); }

}  // namespace loadctl::rest

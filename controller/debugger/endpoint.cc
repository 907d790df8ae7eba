#include "controller/debugger/endpoint.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "common/base/run_id.h"
#include "common/text/json_writer.h"
#include "controller/web/target.h"

namespace loadctl::debugger {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using namespace std::chrono_literals;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kPatience = 10s;
constexpr std::size_t kMostConnections = 16;
constexpr std::size_t kMostHeader = 16 * 1024;
/// Of a message: what a debugger writes, such as a script that it changed.
constexpr std::size_t kMostMessage = std::size_t{64} << 20;

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

/// `127.0.0.1:9229`, `[::1]:0`, `localhost:9229`.
Result<tcp::endpoint> ParseAddress(const std::string& address) {
  const auto bad = [&](const std::string& why) {
    return Fail(ErrorCode::kInvalidConfig, "--inspect " + address + ": " + why);
  };
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return bad("it is host:port");
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || host == "localhost") host = "127.0.0.1";
  unsigned port = 0;
  const char* const end = address.data() + address.size();
  const auto read = std::from_chars(address.data() + colon + 1, end, port);
  if (read.ec != std::errc() || read.ptr != end || port > 65535) return bad("that is no port");
  error_code error;
  const auto ip = asio::ip::make_address(host, error);
  if (error) return bad("that is no IP address");
  if (!ip.is_loopback()) {
    return bad(
        "whoever reaches it could make this machine do anything: it is an address of this machine "
        "alone (127.0.0.1); from elsewhere, use ssh -L");
  }
  return tcp::endpoint(ip, static_cast<std::uint16_t>(port));
}

}  // namespace

class Endpoint::Impl final {
 public:
  Impl(Target target, Client client) : target_(std::move(target)), client_(std::move(client)) {}

  Result<void> Open(const std::string& address) {
    LOADCTL_TRY(const tcp::endpoint where, ParseAddress(address));
    error_code error;
    acceptor_.open(where.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(where, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (error) return Fail("cannot listen for a debugger at " + address + ": " + error.message());
    const auto local = acceptor_.local_endpoint();
    const std::string host = local.address().is_v6() ? "[" + local.address().to_string() + "]"
                                                     : local.address().to_string();
    place_ = host + ":" + std::to_string(local.port()) + "/" + id_;
    Accept();
    thread_ = std::thread([this] { io_.run(); });
    return {};
  }

  ~Impl() {
    asio::post(io_, [this] {
      error_code ignored;
      acceptor_.close(ignored);
      if (!connected_) return io_.stop();
      // A client that takes nothing any more is not waited for.
      patience_.expires_after(2s);
      patience_.async_wait([this](error_code) { io_.stop(); });
      connected_->Finish([this] { io_.stop(); });
    });
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] const std::string& place() const { return place_; }

  void Send(std::string text) {
    asio::post(io_, [this, text = std::move(text)]() mutable {
      if (connected_) connected_->Send(std::move(text));
    });
  }

 private:
  /// A connection: requests, until one of them makes it a WebSocket.
  class Connection final : public std::enable_shared_from_this<Connection> {
   public:
    Connection(tcp::socket socket, Impl& owner)
        : owner_(owner), socket_(beast::tcp_stream(std::move(socket))) {
      ++owner_.connections_;
    }
    ~Connection() { --owner_.connections_; }

    void Read() {
      parser_.emplace();
      parser_->header_limit(kMostHeader);
      parser_->body_limit(std::uint64_t{0});
      Stream().expires_after(kPatience);
      http::async_read(Stream(), buffer_, *parser_,
                       [self = shared_from_this()](error_code error, std::size_t) {
                         if (!error) self->Handle();
                       });
    }

    /// To the client of the WebSocket.
    void Send(std::string text) {
      waiting_.push_back(std::move(text));
      if (waiting_.size() == 1) Write();
    }
    /// Closes it, whatever the client says to that.
    void Finish(std::function<void()> done) {
      finished_ = std::move(done);
      if (waiting_.empty()) Close();
    }

   private:
    beast::tcp_stream& Stream() { return socket_.next_layer(); }

    void Handle() {
      const auto& request = parser_->get();
      const auto path = View(request.target());
      // Tools for developers are pages of another site.
      const std::string foreign = web::ForeignRequest(
          web::Reach::kLoopback, "GET", {View(request[http::field::host]), "", "", ""});
      if (!foreign.empty()) return Answer(http::status::forbidden, foreign);
      if (websocket::is_upgrade(request)) {
        if (path != "/" + owner_.id_) return Answer(http::status::not_found, "no such target");
        if (owner_.connected_)
          return Answer(http::status::service_unavailable, "a debugger is connected already");
        return Upgrade();
      }
      if (path == "/json/version") return Answer(http::status::ok, owner_.Version());
      if (path == "/json" || path == "/json/list") return Answer(http::status::ok, owner_.List());
      Answer(http::status::not_found, "404 page not found");
    }

    void Answer(http::status status, std::string text) {
      answer_ = {status, 11};
      answer_.set(http::field::content_type, status == http::status::ok
                                                 ? "application/json; charset=UTF-8"
                                                 : "text/plain; charset=UTF-8");
      answer_.keep_alive(false);
      answer_.body() = std::move(text);
      answer_.prepare_payload();
      http::async_write(Stream(), answer_, [self = shared_from_this()](error_code, std::size_t) {
        error_code ignored;
        self->Stream().socket().shutdown(tcp::socket::shutdown_send, ignored);
      });
    }

    void Upgrade() {
      Stream().expires_never();
      socket_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
      socket_.read_message_max(kMostMessage);
      socket_.text(true);
      owner_.connected_ = shared_from_this();
      socket_.async_accept(parser_->get(), [self = shared_from_this()](error_code error) {
        if (error) return self->Leave();
        self->open_ = true;
        self->owner_.client_.came();
        self->Listen();
      });
    }

    void Listen() {
      buffer_.clear();
      socket_.async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) {
        if (error) return self->Leave();
        self->owner_.client_.said(beast::buffers_to_string(self->buffer_.data()));
        self->Listen();
      });
    }

    void Write() {
      if (!open_) return;
      socket_.async_write(asio::buffer(waiting_.front()),
                          [self = shared_from_this()](error_code error, std::size_t) {
                            if (error) return self->Leave();
                            self->waiting_.pop_front();
                            if (!self->waiting_.empty()) return self->Write();
                            if (self->finished_) self->Close();
                          });
    }

    void Close() {
      Stream().expires_after(1s);
      socket_.async_close(
          websocket::close_reason(websocket::close_code::going_away, "it has ended"),
          [self = shared_from_this()](error_code) { self->Leave(); });
    }

    void Leave() {
      if (owner_.connected_.get() != this) return;
      if (open_) owner_.client_.gone();
      if (finished_) finished_();
      owner_.connected_.reset();
    }

    Impl& owner_;
    websocket::stream<beast::tcp_stream> socket_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    http::response<http::string_body> answer_;
    std::deque<std::string> waiting_;
    std::function<void()> finished_;
    bool open_ = false;
  };

  void Accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (!error && connections_ < kMostConnections)
        std::make_shared<Connection>(std::move(socket), *this)->Read();
      Accept();
    });
  }

  [[nodiscard]] static std::string Version() {
    text::JsonWriter json(2);
    json.Object([&] {
      json.Key("Browser").String(std::string("loadctl/v") + LOADCTL_VERSION);
      json.Key("Protocol-Version").String("1.3");
    });
    return json.Take();
  }

  /// As Node.js lists itself: editors look for targets of that type.
  [[nodiscard]] std::string List() const {
    const std::string front =
        "devtools://devtools/bundled/js_app.html?experiments=true&v8only=true&ws=" + place_;
    text::JsonWriter json(2);
    json.Array([&] {
      json.Element().Object([&] {
        json.Key("description").String("loadctl debug");
        json.Key("devtoolsFrontendUrl").String(front);
        json.Key("devtoolsFrontendUrlCompat").String(front);
        json.Key("id").String(id_);
        json.Key("title").String(target_.title);
        json.Key("type").String("node");
        json.Key("url").String(target_.url);
        json.Key("webSocketDebuggerUrl").String("ws://" + place_);
      });
    });
    return json.Take();
  }

  const Target target_;
  const Client client_;
  const std::string id_ = RunId::Random().text + RunId::Random().text;
  std::string place_;  // `127.0.0.1:9229/0a1b...`
  std::size_t connections_ = 0;
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer patience_{io_};
  std::shared_ptr<Connection> connected_;  // the WebSocket
  std::thread thread_;
};

Endpoint::Endpoint(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Endpoint::~Endpoint() = default;

Result<std::unique_ptr<Endpoint>> Endpoint::Listen(const std::string& address, const Target& target,
                                                   Client client) {
  auto impl = std::make_unique<Impl>(target, std::move(client));
  LOADCTL_CHECK_OK(impl->Open(address));
  return std::unique_ptr<Endpoint>(new Endpoint(std::move(impl)));
}

std::string Endpoint::url() const { return "ws://" + impl_->place(); }
void Endpoint::Send(std::string text) { impl_->Send(std::move(text)); }

}  // namespace loadctl::debugger

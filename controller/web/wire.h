// One connection of the web server: plain, or under TLS; to what reads and writes it, either is a
// stream of Boost.Asio's. Not for HTTP (server.cc). For .cc files only; the server's thread.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace loadctl::web {

// Not final: Boost.Asio asks by deriving from it whether it is an executor.
class Wire {
 public:
  using Plain = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;
  using Socket = Plain::socket_type;
  using executor_type = Plain::executor_type;

  using Tls = boost::asio::ssl::stream<Plain&>;

  /// `tls` null: plain.
  Wire(Socket socket, std::shared_ptr<boost::asio::ssl::context> tls)
      : plain_(std::move(socket)), context_(std::move(tls)) {
    if (context_) tls_.emplace(plain_, *context_);
  }

  [[nodiscard]] Tls* tls() { return tls_ ? &*tls_ : nullptr; }
  [[nodiscard]] Plain& plain() { return plain_; }

  [[nodiscard]] executor_type get_executor() noexcept { return plain_.get_executor(); }
  [[nodiscard]] Socket& socket() { return plain_.socket(); }
  void expires_after(std::chrono::nanoseconds time) { plain_.expires_after(time); }
  void expires_never() { plain_.expires_never(); }

  /// Calls back at once where there is nothing to shake hands about.
  template <typename Handler>
  void Handshake(Tls::handshake_type side, Handler handler) {
    if (!tls_) return handler(boost::system::error_code());
    tls_->async_handshake(side, std::move(handler));
  }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this](auto handler, const Buffers& to) {
          if (tls_) return tls_->async_read_some(to, std::move(handler));
          plain_.async_read_some(to, std::move(handler));
        },
        token, buffers);
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this](auto handler, const Buffers& from) {
          if (tls_) return tls_->async_write_some(from, std::move(handler));
          plain_.async_write_some(from, std::move(handler));
        },
        token, buffers);
  }

 private:
  Plain plain_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::optional<Tls> tls_;
};

}  // namespace loadctl::web

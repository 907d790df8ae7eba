#include "controller/web/client.h"

#include <openssl/ssl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <memory>
#include <utility>

#include "common/daemon/endpoint.h"
#include "common/daemon/token.h"
#include "controller/web/wire.h"

namespace loadctl::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Stream = beast::basic_stream<asio::generic::stream_protocol>;

constexpr std::uint64_t kMaxAnswer = 64u << 20;

std::shared_ptr<asio::ssl::context> ContextOf(const std::string& ca, error_code& error) {
  if (ca.empty()) return nullptr;
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  context->add_certificate_authority(asio::buffer(ca), error);
  context->set_verify_mode(asio::ssl::verify_peer);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_3_VERSION);
  return context;
}

/// Each step is asynchronous only because blocking ones know no time limit.
class Exchange {
 public:
  Exchange(std::chrono::milliseconds patience, std::shared_ptr<asio::ssl::context> tls)
      : wire_(Wire::Socket(io_), std::move(tls)) {
    wire_.expires_after(patience);
  }

  error_code Connect(const daemon::Endpoint& endpoint) {
    if (!endpoint.path.empty())
      return ConnectTo(asio::local::stream_protocol::endpoint(endpoint.path));
    error_code error;
    asio::ip::tcp::resolver resolver(io_);
    const auto found = resolver.resolve(endpoint.host, endpoint.port, error);
    if (error) return error;
    for (const auto& entry : found) {
      error = ConnectTo(entry.endpoint());
      if (!error) break;
    }
    return error ? error : Handshake(endpoint.host);
  }

  error_code Ask(const http::request<http::string_body>& request, Answer& answer) {
    error_code result;
    http::async_write(wire_, request, [&](error_code error, std::size_t) { result = error; });
    Run();
    if (result) return result;
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kMaxAnswer);
    http::async_read(wire_, buffer, parser, [&](error_code error, std::size_t) { result = error; });
    Run();
    answer.status = static_cast<int>(parser.get().result_int());
    answer.body = std::move(parser.get().body());
    return result;
  }

 private:
  error_code ConnectTo(const asio::generic::stream_protocol::endpoint& endpoint) {
    error_code result;
    wire_.socket().close(result);
    wire_.plain().async_connect(endpoint, [&](error_code error) { result = error; });
    Run();
    return result;
  }
  error_code Handshake(const std::string& host) {
    if (wire_.tls() == nullptr) return {};
    SSL_set_tlsext_host_name(wire_.tls()->native_handle(), host.c_str());
    wire_.tls()->set_verify_callback(asio::ssl::host_name_verification(host));
    error_code result;
    wire_.Handshake(Wire::Tls::client, [&](error_code error) { result = error; });
    Run();
    return result;
  }
  void Run() {
    io_.restart();
    io_.run();
  }

  asio::io_context io_{1};
  Wire wire_;
};

}  // namespace

Result<Answer> Ask(const std::string& address, const std::string& method, const std::string& target,
                   const std::string& body, std::chrono::milliseconds patience,
                   const Asking& asking) {
  LOADCTL_TRY(const auto endpoint, daemon::ParseEndpoint(address));
  const auto failed = [&](const error_code& error) {
    return Fail(method + " " + target + " at " + address + ": " + error.message());
  };
  error_code unusable;
  Exchange exchange(patience, ContextOf(asking.tls_ca, unusable));
  if (unusable) return failed(unusable);
  if (const error_code error = exchange.Connect(endpoint)) return failed(error);
  http::request<http::string_body> request;
  request.version(11);
  request.method_string(method);
  request.target(target);
  request.set(http::field::host, endpoint.path.empty() ? address : "loadctl");
  request.keep_alive(false);
  if (!asking.token.empty())
    request.set(http::field::authorization, daemon::kTokenScheme + asking.token);
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  request.body() = body;
  request.prepare_payload();
  Answer answer;
  if (const error_code error = exchange.Ask(request, answer)) return failed(error);
  return answer;
}

}  // namespace loadctl::web

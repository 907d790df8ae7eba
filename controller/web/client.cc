#include "controller/web/client.h"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>
#include <utility>

#include "common/daemon/endpoint.h"

namespace loadctl::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Stream = beast::basic_stream<asio::generic::stream_protocol>;

constexpr std::uint64_t kMaxAnswer = 64u << 20;

/// Each step is asynchronous only because blocking ones know no time limit.
class Exchange {
 public:
  explicit Exchange(std::chrono::milliseconds patience) { stream_.expires_after(patience); }

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
    return error;
  }

  error_code Ask(const http::request<http::string_body>& request, Answer& answer) {
    error_code result;
    http::async_write(stream_, request, [&](error_code error, std::size_t) { result = error; });
    Run();
    if (result) return result;
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kMaxAnswer);
    http::async_read(stream_, buffer, parser,
                     [&](error_code error, std::size_t) { result = error; });
    Run();
    answer.status = static_cast<int>(parser.get().result_int());
    answer.body = std::move(parser.get().body());
    return result;
  }

 private:
  error_code ConnectTo(const asio::generic::stream_protocol::endpoint& endpoint) {
    error_code result;
    stream_.socket().close(result);
    stream_.async_connect(endpoint, [&](error_code error) { result = error; });
    Run();
    return result;
  }
  void Run() {
    io_.restart();
    io_.run();
  }

  asio::io_context io_{1};
  Stream stream_{io_};
};

}  // namespace

Result<Answer> Ask(const std::string& address, const std::string& method, const std::string& target,
                   const std::string& body, std::chrono::milliseconds patience) {
  LOADCTL_TRY(const auto endpoint, daemon::ParseEndpoint(address));
  const auto failed = [&](const error_code& error) {
    return Fail(method + " " + target + " at " + address + ": " + error.message());
  };
  Exchange exchange(patience);
  if (const error_code error = exchange.Connect(endpoint)) return failed(error);
  http::request<http::string_body> request;
  request.version(11);
  request.method_string(method);
  request.target(target);
  request.set(http::field::host, endpoint.path.empty() ? address : "loadctl");
  request.keep_alive(false);
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  request.body() = body;
  request.prepare_payload();
  Answer answer;
  if (const error_code error = exchange.Ask(request, answer)) return failed(error);
  return answer;
}

}  // namespace loadctl::web

// What a server says on an HTTP/2 connection while requests are under way.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "agent/net/http2/http2_connection.h"
#include "agent/net/socket/pipe_transport.h"

namespace loadctl::net {
namespace {

/// Each wait of the client brings the next piece of the server's bytes, and after the last its end.
class Feeder final : public Parker {
 public:
  Feeder(PipeTransport& server, std::string_view bytes) : server_(server), bytes_(bytes) {}
  void Park() override {
    if (bytes_.empty()) return server_.Finish();
    // The first byte of a piece says how long it is.
    const std::size_t size =
        std::min<std::size_t>(bytes_.size(), 1 + static_cast<unsigned char>(bytes_[0]));
    const std::string_view piece = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    (void)server_.TryWrite({&piece, 1});
  }
  void Unpark() override {}
  bool Cancelled() const override { return false; }

 private:
  PipeTransport& server_;
  std::string_view bytes_;
};

void Try(std::string_view bytes) {
  auto [client, server] = PipeTransport::Make();
  std::vector<char> scratch(1024);
  Http2Connection connection(std::move(client), scratch);
  Feeder feeder(*server, bytes);
  const Url url = *ParseUrl("https://h.test/");
  Request request;
  request.method = "POST";
  request.url = &url;
  request.body = "body";
  request.has_body = true;
  request.max_body = 1 << 20;
  for (int i = 0; i < 3; ++i) {
    Wait wait{feeder};
    Exchange exchange;
    (void)connection.Send(request, {}, wait, exchange);
    const bool answered = exchange.outcome == Outcome::kResponse;
    if (answered && (exchange.status < 100 || !exchange.head_complete)) std::abort();
    if (!answered && exchange.failure.text.empty()) std::abort();
    std::string head;
    exchange.AppendHead(head);
    if (exchange.body.size() > request.max_body) std::abort();
  }
}

}  // namespace
}  // namespace loadctl::net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  loadctl::net::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}

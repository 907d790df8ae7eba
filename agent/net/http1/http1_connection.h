// Http1Connection: HTTP/1.1 on a Transport: one request at a time, kept for the next.
// Not the parser or the writer, nor one exchange (http_attempt.h). The worker's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/http/http_connection.h"
#include "agent/net/http1/known_heads.h"
#include "agent/net/socket/transport.h"

namespace loadctl::net {

/// What the connections of one worker share. The buffer is for the time of one read, so that an
/// idle connection holds none.
struct Http1Memory {
  std::vector<char> scratch = std::vector<char>(64 * 1024);
  KnownHeads known_heads{};
};

class Http1Connection final : public HttpConnection {
 public:
  /// `memory` outlives it. `forwarding`: to a proxy that sends requests on, with that
  /// Proxy-Authorization, which may be empty and outlives it.
  Http1Connection(std::unique_ptr<Transport> transport, Http1Memory& memory,
                  std::optional<std::string_view> forwarding = std::nullopt)
      : transport_(std::move(transport)), memory_(memory), forwarding_(forwarding) {}

  Sent Send(const Request& request, const Terms& terms, Wait& wait, Exchange& into) override;
  std::size_t Room() const override { return usable_ && !busy_ ? 1 : 0; }
  bool Alive(bool probe) override;

 private:
  std::unique_ptr<Transport> transport_;
  Http1Memory& memory_;
  std::optional<std::string_view> forwarding_;
  std::string head_;                  ///< memory for the next request's head
  std::uint64_t bytes_sent_ = 0;      ///< told of in exchanges
  std::uint64_t bytes_received_ = 0;  ///< same
  bool busy_ = false;
  bool usable_ = true;
};

}  // namespace loadctl::net

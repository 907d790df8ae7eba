// Writes HTTP/1.1 requests as Go's client does, byte for byte.
// Not a connection: it fills a string. Any thread.
#pragma once

#include <optional>
#include <string>

#include "agent/net/http/http_message.h"
#include "agent/net/socket/failure.h"

namespace loadctl::net {

/// Why Go would refuse to send this request at all (code 1000): no host, another scheme, a method
/// or header that is no token. Nothing if it may be sent.
[[nodiscard]] std::optional<Failure> CheckRequest(const Request& request);

/// How the head of a request is to be written.
struct HeadForm {
  bool close = false;                      ///< asks the server to close
  bool forwarded = false;                  ///< to a proxy: the whole URL in the request line
  std::string_view proxy_authorization{};  ///< with `forwarded`; empty: none
};

/// Replaces `out` by the request line and headers of `request`. A given but empty body is sent
/// chunked, as Go does; then `out` holds its end as well.
void WriteRequestHead(const Request& request, const HeadForm& form, std::string& out);

/// True if Go sends the request again when a kept connection turns out to be dead.
[[nodiscard]] bool IsReplayable(const Request& request);

}  // namespace loadctl::net

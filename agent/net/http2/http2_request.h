// Http2Request: the fields of a request as HTTP/2 sends them, by the rules of Go's client.
// Not the frames (nghttp2). Keeps its memory from request to request. No thread.
#pragma once

#include <nghttp2/nghttp2.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/http/http_message.h"

namespace loadctl::net {

class Http2Request {
 public:
  /// Why Go would not send this by HTTP/2: headers that only HTTP/1 has.
  [[nodiscard]] static std::optional<Failure> Check(const Request& request);

  /// Pseudo-headers, then the others in lower case, cookies one by one. Valid until the next call,
  /// and as long as `request`.
  [[nodiscard]] std::span<const nghttp2_nv> Fill(const Request& request);

 private:
  std::string text_;  ///< what is not in the request as it is sent
  std::vector<nghttp2_nv> fields_;

  std::string_view Keep(std::string_view text);
  void Add(std::string_view name, std::string_view value);
  void AddHeader(std::string_view name, std::string_view value);
  void AddCookies(std::string_view line);
};

}  // namespace loadctl::net

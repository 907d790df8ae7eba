// A request and its answer as --har keeps them. Not for metrics. Plain values: any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace loadctl::vu {

struct HttpRecord {
  using Fields = std::vector<std::pair<std::string, std::string>>;

  std::int64_t unix_ns = 0;  ///< when it was asked for
  std::string method, url;
  std::string request_version;  ///< `HTTP/1.1`
  Fields request_fields;
  std::string request_body;        ///< cut
  std::uint64_t request_size = 0;  ///< of the whole
  int status = 0;                  ///< 0: there was no answer
  std::string status_text, version;
  Fields fields;
  std::string body;        ///< decoded, cut
  std::uint64_t size = 0;  ///< of the whole, decoded
  std::string error;       ///< k6's; empty if there was an answer
  std::string address;
  std::chrono::nanoseconds blocked{}, looking_up{}, connecting{}, tls_handshaking{}, sending{},
      waiting{}, receiving{};
  std::int64_t vu = 0, iteration = 0;
  std::string scenario, group;

  /// Bytes of its texts.
  [[nodiscard]] std::size_t Size() const {
    std::size_t bytes = method.size() + url.size() + request_body.size() + body.size();
    for (const Fields* list : {&request_fields, &fields})
      for (const auto& [name, value] : *list) bytes += name.size() + value.size();
    return bytes;
  }
};

}  // namespace loadctl::vu

// Datagrams to one backend. Not for streams. One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::output {

class UdpSender final {
 public:
  /// `address`: `host:port`. Fails (kGeneric) if that is no address or the host is not known.
  [[nodiscard]] static Result<std::unique_ptr<UdpSender>> Open(const std::string& address);
  ~UdpSender();
  UdpSender(const UdpSender&) = delete;
  UdpSender& operator=(const UdpSender&) = delete;

  /// False if the datagram was not sent: too large, or (seen at the next one) nobody listens.
  [[nodiscard]] bool Send(std::string_view datagram);

 private:
  explicit UdpSender(int socket) : socket_(socket) {}
  const int socket_;
};

}  // namespace loadctl::output

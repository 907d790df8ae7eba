#include "controller/output/udp.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace loadctl::output {

Result<std::unique_ptr<UdpSender>> UdpSender::Open(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos || colon + 1 == address.size())
    return Fail("address " + address + ": missing port in address");
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.empty() ? "localhost" : host.c_str(),
                                address.c_str() + colon + 1, &hints, &found);
  if (error != 0) return Fail("address " + address + ": " + gai_strerror(error));
  int socket = -1;
  for (const addrinfo* one = found; one != nullptr && socket < 0; one = one->ai_next) {
    socket = ::socket(one->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket >= 0 && connect(socket, one->ai_addr, one->ai_addrlen) != 0) {
      close(socket);
      socket = -1;
    }
  }
  freeaddrinfo(found);
  if (socket < 0) return Fail("address " + address + ": cannot be reached");
  return std::unique_ptr<UdpSender>(new UdpSender(socket));
}

UdpSender::~UdpSender() { close(socket_); }

bool UdpSender::Send(std::string_view datagram) {
  // The first send after a datagram that nobody took fails for that one.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (send(socket_, datagram.data(), datagram.size(), 0) >= 0) return attempt == 0;
    if (errno != ECONNREFUSED) return false;
  }
  return false;
}

}  // namespace loadctl::output

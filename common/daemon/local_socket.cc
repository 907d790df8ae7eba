#include "common/daemon/local_socket.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace loadctl::daemon {

std::optional<LocalAddress> LocalAddress::Of(const std::string& name) {
  LocalAddress to;
  to.address.sun_family = AF_UNIX;
  if (name.size() < 2 || name.size() >= sizeof to.address.sun_path) return std::nullopt;
  if (name[0] != '/' && name[0] != '@') return std::nullopt;
  std::copy_n(name.data(), name.size(), static_cast<char*>(to.address.sun_path));
  if (name[0] == '@') to.address.sun_path[0] = '\0';
  // A path has its zero at the end, an abstract name none.
  const std::size_t length = name.size() + (name[0] == '/' ? 1 : 0);
  to.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  return to;
}

bool SendTo(const std::string& name, std::string_view datagram, Patience patience) {
  const auto address = LocalAddress::Of(name);
  if (!address) return false;
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  const int flags = MSG_NOSIGNAL | (patience == Patience::kNone ? MSG_DONTWAIT : 0);
  ssize_t sent = 0;
  do {
    sent = sendto(socket, datagram.data(), datagram.size(), flags, address->get(), address->size);
  } while (sent < 0 && errno == EINTR);
  close(socket);
  return sent == static_cast<ssize_t>(datagram.size());
}

}  // namespace loadctl::daemon

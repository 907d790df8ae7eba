#include "common/daemon/notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

namespace loadctl::daemon {
namespace {

/// A socket as systemd has one, under a path or an abstract name (`@...`).
class Listener {
 public:
  explicit Listener(const std::string& name) : name_(name) {
    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())),
              0);
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~Listener() {
    unsetenv("NOTIFY_SOCKET");
    close(socket_);
    if (name_[0] == '/') unlink(name_.c_str());
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::string Take() {
    char text[200];
    const auto size = recv(socket_, text, sizeof text, 0);
    return size < 0 ? "" : std::string(text, static_cast<std::size_t>(size));
  }

 private:
  std::string name_;
  int socket_;
};

TEST(Notify, ReachesASocketByPathOrAbstractName) {
  const std::string number = std::to_string(getpid());
  for (const std::string& name : {"/tmp/loadctl-notify-" + number, "@loadctl-notify-" + number}) {
    Listener listener(name);
    Notify("READY=1\nSTATUS=idle");
    EXPECT_EQ(listener.Take(), "READY=1\nSTATUS=idle") << name;
    EXPECT_EQ(listener.Take(), "");
  }
}

TEST(Notify, DoesNothingWhereNobodyAsked) {
  unsetenv("NOTIFY_SOCKET");
  Notify("READY=1");
  setenv("NOTIFY_SOCKET", "/no/such/socket", 1);
  Notify("READY=1");
  setenv("NOTIFY_SOCKET", std::string(500, '/').c_str(), 1);
  Notify("READY=1");
  unsetenv("NOTIFY_SOCKET");
}

}  // namespace
}  // namespace loadctl::daemon

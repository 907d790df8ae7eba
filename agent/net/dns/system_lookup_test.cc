#include "agent/net/dns/system_lookup.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <thread>

namespace loadctl::net {
namespace {

/// A name server on 127.0.0.1. `rot.test` has three addresses, in another order each time, as many
/// servers give them to spread load; `bad.test` is refused; there are no other names.
class NameServer {
 public:
  NameServer() : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~NameServer() {
    shutdown(socket_, SHUT_RDWR);
    thread_.join();
    close(socket_);
  }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  std::uint16_t port_ = 0;
  int turn_ = 0;
  std::thread thread_;

  void Serve() {
    char buffer[1500];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    for (;;) {
      const ssize_t got =
          recvfrom(socket_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got <= 12) return;
      const std::string reply = Answer({buffer, static_cast<std::size_t>(got)});
      (void)sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from),
                   size);
    }
  }

  std::string Answer(const std::string& query) {
    const std::size_t end = query.find('\0', 12) + 1;
    const std::string name = query.substr(12, end - 12);
    const int type = query[end + 1];
    std::string answers;
    int count = 0;
    char code = 3;
    if (name.find("rot") != std::string::npos) {
      code = 0;
      for (int i = 0; type == 1 && i < 3; ++i, ++count) {
        answers += std::string("\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0", 15);
        answers += static_cast<char>(1 + (turn_ + i) % 3);
      }
      if (type == 1) ++turn_;
    } else if (name.find("bad") != std::string::npos) {
      code = 5;
    }
    std::string reply = query.substr(0, 2);
    reply +=
        {'\x81', static_cast<char>(0x80 | code), 0, 1, 0, static_cast<char>(count), 0, 0, 0, 0};
    return reply + query.substr(12, end + 4 - 12) + answers;
  }
};

TEST(SystemLookup, KeepsTheOrderOfTheNameServer) {
  NameServer server;
  for (const char* first : {"127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.1"}) {
    const LookupAnswer answer = SystemLookup("rot.test", server.address());
    ASSERT_EQ(answer.addresses.size(), 3U) << answer.failure.text;
    EXPECT_EQ(answer.addresses.front().ToString(), first);
  }
}

TEST(SystemLookup, SaysAsGoWhatWentWrong) {
  NameServer server;
  const Failure none = SystemLookup("none.test", server.address()).failure;
  EXPECT_EQ(none.code, code::kNoSuchHost);
  EXPECT_EQ(none.text, "lookup: no such host");
  EXPECT_EQ(none.detail, "lookup none.test: no such host");
  const Failure bad = SystemLookup("bad.test", server.address()).failure;
  EXPECT_EQ(bad.code, code::kDns);
  EXPECT_NE(bad.text.find("lookup bad.test on 127.0.0.1"), std::string::npos) << bad.text;
  EXPECT_TRUE(bad.text.ends_with(": server misbehaving")) << bad.text;
  EXPECT_EQ(SystemLookup("b\xc3\xbc"
                         "cher.test",
                         server.address())
                .failure.code,
            code::kNoSuchHost);
}

TEST(SystemLookup, ReadsTheHostsFile) {
  NameServer server;
  const LookupAnswer answer = SystemLookup("localhost", server.address());
  ASSERT_FALSE(answer.addresses.empty()) << answer.failure.text;
}

TEST(SystemLookup, PutsWhatIsPreferredFirst) {
  const auto address = [](const char* text) { return *IpAddress::Parse(text); };
  std::vector<IpAddress> mixed = {address("127.0.0.9"), address("127.0.0.1"), address("::1")};
  SortByPreference(mixed);
  // Where IPv6 is switched off, ::1 cannot be reached and comes last.
  std::vector<IpAddress> v4;
  for (const IpAddress& each : mixed)
    if (each.family == IpAddress::Family::kV4) v4.push_back(each);
  ASSERT_EQ(v4.size(), 2U);
  EXPECT_EQ(v4[0].ToString(), "127.0.0.9");
  EXPECT_EQ(v4[1].ToString(), "127.0.0.1");
}

}  // namespace
}  // namespace loadctl::net

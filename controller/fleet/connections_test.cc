#include "controller/fleet/connections.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace loadctl::fleet {
namespace {

using namespace std::chrono_literals;

/// Keeps what it is handed, as gRPC does.
struct Handed {
  std::mutex mutex;
  std::condition_variable more;
  std::vector<int> descriptors;

  std::size_t WaitFor(std::size_t count) {
    std::unique_lock lock(mutex);
    more.wait_for(lock, 20s, [&] { return descriptors.size() >= count; });
    return descriptors.size();
  }
  void Close(std::size_t index) {
    const std::lock_guard lock(mutex);
    close(std::exchange(descriptors[index], -1));
  }
  ~Handed() {
    for (const int descriptor : descriptors)
      if (descriptor >= 0) close(descriptor);
  }
};

class Acceptor final : public Connections::Acceptor {
 public:
  explicit Acceptor(std::shared_ptr<Handed> handed) : handed_(std::move(handed)) {}
  void HandleNewConnection(NewConnectionParameters* connection) override {
    const std::lock_guard lock(handed_->mutex);
    handed_->descriptors.push_back(connection->fd);
    handed_->more.notify_all();
  }

 private:
  std::shared_ptr<Handed> handed_;
};

sockaddr_storage Loopback(int family, int port) {
  sockaddr_storage address{};
  address.ss_family = static_cast<sa_family_t>(family);
  if (family == AF_INET) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v4.sin_port = htons(static_cast<std::uint16_t>(port));
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    v6.sin6_addr = in6addr_loopback;
    v6.sin6_port = htons(static_cast<std::uint16_t>(port));
  }
  return address;
}

/// A peer; closed at the end.
class Peer final {
 public:
  explicit Peer(int port, int family = AF_INET) : socket_(socket(family, SOCK_STREAM, 0)) {
    const sockaddr_storage address = Loopback(family, port);
    is_there_ = connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Peer() { close(socket_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  [[nodiscard]] bool is_there() const { return is_there_; }
  /// Waits until the other side closes.
  [[nodiscard]] bool IsClosed() const {
    char byte = 0;
    return recv(socket_, &byte, 1, 0) <= 0;
  }

 private:
  int socket_;
  bool is_there_ = false;
};

bool HasIpv6() {
  const int probe = socket(AF_INET6, SOCK_STREAM, 0);
  const sockaddr_storage address = Loopback(AF_INET6, 0);
  const bool has =
      probe >= 0 && bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (probe >= 0) close(probe);
  return has;
}

class ConnectionsTest : public testing::Test {
 protected:
  void Listen(const std::string& host, std::int64_t most, std::int64_t of_host) {
    quotas_->Set(Quota::kConnections, most);
    quotas_->Set(Quota::kConnectionsOfHost, of_host);
    auto made = Connections::Listen({host, "0", ""}, quotas_);
    ASSERT_TRUE(made) << made.error().message;
    connections_ = std::move(*made);
    connections_->Start(std::make_unique<Acceptor>(handed_));
  }
  [[nodiscard]] int port() const { return connections_->port(); }

  const SharedQuotas quotas_ = std::make_shared<Quotas>();
  const std::shared_ptr<Handed> handed_ = std::make_shared<Handed>();
  std::unique_ptr<Connections> connections_;
};

TEST_F(ConnectionsTest, WhoFindsNoPlaceIsClosed) {
  Listen("127.0.0.1", 10, 2);
  const Peer first(port()), second(port());
  EXPECT_EQ(handed_->WaitFor(2), 2U);
  EXPECT_TRUE(Peer(port()).IsClosed());
  EXPECT_EQ(quotas_->reached(Quota::kConnectionsOfHost), 1);
  EXPECT_EQ(quotas_->used(Quota::kConnections), 2);
}

// The number of a closed descriptor goes to the next one that is opened, whatever it is.
TEST_F(ConnectionsTest, APlaceComesBackThoughItsNumberIsAnothers) {
  Listen("127.0.0.1", 1, 1);
  const Peer first(port());
  ASSERT_EQ(handed_->WaitFor(1), 1U);
  const int number = handed_->descriptors[0];
  handed_->Close(0);
  const int other = socket(AF_UNIX, SOCK_STREAM, 0);
  EXPECT_EQ(dup2(other, number), number);
  const auto end = std::chrono::steady_clock::now() + 20s;
  std::vector<std::unique_ptr<Peer>> peers;
  std::size_t let_in = 1;
  while (let_in < 2 && std::chrono::steady_clock::now() < end) {
    peers.push_back(std::make_unique<Peer>(port()));
    std::this_thread::sleep_for(20ms);
    const std::lock_guard lock(handed_->mutex);
    let_in = handed_->descriptors.size();
  }
  EXPECT_EQ(let_in, 2U);
  close(other);
  close(number);
}

TEST_F(ConnectionsTest, AHostIsOneByBothFamilies) {
  if (!HasIpv6()) GTEST_SKIP() << "no IPv6";
  Listen("::", 10, 1);
  const Peer v4(port()), v6(port(), AF_INET6);
  EXPECT_TRUE(v4.is_there());
  EXPECT_TRUE(v6.is_there());
  EXPECT_EQ(handed_->WaitFor(2), 2U);  // 127.0.0.1 and ::1 are two
  EXPECT_TRUE(Peer(port()).IsClosed());
  EXPECT_TRUE(Peer(port(), AF_INET6).IsClosed());
}

TEST_F(ConnectionsTest, APortThatAnotherHasAtOneAddressIsRefused) {
  if (!HasIpv6()) GTEST_SKIP() << "no IPv6";
  Listen("::1", 10, 10);
  for (const char* host : {"::", "", "0.0.0.0", "::1"}) {
    EXPECT_FALSE(Connections::Listen({host, std::to_string(port()), ""}, quotas_)) << host;
  }
}

TEST_F(ConnectionsTest, ALimitOfFilesIsNotReached) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  few.rlim_cur = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  Listen("127.0.0.1", 1000, 1000);
  setrlimit(RLIMIT_NOFILE, &before);
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 48; ++i) peers.push_back(std::make_unique<Peer>(port()));
  EXPECT_EQ(handed_->WaitFor(48), 48U);
  EXPECT_TRUE(Peer(port()).IsClosed());
  EXPECT_EQ(quotas_->reached(Quota::kConnections), 1);
}

TEST_F(ConnectionsTest, ThoseThatWaitAreRefusedAtTheEnd) {
  Listen("127.0.0.1", 10, 10);
  auto waiting = Connections::Listen({"127.0.0.1", "0", ""}, quotas_);
  ASSERT_TRUE(waiting);
  const Peer peer((*waiting)->port());
  EXPECT_TRUE(peer.is_there());
  waiting->reset();  // it was never started
  EXPECT_TRUE(peer.IsClosed());
  connections_.reset();
  EXPECT_EQ(handed_->descriptors.size(), 0U);
}

}  // namespace
}  // namespace loadctl::fleet

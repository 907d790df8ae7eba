// Connections by TCP to the controller's gRPC server: taken here, as many at a time as there are
// places for, in all and of one host, and then handed to gRPC, which has no such bound of its own.
// Not for what is said on them. Made and destroyed by one thread; it takes them on one of its own.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/daemon/endpoint.h"
#include "controller/fleet/quotas.h"

namespace grpc::experimental {
class ExternalConnectionAcceptor;
}

namespace loadctl::fleet {

class Connections final {
 public:
  /// Where connections go that have a place.
  using Acceptor = grpc::experimental::ExternalConnectionAcceptor;

  /// Listens at all addresses of the host; at those of every interface if it is empty. Port 0: a
  /// free one, the same for all. Fails (kGeneric) where none can be had, or where another program
  /// has the port at one of them. Nothing is taken yet.
  static Result<std::unique_ptr<Connections>> Listen(const daemon::Endpoint& endpoint,
                                                     SharedQuotas quotas);
  /// Takes no further ones. Those that stand are gRPC's.
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  /// From here on they are taken. Once; the server of `acceptor` has started, and ends later than
  /// this.
  void Start(std::unique_ptr<Acceptor> acceptor);

  [[nodiscard]] int port() const { return port_; }

 private:
  /// gRPC does not say when it closes a descriptor: then its number is free, or another file's.
  struct Open {
    int descriptor;
    ino_t file;
    std::string host;
  };

  explicit Connections(SharedQuotas quotas);
  void Run();
  /// False: out of descriptors, or of memory.
  bool TakeAll(int listener);
  void Take(int listener, int descriptor, const std::string& host);
  bool HasPlace(const std::string& host);
  /// Unless it has been done within this time.
  void ForgetClosed(std::chrono::milliseconds every);

  const SharedQuotas quotas_;
  const std::int64_t most_;  // in all: as the quota says, or as many files may be open
  std::unique_ptr<Acceptor> acceptor_;
  std::vector<int> listeners_;
  int port_ = 0;
  int stop_ = -1;  // eventfd
  std::vector<Open> open_;
  std::map<std::string, std::int64_t> of_host_;
  std::chrono::steady_clock::time_point looked_{};
  std::thread thread_;
};

}  // namespace loadctl::fleet

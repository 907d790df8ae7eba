// What net's tests share: a parker that runs the loop, a scripted server on 127.0.0.1, TLS keys.
// Tests only. The server runs on a thread of its own.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "agent/net/client/http_client.h"
#include "agent/net/socket/parker.h"

namespace loadctl::net {

/// Waits by running the event loop on the calling thread.
class LoopParker final : public Parker {
 public:
  explicit LoopParker(boost::asio::io_context& io) : io_(io) {}
  void Park() override;
  void Unpark() override { unparked_ = true; }
  bool Cancelled() const override { return cancelled_; }
  void SetCancelled() { cancelled_ = true; }

 private:
  boost::asio::io_context& io_;
  bool unparked_ = false;
  bool cancelled_ = false;
};

/// Stands for a loop that runs other scripts before it gets round to its sockets.
class SluggishParker final : public Parker {
 public:
  explicit SluggishParker(boost::asio::io_context& io) : inner_(io) {}
  void Park() override {
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    inner_.Park();
  }
  void Unpark() override { inner_.Unpark(); }
  bool Cancelled() const override { return false; }

 private:
  LoopParker inner_;
};

/// For transports that need no loop: the test feeds the pipe from here.
class ScriptedParker final : public Parker {
 public:
  explicit ScriptedParker(std::function<void()> on_park) : on_park_(std::move(on_park)) {}
  void Park() override { on_park_(); }
  void Unpark() override {}
  bool Cancelled() const override { return cancelled; }
  bool cancelled = false;

 private:
  std::function<void()> on_park_;
};

/// A server on 127.0.0.1: `handle` gets each connection's socket, blocking, on a thread of its own,
/// and the number of the connection from 0. The socket is closed when it returns.
class TestServer {
 public:
  using Handle = std::function<void(int socket, int number)>;
  explicit TestServer(Handle handle);
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string Url(std::string_view path, std::string_view scheme = "http") const;
  [[nodiscard]] int connections() const { return connections_; }

 private:
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  Handle handle_;
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;

  void Accept();
};

/// Reads until `end` was seen; what came, or empty at the end of the stream.
std::string ReadUntil(int socket, std::string_view end = "\r\n\r\n");
void WriteAll(int socket, std::string_view bytes);
/// Makes close() send a reset.
void ResetOnClose(int socket);

/// A certificate for `name` (a DNS name or an IP), self-signed, PEM. `days` may be negative.
struct TestCertificate {
  std::string certificate;
  std::string key;
};
TestCertificate MakeCertificate(const std::string& name, int days = 30);
/// Whether a server refuses a client that shows no certificate.
enum class ClientAuth : std::uint8_t { kNone, kDemanded };
/// Serves TLS on `socket`: handshake, then `reply` to each request head, until the client closes.
void ServeTls(int socket, const TestCertificate& certificate, std::string_view reply,
              std::string* seen = nullptr, ClientAuth auth = ClientAuth::kNone);

/// A client and all it needs.
struct TestClient {
  explicit TestClient(ClientOptions options = {}, const TlsOptions& tls = {});

  boost::asio::io_context io{1};
  FixedResolver resolver;
  std::unique_ptr<TlsContext> tls_context;
  Dialer dialer;
  NetContext context;
  HttpClient client;
  LoopParker parker{io};

  /// One exchange with a timeout of `seconds`.
  Exchange Get(const std::string& url, double seconds = 5, std::string_view method = "GET",
               std::string_view body = {}, BodyMode mode = BodyMode::kKeep);
};

}  // namespace loadctl::net

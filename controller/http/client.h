// HTTP of the controller's own: what it fetches (scripts, secrets) and sends (outputs), by libcurl.
// Not for load (agent/net).
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace loadctl::http {

/// What all requests of a client share.
struct ClientOptions {
  std::chrono::milliseconds timeout = std::chrono::seconds(5);  ///< of one request, all of it
  bool only_https = false;                       ///< else http as well; the same for redirects
  int redirects = 0;                             ///< followed at most; 0: none is followed
  bool decompress = false;                       ///< asks for what libcurl can decompress
  std::size_t most_body = std::size_t{1} << 20;  ///< bytes; what comes beyond is not read
  std::vector<std::string> headers;              ///< `Name: value`
  std::string user, password;                    ///< basic auth; empty user: none
  /// `aws:amz:REGION:SERVICE`: requests are signed by AWS Signature Version 4, with `user` as the
  /// access key and `password` as the secret one; empty: basic auth.
  std::string sigv4;
  std::string proxy;  ///< empty: as the environment says
  bool grpc = false;  ///< bodies are messages of unary gRPC calls, over HTTP/2 without an upgrade
  bool insecure = false;                    ///< certificates are not verified
  bool tls13 = false;                       ///< at least TLS 1.3, else 1.2
  std::string certificate, key, ca;         ///< PEM files; empty: none, those of AuthoritiesFile()
  const std::atomic<bool>* stop = nullptr;  ///< a request under way ends soon after it becomes true
};

struct Answer {
  long status = 0;  ///< of gRPC: as HTTP would say it
  std::string body;
  bool cut = false;                     ///< there was more than `most_body`
  std::chrono::seconds retry_after{0};  ///< as the server asks for; an hour at most
  [[nodiscard]] bool good() const { return status >= 200 && status < 300; }
  /// Whether the same request may do better later: 429, 500, 502, 503, 504.
  [[nodiscard]] bool retryable() const;
};

/// Why there is no answer, in libcurl's words.
struct NoAnswer {
  std::string why;
  bool unreachable = false;  ///< nobody there: no address, no connection, no answer in time
};

/// One request after another, over a connection that is kept. One thread at a time.
class Client final {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  using Outcome = std::variant<Answer, NoAnswer>;
  /// Any method; a request without a body has none, not an empty one. `url` is http or https.
  [[nodiscard]] Outcome Send(const std::string& method, const std::string& url,
                             std::optional<std::string_view> body = std::nullopt);
  [[nodiscard]] Outcome Get(const std::string& url) { return Send("GET", url); }

 private:
  struct Curl;
  const ClientOptions options_;
  std::unique_ptr<Curl> curl_;
};

}  // namespace loadctl::http

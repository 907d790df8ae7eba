// HTTP of outputs, by libcurl: one request after another to one backend, with bounded retries.
// Not for load (agent/net). One thread at a time.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace loadctl::output {

struct HttpOptions {
  std::chrono::milliseconds timeout = std::chrono::seconds(5);  ///< of one attempt
  std::string user, password;                                   ///< basic auth; empty user: none
  std::vector<std::string> headers;                             ///< `Name: value`
  std::string proxy;                                            ///< empty: as the environment says
  bool grpc = false;                 ///< bodies are messages of unary gRPC calls, over HTTP/2
  bool insecure = false;             ///< certificates are not verified
  bool tls13 = false;                ///< at least TLS 1.3, else 1.2
  std::string certificate, key, ca;  ///< PEM files; empty: none, system's
};

struct HttpAnswer {
  long status = 0;
  std::string body;                     ///< its beginning
  std::chrono::seconds retry_after{0};  ///< as the backend asks for
  [[nodiscard]] bool good() const { return status >= 200 && status < 300; }
  /// Whether the same request may do better later: 429, 500, 502, 503, 504.
  [[nodiscard]] bool retryable() const;
};

class HttpClient final {
 public:
  explicit HttpClient(HttpOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// One POST. Fails (kGeneric) where no answer came: `connection refused` and the like.
  [[nodiscard]] Result<HttpAnswer> Post(const std::string& url, std::string_view body);

  /// A POST that is tried again, while the answer is retryable or none comes, until `patience` has
  /// passed. Fails with the last reason if no attempt was answered by 2xx.
  [[nodiscard]] Result<void> Deliver(const std::string& url, std::string_view body,
                                     std::chrono::milliseconds patience);

 private:
  struct Curl;
  const HttpOptions options_;
  std::unique_ptr<Curl> curl_;
};

}  // namespace loadctl::output

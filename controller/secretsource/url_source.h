// k6's secret source `url`: one GET a secret, with a limited rate and retries.
// Not for caching (sources.h). Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace loadctl::secretsource {

using Environment = std::map<std::string, std::string, std::less<>>;

/// The most bytes of an answer: k6's.
inline constexpr std::size_t kMostAnswerBytes = std::size_t{24} << 10;

struct UrlConfig {
  std::string url_template;                    ///< with `{key}` in it
  std::map<std::string, std::string> headers;  ///< of each request
  std::string method = "GET";
  std::string response_path;  ///< of the value in a JSON answer; empty: the whole answer
  std::int64_t requests_per_minute = 300;
  std::int64_t requests_burst = 10;
  std::chrono::nanoseconds timeout = std::chrono::seconds(30);
  std::int64_t max_retries = 3;
  std::chrono::nanoseconds retry_backoff = std::chrono::seconds(1);
};

/// `K6_SECRET_SOURCE_URL_*`, then the file of `config=FILE`, then `key=value` of `text`, the later
/// over the earlier. Fails (kGeneric) with k6's texts, without values in them.
[[nodiscard]] Result<UrlConfig> ReadUrlConfig(const std::string& text,
                                              const Environment& environment);

/// The value in an answer. Fails with k6's texts.
[[nodiscard]] Result<std::string> SecretIn(std::string_view answer, const std::string& path);

/// How many requests may be sent now: a bucket of tokens, as Go's rate.Limiter.
class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;
  RateLimit(std::int64_t per_minute, std::int64_t burst);
  /// Takes the next token: when the request may be sent, `now` or later.
  [[nodiscard]] Time Take(Time now);

 private:
  const std::chrono::nanoseconds every_;
  const std::int64_t burst_;
  Time full_{};  ///< when the bucket is full again
};

class UrlSource final {
 public:
  explicit UrlSource(UrlConfig config);

  /// Blocks until the value is there, or it was tried as often as the configuration says.
  [[nodiscard]] Result<std::string> Get(const std::string& key);
  /// From here on nothing is tried any more.
  void Stop();

 private:
  /// Whether to try again, where there is no value.
  struct Attempt {
    Result<std::string> value;
    bool again = false;
  };
  [[nodiscard]] Attempt Try(const std::string& url);
  /// False: it was stopped.
  bool Sleep(std::chrono::steady_clock::time_point until);

  const UrlConfig config_;
  std::mutex mutex_;
  std::condition_variable wake_;
  RateLimit limit_;
  std::atomic<bool> stopped_{false};
};

}  // namespace loadctl::secretsource

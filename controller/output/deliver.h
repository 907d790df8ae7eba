// POST requests of outputs to their backends, with bounded retries. The thread of the client.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "controller/http/client.h"
#include "controller/output/output.h"

namespace loadctl::output {

/// What outputs read of an answer at most: its first words are shown, the rest keeps the
/// connection.
inline constexpr std::size_t kMostAnswer = std::size_t{64} << 10;
/// About how many bytes a body has at most, where it may be cut: receivers limit it (4 MiB by gRPC,
/// 1 MB by nginx).
inline constexpr std::size_t kMostBody = std::size_t{900} << 10;

/// One POST. Fails (kGeneric) where no answer came: `connection refused` and the like.
[[nodiscard]] Result<http::Answer> Post(http::Client& client, const std::string& url,
                                        std::string_view body);

/// How a body fared.
struct Delivery {
  enum class Fate {
    kTaken,     ///< answered by 2xx
    kRefused,   ///< will not be taken later either
    kTooLarge,  ///< refused for its size: parts of it may be taken
    kAway,      ///< no answer, or one that asks for patience
  };
  Fate fate = Fate::kTaken;
  std::string why;     ///< in one line, unless taken
  std::string answer;  ///< its body, if taken
  [[nodiscard]] bool taken() const { return fate == Fate::kTaken; }
};

/// Who takes the bodies of one output. One thread at a time.
class Backend final {
 public:
  explicit Backend(http::ClientOptions options) : client_(std::move(options)) {}

  /// A POST that is tried again, while the answer is retryable or none comes, until `patience` has
  /// passed; not before the time that an earlier answer asked for by Retry-After.
  [[nodiscard]] Delivery Deliver(const std::string& url, std::string_view body,
                                 std::chrono::milliseconds patience);
  /// Says what is wrong with it; of one severity no more than once a minute, as there may be a body
  /// a second, and the end tells what was lost.
  void Complain(const Log& log, Severity severity, const std::string& message,
                const Fields& fields);
  [[nodiscard]] http::Client& client() { return client_; }

 private:
  http::Client client_;
  std::map<Severity, std::optional<std::chrono::steady_clock::time_point>> complained_;
  std::chrono::steady_clock::time_point not_before_;
  std::string asked_;  // in what words
};

/// For protocols whose 2xx has no body: says, once, that this one has one, as a captive portal's or
/// a wrong address's has. `told` is the caller's.
void WarnOfWords(const Delivery& delivery, const std::string& url, bool& told, const Log& log);

}  // namespace loadctl::output

// POST requests of outputs, with bounded retries. The thread of the client.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "controller/http/client.h"

namespace loadctl::output {

/// What outputs read of an answer at most: its first words are shown, the rest keeps the
/// connection.
inline constexpr std::size_t kMostAnswer = std::size_t{64} << 10;

/// One POST. Fails (kGeneric) where no answer came: `connection refused` and the like.
[[nodiscard]] Result<http::Answer> Post(http::Client& client, const std::string& url,
                                        std::string_view body);

/// A POST that is tried again, while the answer is retryable or none comes, until `patience` has
/// passed. Fails with the last reason if no attempt was answered by 2xx; `refused`, if given,
/// becomes true where the same body will not be taken later either.
[[nodiscard]] Result<void> Deliver(http::Client& client, const std::string& url,
                                   std::string_view body, std::chrono::milliseconds patience,
                                   bool* refused = nullptr);

}  // namespace loadctl::output

// Join tokens: what lets an agent in that has no certificate, until some instant. The controller
// keeps a hash of each, in a file that `loadctl token` writes; who has the file cannot join by it.
// Not for where a token is shown (common/wire/dial.h) nor asked for (access.h). Pure, any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace loadctl::fleet {

using WallClock = std::chrono::system_clock;

struct JoinToken {
  std::string id;    ///< 12 hexadecimal digits
  std::string name;  ///< what agents that join by it are called
  WallClock::time_point expires{};
  std::string hash;  ///< SHA-256 of the whole token, in hexadecimal
  bool operator==(const JoinToken&) const = default;
};

/// One that was made just now, and what it reads: nobody can find that out again.
struct NewJoinToken {
  JoinToken kept;
  std::string text;  ///< `ID.SECRET`, of 256 random bits
};

/// At most so many in a file, and for at most so long.
inline constexpr std::size_t kMostJoinTokens = 10'000;
inline constexpr std::chrono::hours kLongestJoin{24 * 366};

/// 1 to 48 letters, digits and ._@-, not beginning with a dot.
[[nodiscard]] bool IsPeerName(std::string_view name);

/// Fails (kGeneric) if the name is none, `ttl` not in 1 s..kLongestJoin, or there are no random
/// bytes.
[[nodiscard]] Result<NewJoinToken> MakeJoinToken(const std::string& name, std::chrono::seconds ttl,
                                                 WallClock::time_point now);

/// The file: a line `ID NAME EXPIRES HASH` for each, EXPIRES as `2026-12-24T18:00:00Z`; `#` begins
/// a remark. Parsing fails (kGeneric) as `FILE:LINE: ...`.
[[nodiscard]] Result<std::vector<JoinToken>> ParseJoinTokens(std::string_view text,
                                                             const std::string& file);
[[nodiscard]] std::string FormatJoinTokens(std::span<const JoinToken> tokens);
/// `2026-12-24T18:00:00Z`.
[[nodiscard]] std::string FormatInstant(WallClock::time_point at);

/// The one that `text` is, expired or not; compared in a time that tells nothing of the hash.
[[nodiscard]] std::optional<JoinToken> FindJoinToken(std::span<const JoinToken> tokens,
                                                     const std::string& text);

}  // namespace loadctl::fleet

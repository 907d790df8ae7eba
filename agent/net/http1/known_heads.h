// KnownHeads: heads of responses that were parsed lately, word for word, with what they say.
// Servers say the same again and again (the date changes once a second), and comparing is quicker
// than parsing. Filled and asked by ResponseReader only. One worker's thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/http/http_message.h"

namespace loadctl::net {

/// How the end of a body is found (RFC 9112 6.3).
enum class Framing : std::uint8_t { kNone, kLength, kChunked, kUntilClose };

/// What the head of a response says of the rest.
struct HeadFacts {
  int status = 0;
  int major = 1;
  int minor = 1;
  Framing framing = Framing::kNone;
  bool keep_alive = false;
  bool has_length = false;
  std::uint64_t length = 0;
};

/// A few heads, the oldest replaced by the next.
class KnownHeads {
 public:
  struct Known {
    std::string head;  ///< as it came over the wire; empty: none
    bool head_request = false;
    std::vector<Exchange::Field> headers;
    HeadFacts facts;
  };
  /// Longer ones are not kept.
  static constexpr std::size_t kMaxHead = 2048;

  /// The one that `bytes` begin with, as an answer to a HEAD request or not; null: none.
  [[nodiscard]] const Known* Find(std::string_view bytes, bool head_request) const {
    for (const Known& known : heads_) {
      if (!known.head.empty() && known.head_request == head_request &&
          bytes.substr(0, known.head.size()) == known.head)
        return &known;
    }
    return nullptr;
  }
  void Keep(const Exchange& exchange, bool head_request, const HeadFacts& facts);

 private:
  std::array<Known, 4> heads_;
  std::size_t next_ = 0;
};

}  // namespace loadctl::net

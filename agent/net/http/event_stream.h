// Server-sent events: the format `text/event-stream` of the HTML standard (9.2.6).
// Not how its bytes come (BodySink). One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace loadctl::net {

/// One event; its texts are the server's bytes, UTF-8 by the standard.
struct ServerEvent {
  std::string type;  ///< of the field `event`; `message` if it named none
  std::string data;
  std::string id;                      ///< the last that the server named
  std::optional<std::uint64_t> retry;  ///< ms; of a field of this event
};

class EventStreamReader final {
 public:
  /// Most bytes of an event.
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20;

  /// Takes bytes up to the end of the next event; returns how many it took, and whether `into` is
  /// one. Call it again with the rest. An event that the end of the stream cuts off is none.
  struct Taken {
    std::size_t bytes = 0;
    bool event = false;
  };
  [[nodiscard]] Taken Take(std::string_view bytes, ServerEvent& into);
  /// An event was larger than kMostBytes: nothing is taken any more.
  [[nodiscard]] bool too_large() const { return too_large_; }

 private:
  bool EndLine(ServerEvent& into);
  void TakeField(std::string_view name, std::string_view value);

  std::string line_;
  std::string data_, type_, id_;
  std::optional<std::uint64_t> retry_;
  bool any_data_ = false;
  bool begun_ = false;     ///< a mark of the byte order would be none any more
  bool after_cr_ = false;  ///< a line feed that comes next ends no line
  bool too_large_ = false;
};

}  // namespace loadctl::net

// The body of an answer that goes on, such as server-sent events. Whoever has news pushes pieces
// from any thread; the server writes them as fast as the client takes them. Memory is bounded: what
// a slow client leaves behind is dropped and counted, and the pusher never waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace loadctl::web {

class Stream final {
 public:
  /// `most_waiting`: bytes that may wait for the client.
  explicit Stream(std::size_t most_waiting = 256 * 1024) : most_waiting_(most_waiting) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Takes the whole piece or none of it. False: it was dropped, or nobody listens any more.
  bool Push(std::string_view piece);
  /// The answer ends behind what was pushed.
  void Close();
  /// After Close(), and when the client has gone: nothing can be pushed.
  [[nodiscard]] bool closed() const;
  /// Pieces that were dropped because the client was slow.
  [[nodiscard]] std::uint64_t dropped() const;

  // For the server.

  /// `news` is called, from any thread, when there is something to take after Take() gave nothing.
  void Attach(std::function<void()> news);
  /// The client is gone.
  void Detach();
  /// What waits; "" if nothing does, nullopt at the end.
  [[nodiscard]] std::optional<std::string> Take();

 private:
  const std::size_t most_waiting_;
  mutable std::mutex mutex_;
  std::string waiting_;
  bool closed_ = false;
  bool idle_ = false;  ///< Take() gave nothing: `news_` is due
  std::uint64_t dropped_ = 0;
  std::function<void()> news_;
};

}  // namespace loadctl::web

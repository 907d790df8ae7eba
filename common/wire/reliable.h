// Numbered messages over a stream that may break: each is taken once, in order, whatever happens.
// Not the stream itself (controller/fleet, agent/session). Not thread-safe: the owner locks.
// The rules are those of proto/loadctl/v1/session.proto.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace loadctl::wire {

/// What one side sends: keeps what the other has not acknowledged.
template <class Message>
class Outbox {
 public:
  /// Numbers a message and keeps it for sending.
  void Push(Message message) {
    message.set_number(++last_number_);
    messages_.push_back(std::move(message));
  }
  /// The next message to write to the stream, or nullptr. It stays until it is acknowledged.
  const Message* Next() {
    if (sent_ == messages_.size()) return nullptr;
    return &messages_[sent_++];
  }
  [[nodiscard]] bool HasNext() const { return sent_ < messages_.size(); }
  /// The other side has taken everything up to `number`.
  void Acknowledge(std::uint64_t number) {
    while (!messages_.empty() && messages_.front().number() <= number) {
      messages_.pop_front();
      if (sent_ > 0) --sent_;
    }
  }
  /// A new stream: what the other side has not taken is sent again.
  void Restart(std::uint64_t taken) {
    Acknowledge(taken);
    sent_ = 0;
  }
  [[nodiscard]] std::size_t unacknowledged() const { return messages_.size(); }

 private:
  std::deque<Message> messages_;
  std::size_t sent_ = 0;
  std::uint64_t last_number_ = 0;
};

/// What one side has taken.
class Inbox {
 public:
  enum class Verdict { kTake, kRepeat, kGap };
  /// Number 0 is always taken and not counted.
  Verdict Judge(std::uint64_t number) {
    if (number == 0) return Verdict::kTake;
    if (number <= taken_) return Verdict::kRepeat;
    if (number != taken_ + 1) return Verdict::kGap;
    taken_ = number;
    return Verdict::kTake;
  }
  [[nodiscard]] std::uint64_t taken() const { return taken_; }

 private:
  std::uint64_t taken_ = 0;
};

inline constexpr int kMaxMessage = 256 << 20;  ///< bytes of a message, in either direction
/// Of gRPC's ways to send messages, as bits: only as they are.
inline constexpr int kUncompressed = 1;

/// Version of the session protocol: a differing major version refuses the other side.
inline constexpr std::uint32_t kProtocolMajor = 2;
inline constexpr std::uint32_t kProtocolMinor = 0;

/// Why a peer (`agent`, `client`) that speaks another major version is refused.
inline std::string WrongVersion(std::string_view peer, std::uint32_t major) {
  return "the " + std::string(peer) + " speaks version " + std::to_string(major) +
         " of the session protocol, the controller version " + std::to_string(kProtocolMajor) +
         ": install the same version of loadctl on both";
}

}  // namespace loadctl::wire

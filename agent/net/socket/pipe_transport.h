// PipeTransport: two ends of a stream in memory, so that protocol code is tested byte by byte.
// Not for production. One thread.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "agent/net/socket/transport.h"

namespace loadctl::net {

/// One end of a pipe. What one end writes, the other reads.
class PipeTransport final : public Transport {
 public:
  /// A connected pair; each direction holds at most `capacity` bytes.
  [[nodiscard]] static std::pair<std::unique_ptr<PipeTransport>, std::unique_ptr<PipeTransport>>
  Make(std::size_t capacity = 1 << 20);
  ~PipeTransport() override;

  /// Reads give at most this many bytes a call from now on.
  void LimitReads(std::size_t bytes) { read_limit_ = bytes; }
  /// Orderly end of this end's writing; the peer reads kEof.
  void Finish();
  /// The peer's calls fail with k6's 1220 from now on.
  void Reset();
  /// What the peer has written and this end not read, without taking it.
  [[nodiscard]] std::string_view Peek() const;

  ReadResult TryRead(std::span<char> into) override;
  WriteResult TryWrite(std::span<const std::string_view> parts) override;
  IoStatus WaitFor(Interest interest, Wait& wait) override;
  void Listen(TransportListener* listener) override { in_->listener = listener; }
  void SetAlarm(TimePoint) override {}
  bool Stirred() const override;
  void Close() override;
  const Failure& failure() const override { return failure_; }
  std::uint64_t bytes_received() const override { return received_; }
  std::uint64_t bytes_sent() const override { return sent_; }

 private:
  struct Direction {
    std::string bytes;
    std::size_t capacity = 0;
    bool finished = false;
    bool reset = false;
    TransportListener* listener = nullptr;  ///< of the end that reads
    Parker* reader = nullptr;
    Parker* writer = nullptr;
  };
  std::shared_ptr<Direction> in_;
  std::shared_ptr<Direction> out_;
  std::size_t read_limit_ = static_cast<std::size_t>(-1);
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
  bool closed_ = false;
  Failure failure_;

  static void Wake(Parker*& parker);
  static void TellReader(Direction& direction);
};

}  // namespace loadctl::net

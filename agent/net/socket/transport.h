// Transport: a stream of bytes to a peer, whatever carries it (TCP, TLS, a pipe in tests).
// Not for messages or names: HTTP is http_client.h, DNS is resolver.h.
// One worker's thread; a call that waits parks the calling fiber.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "agent/net/socket/failure.h"
#include "agent/net/socket/parker.h"

namespace loadctl::net {

/// How one call on a Transport ended.
enum class IoStatus : std::uint8_t {
  kOk,          ///< something was done (reads: at least one byte)
  kWouldBlock,  ///< nothing can be done now; WaitFor() and try again
  kEof,         ///< the peer ended its side in an orderly way
  kTimeout,     ///< the deadline passed and nothing had arrived by then
  kCancelled,   ///< the wait was called off
  kFailed,      ///< broken; Transport::failure() says how
};

/// What WaitFor() waits for.
enum class Interest : std::uint8_t { kRead = 1, kWrite = 2, kEither = 3 };

/// Result of a read. `arrived` is when the kernel received the last of these bytes, on the steady
/// clock: not when this thread got round to reading them.
struct ReadResult {
  IoStatus status = IoStatus::kWouldBlock;
  std::size_t bytes = 0;
  TimePoint arrived{};
  /// Nothing was left behind these bytes: a read before there is news would block.
  bool drained = false;
};

/// Result of a write: `bytes` were accepted, perhaps fewer than offered.
struct WriteResult {
  IoStatus status = IoStatus::kWouldBlock;
  std::size_t bytes = 0;
};

/// A write that waits for the end of the loop's turn; see Transport::Queue(). It and what it points
/// to outlive the wait.
struct QueuedWrite {
  std::array<std::string_view, 2> parts;    ///< what is left to be written
  class Transport* through = nullptr;       ///< which has it tried; null: the socket itself
  IoStatus status = IoStatus::kWouldBlock;  ///< of the try, once it was made; kOk: all is written
  bool tried = false;
  TimePoint queued{};  ///< when it was queued; given by the caller
  TimePoint began{};   ///< of the try, and its end
  TimePoint ended{};
};

/// Whether a write is one of several that a peer is to get at once.
enum class Company : std::uint8_t { kAlone, kWithOthers };

/// Is told what happens on a Transport, instead of fibers that wait for it.
class TransportListener {
 public:
  /// Reading or writing may get on, the connection broke, or the alarm's time has come. From the
  /// event loop; the transport is not destroyed here.
  virtual void OnTransport() = 0;
  /// The end of the turn that was asked for with QueueTurn(): time to write. `now` is the time;
  /// returns the time afterwards.
  virtual TimePoint OnTurn(TimePoint now) = 0;

 protected:
  ~TransportListener() = default;
};

/// A two-way stream of bytes. At most one fiber waits on it at a time, or a listener is told.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Takes what has arrived, without waiting.
  [[nodiscard]] virtual ReadResult TryRead(std::span<char> into) = 0;
  /// Gives the peer what it takes of `parts` now, in order, without waiting.
  [[nodiscard]] virtual WriteResult TryWrite(std::span<const std::string_view> parts) = 0;
  /// Has `write` tried at the end of the loop's turn, in a row with those of other fibers; a try
  /// that does not get through it all ends a WaitFor(). At most one at a time. False: not this
  /// transport, or not now.
  [[nodiscard]] virtual bool Queue(QueuedWrite& write) {
    (void)write;
    return false;
  }
  /// Takes it back, if it was not tried yet.
  virtual void Unqueue() {}
  /// Parks until reading or writing may get on: kOk, kTimeout, kCancelled. Spurious kOk is allowed.
  [[nodiscard]] virtual IoStatus WaitFor(Interest interest, Wait& wait) = 0;
  /// Has `listener` told from now on, first if something is there already; nobody waits then. Again
  /// after a read that stopped before it would block. Null: nobody is told any more.
  virtual void Listen(TransportListener* listener) = 0;
  /// Has the listener's OnTurn() called at the end of the loop's turn, in a row with the writes of
  /// others; once, however often it is asked for. False: not this transport, or not now, when turns
  /// are long; what joins others on its way waits for them in any case.
  [[nodiscard]] virtual bool QueueTurn(TimePoint now, Company company) {
    (void)now, (void)company;
    return false;
  }
  /// When the listener is told in any case, once; replaces the last one.
  virtual void SetAlarm(TimePoint when) = 0;
  /// True if something may have arrived (bytes, end, error) since the last read; no system call.
  [[nodiscard]] virtual bool Stirred() const = 0;
  /// Ends the connection at once; a waiting fiber gets kOk and then kFailed. May be repeated.
  virtual void Close() = 0;
  /// Why the last call returned kFailed.
  [[nodiscard]] virtual const Failure& failure() const = 0;
  /// Bytes on the wire so far (TLS: ciphertext), both ways.
  [[nodiscard]] virtual std::uint64_t bytes_received() const = 0;
  [[nodiscard]] virtual std::uint64_t bytes_sent() const = 0;

  /// Waits for at least one byte. A timer that fires reads once more first: what came in time is
  /// no timeout. kOk, kEof, kTimeout, kCancelled or kFailed.
  [[nodiscard]] ReadResult Read(std::span<char> into, Wait& wait);
  /// Writes all of `bytes`. kOk, kTimeout, kCancelled or kFailed.
  [[nodiscard]] IoStatus Write(std::string_view bytes, Wait& wait);
};

}  // namespace loadctl::net

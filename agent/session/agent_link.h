// Where a run's messages to the controller go. link.h is the stream; tests have one of their own.
// Any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "loadctl/v1/session.pb.h"

namespace loadctl::session {

class AgentLink {
 public:
  virtual ~AgentLink() = default;
  virtual void Send(v1::FromAgent message) = 0;  ///< arrives once, in order
  virtual void Tell(v1::FromAgent message) = 0;  ///< arrives soon or never
  /// How many sent messages the controller has not acknowledged.
  [[nodiscard]] virtual std::size_t Backlog() const = 0;

  /// On a wire that is too slow, samples stay in the recorders: the next delta covers several
  /// seconds. Coarser in time, nothing lost, and memory stays. Lines of logs are dropped and
  /// counted instead.
  [[nodiscard]] bool BackedUp() const { return Backlog() >= kMostUnsent; }
  static constexpr std::size_t kMostUnsent = 60;
};

/// Which agent deltas are of.
struct AgentIdentity {
  int agent = 1;            ///< the controller's number for it
  std::uint64_t epoch = 0;  ///< as in Hello
};

}  // namespace loadctl::session

// Waiting for a time, for code that waits with a Parker.
#pragma once

#include "agent/net/socket/parker.h"
#include "agent/net/socket/transport.h"

namespace boost::asio {
class io_context;
}

namespace loadctl::net {

/// Parks until `due`: kOk, or kCancelled. The thread that runs `io`.
[[nodiscard]] IoStatus SleepUntil(boost::asio::io_context& io, TimePoint due, Wait& wait);

/// Parks until `happened` is true, which whoever makes it so tells by Unpark(): kOk, or kTimeout at
/// the deadline of `wait`, or kCancelled.
[[nodiscard]] IoStatus AwaitThat(boost::asio::io_context& io, const bool& happened, Wait& wait);

}  // namespace loadctl::net

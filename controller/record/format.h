// What writer and reader of records agree on; writer.h describes it.
#pragma once

#include <cstddef>
#include <string_view>

namespace loadctl::record {

inline constexpr std::string_view kHeadLine = "loadctl record 1\n";
inline constexpr std::size_t kMostEventBytes = std::size_t{256} << 20;  ///< as gRPC's messages
/// A frame is ended when it has this much without its last event.
inline constexpr std::size_t kMostWaitingBytes = std::size_t{4} << 20;
inline constexpr std::size_t kMostFrameBytes = kMostWaitingBytes + kMostEventBytes + 16;

}  // namespace loadctl::record

// What the scripts of VUs have in memory. On the VUs' thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace loadctl::vu {

class Vu;

/// Bytes of their isolates' heaps, each counted once, with what was not collected yet. Some
/// microseconds for each isolate.
[[nodiscard]] std::size_t UsedHeap(std::span<const std::unique_ptr<Vu>> vus);

}  // namespace loadctl::vu

// A group: one isolate and the VUs that share it. With one VU a group it is just that VU's isolate.
// Made on an init thread, then its worker's.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "agent/js/engine.h"

namespace loadctl::vu {

class Vu;

enum class Sharing { kOneVu, kSeveralVus };

class Group final {
 public:
  Group(const js::HeapLimits& limits, Sharing sharing);
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  [[nodiscard]] js::IsolateHolder& isolate() { return isolate_; }
  [[nodiscard]] Sharing sharing() const { return sharing_; }
  [[nodiscard]] const js::HeapLimits& limits() const { return limits_; }

  /// The VU whose script is running or suspended innermost; what isolate-wide callbacks ask.
  Vu* running = nullptr;

 private:
  js::HeapLimits limits_;
  Sharing sharing_;
  js::IsolateHolder isolate_;
};

}  // namespace loadctl::vu

// A group: one isolate and the VUs that share it. With one VU a group it is just that VU's isolate.
// Made on an init thread, then its worker's.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "agent/js/engine.h"
#include "agent/js/inspector.h"
#include "agent/js/snapshot.h"

namespace loadctl::js {
class SharedContext;
}  // namespace loadctl::js

namespace loadctl::vu {

class Vu;

enum class Sharing { kOneVu, kSeveralVus };

class Group final {
 public:
  /// `snapshot`: what its VUs' contexts are copies of, or their compartments' one; may be null.
  Group(const js::HeapLimits& limits, Sharing sharing,
        std::shared_ptr<const js::Snapshot> snapshot = nullptr);
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  [[nodiscard]] js::IsolateHolder& isolate() { return isolate_; }
  /// Lets its scripts be debugged; before the first VU.
  void Debug(js::Inspector::Options options);
  [[nodiscard]] js::Inspector* inspector() { return inspector_.get(); }  ///< null: they are not
  [[nodiscard]] Sharing sharing() const { return sharing_; }
  [[nodiscard]] const js::HeapLimits& limits() const { return limits_; }
  /// The context of which its VUs are compartments; null: each has one of its own. Made when it is
  /// first asked for, inside the isolate.
  [[nodiscard]] js::SharedContext* shared_context();
  [[nodiscard]] bool compartments() const { return shared_context_ != nullptr; }

  /// The VU whose script is running or suspended innermost; what isolate-wide callbacks ask.
  Vu* running = nullptr;
  /// V8 collects garbage; read by a signal's handler of the same thread.
  std::atomic<bool> collecting{false};

  /// Whether what lives after a full collection leaves too little room. Inside the isolate, no
  /// script running; up to a second.
  [[nodiscard]] bool FullAfterCollection();
  /// From V8, after a scavenge: whether all of the heap is to be looked at, which CollectWhenDue()
  /// then does.
  [[nodiscard]] bool CollectionIsDue();
  void CollectWhenDue();
  /// From V8, after a full collection: ends the running script if the heap is over its limit.
  void LookAtHeap();

 private:
  js::HeapLimits limits_;
  bool due_ = false;
  bool looking_ = false;  // FullAfterCollection() collects
  Sharing sharing_;
  js::IsolateHolder isolate_;
  std::unique_ptr<js::SharedContext> shared_context_;
  std::unique_ptr<js::Inspector> inspector_;
};

}  // namespace loadctl::vu

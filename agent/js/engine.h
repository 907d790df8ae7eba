// The process's V8: starting it once, and making isolates with loadctl's limits.
// Not for contexts and scripts (vu/) nor for values (call.h). Start() on the main thread; isolates
// may be made on any one thread at a time each.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace v8 {
class Isolate;
class SnapshotCreator;
class StartupData;
}  // namespace v8

namespace loadctl::js {

class Snapshot;

/// Memory of one isolate. Sizes in bytes.
struct HeapLimits {
  /// Above it the running script is ended (vu::Group looks after each collection). V8 itself gives
  /// up at HardOldGeneration(): one allocation, a string of 512 MB at most, must not get there.
  std::size_t old_generation = 512u << 20;
  [[nodiscard]] std::size_t HardOldGeneration() const {
    return old_generation + (old_generation / 2 > kLeastSlack ? old_generation / 2 : kLeastSlack);
  }
  static constexpr std::size_t kLeastSlack = 576u << 20;
  std::size_t young_generation = 1536u << 10;
  std::size_t array_buffers = 1024u << 20;  ///< above it `new ArrayBuffer` throws a RangeError
};

/// An isolate with its allocator and its queue of foreground tasks.
class IsolateHolder final {
 public:
  /// `snapshot`: what contexts may be copies of (Realm); null: of nothing but V8's own.
  explicit IsolateHolder(const HeapLimits& limits,
                         std::shared_ptr<const Snapshot> snapshot = nullptr);
  ~IsolateHolder();
  IsolateHolder(const IsolateHolder&) = delete;
  IsolateHolder& operator=(const IsolateHolder&) = delete;

  [[nodiscard]] v8::Isolate* get() const { return isolate_; }
  [[nodiscard]] const Snapshot* snapshot() const;

  /// Runs the tasks V8 has posted to this isolate. Inside the isolate, no script running.
  void RunForegroundTasks();
  /// Collects all garbage. Inside the isolate; milliseconds.
  void GiveBackMemory();
  /// Bytes of live objects, and of what was not collected yet. Inside the isolate.
  [[nodiscard]] std::size_t UsedHeap() const;
  /// True if V8 has posted tasks; cheap, any thread.
  [[nodiscard]] bool HasForegroundTasks() const;
  /// Called (on V8's threads) when a task arrives; set while no task can arrive.
  void SetWakeUp(std::function<void()> wake_up);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  v8::Isolate* isolate_ = nullptr;
};

/// Ends the process, of which nothing can be trusted to end in order, with exit status 70; or does
/// what SetEndProcess() was told instead. Any thread.
[[noreturn]] void EndProcess();
void SetEndProcess(void (*instead)());

/// Starts V8. Once per process, before the first isolate; `flags` as on node's command line.
void StartEngine(const std::string& flags = "");

/// What `fill` makes of a snapshot's isolate and contexts, without what they share with no other,
/// as one block of memory. `references`: what an isolate made of it is given. The caller frees
/// `data`.
v8::StartupData MakeBlob(const std::intptr_t* references,
                         const std::function<void(v8::SnapshotCreator& creator)>& fill);

/// True where several VUs may share an isolate: the self-test of StartEngine() found that V8 asks
/// this program for its thread ids.
[[nodiscard]] bool CanShareIsolates();

/// "10.2.154.26-node.39" and the like.
[[nodiscard]] std::string EngineVersion();

/// V8 keeps an isolate's per-thread state under the id of the thread that entered it. While this is
/// not 0, the running thread passes for the thread with this id; each VU in a shared isolate has
/// one of its own.
void SetThreadId(int id);
/// A fresh id, never used before.
[[nodiscard]] int NewThreadId();

}  // namespace loadctl::js

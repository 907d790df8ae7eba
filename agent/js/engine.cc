#include "agent/js/engine.h"

#include <unistd.h>
#include <v8.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "agent/js/platform.h"
#include "agent/js/snapshot.h"
#include "agent/js/thread_id.h"
#include "common/base/check.h"

namespace loadctl::js {
namespace {

// Each VU has a context of its own and so warms up its code by itself, while thousands of them
// share a core. So V8 is to
// * gather types from a function's first call on, not from its eighth;
// * compile to baseline code at once: the VUs of an isolate share it, and it is quickly made;
// * optimize only what has run through twice as much code as usual: most functions of a load
//   test wait for V8's own builtins and for ours, and compiling them for each VU costs more than it
//   gains; a loop that computes gets there within milliseconds all the same;
// * collect the young generation, of a few hundred KiB, without waking a helper thread. The old one
//   is collected with helpers: without (--single-threaded-gc) a tenth of the CPU of making VUs is
//   saved, but scripts that keep and drop objects lose 30 % of their iterations a CPU-second.
constexpr char kFlags[] =
    "--no-lazy-feedback-allocation --always-sparkplug --interrupt-budget=300000 "
    "--no-parallel-scavenge "
    // asm.js is JavaScript like any other: contexts need not have WebAssembly for it
    // (thread_id.cc).
    "--no-validate-asm "
#if V8_MAJOR_VERSION == 10
    // k6 has none, nor do scripts here; V8 would make it for each context.
    "--no-harmony-sharedarraybuffer "
#endif
    // Profiling flags such as --perf-basic-prof also write a log an isolate into the current
    // folder; whoever wants it gives --logfile.
    "--logfile=/dev/null --no-logfile-per-isolate";

Platform* g_platform = nullptr;
bool g_can_share = false;
std::atomic<void (*)()> g_end_process{nullptr};

/// Counts the bytes of ArrayBuffers; V8's heap limit does not.
class CountingAllocator final : public v8::ArrayBuffer::Allocator {
 public:
  explicit CountingAllocator(std::size_t limit) : limit_(limit) {}
  void* Allocate(std::size_t length) override {
    if (!Take(length)) return nullptr;
    return Given(std::calloc(length, 1), length);
  }
  void* AllocateUninitialized(std::size_t length) override {
    if (!Take(length)) return nullptr;
    return Given(std::malloc(length), length);
  }
  void Free(void* data, std::size_t length) override {
    used_.fetch_sub(length, std::memory_order_relaxed);
    std::free(data);
  }

 private:
  bool Take(std::size_t length) {
    if (used_.fetch_add(length, std::memory_order_relaxed) + length <= limit_) return true;
    used_.fetch_sub(length, std::memory_order_relaxed);
    return false;
  }
  void* Given(void* data, std::size_t length) {
    if (data == nullptr) used_.fetch_sub(length, std::memory_order_relaxed);
    return data;
  }

  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};  // freed by V8's threads too
};

}  // namespace

struct IsolateHolder::Impl {
  Impl(std::size_t array_buffers, std::shared_ptr<const Snapshot> made_of)
      : snapshot(std::move(made_of)),
        allocator(std::make_shared<CountingAllocator>(array_buffers)) {}
  std::shared_ptr<const Snapshot> snapshot;
  std::shared_ptr<CountingAllocator> allocator;
  std::shared_ptr<TaskQueue> tasks;
};

IsolateHolder::IsolateHolder(const HeapLimits& limits, std::shared_ptr<const Snapshot> snapshot)
    : impl_(std::make_unique<Impl>(limits.array_buffers, std::move(snapshot))) {
  LOADCTL_CHECK(g_platform != nullptr, "StartEngine() comes before the first isolate");
  v8::Isolate::CreateParams params;
  // Shared with V8: array buffers may outlive the isolate on V8's freeing threads.
  params.array_buffer_allocator_shared = impl_->allocator;
  params.constraints.set_max_young_generation_size_in_bytes(limits.young_generation);
  params.constraints.set_max_old_generation_size_in_bytes(limits.HardOldGeneration());
  // A VU that waits in it would hold up all others of its thread.
  params.allow_atomics_wait = false;
  if (impl_->snapshot) {
    // V8 10.2 takes it as not constant, and only reads it.
    params.snapshot_blob = const_cast<v8::StartupData*>(&impl_->snapshot->blob());
    params.external_references = impl_->snapshot->references();
  }
  isolate_ = v8::Isolate::Allocate();
  impl_->tasks = g_platform->Queue(isolate_);
  v8::Isolate::Initialize(isolate_, params);
}

IsolateHolder::~IsolateHolder() {
  impl_->tasks->Close();
  isolate_->Dispose();
  g_platform->Forget(isolate_);
}

const Snapshot* IsolateHolder::snapshot() const { return impl_->snapshot.get(); }

void IsolateHolder::RunForegroundTasks() {
  const v8::HandleScope scope(isolate_);
  // Those posted meanwhile wait for the next time.
  for (std::size_t left = impl_->tasks->Size(); left > 0; --left) {
    if (auto task = impl_->tasks->Take()) task->Run();
  }
}

void IsolateHolder::GiveBackMemory() {
  // One full collection; LowMemoryNotification() would be several.
  isolate_->MemoryPressureNotification(v8::MemoryPressureLevel::kCritical);
  isolate_->MemoryPressureNotification(v8::MemoryPressureLevel::kNone);
}

std::size_t IsolateHolder::UsedHeap() const {
  v8::HeapStatistics statistics;
  isolate_->GetHeapStatistics(&statistics);
  return statistics.used_heap_size();
}

bool IsolateHolder::HasForegroundTasks() const { return impl_->tasks->Pending(); }

void IsolateHolder::SetWakeUp(std::function<void()> wake_up) {
  impl_->tasks->SetWakeUp(std::move(wake_up));
}

void StartEngine(const std::string& flags) {
  LOADCTL_CHECK(g_platform == nullptr, "V8 was started twice");
  v8::V8::SetFlagsFromString(kFlags);
  if (!flags.empty()) v8::V8::SetFlagsFromString(flags.c_str(), flags.size());
  g_platform = new Platform;  // lives as long as the process: V8 cannot be started again
  v8::V8::InitializePlatform(g_platform);
  v8::V8::Initialize();
  {
    IsolateHolder probe{HeapLimits{}};
    const v8::Isolate::Scope scope(probe.get());
  }
  g_can_share = ThreadIdWasAsked();
}

v8::StartupData MakeBlob(const std::intptr_t* references,
                         const std::function<void(v8::SnapshotCreator& creator)>& fill) {
  v8::StartupData blob{nullptr, 0};
#if V8_MAJOR_VERSION <= 11  // later ones make one otherwise, which nothing here has tried
  v8::Isolate* isolate = v8::Isolate::Allocate();
  const auto tasks = g_platform->Queue(isolate);
  {
    v8::SnapshotCreator creator(isolate, references);
    fill(creator);
    blob = creator.CreateBlob(v8::SnapshotCreator::FunctionCodeHandling::kKeep);
    tasks->Close();
  }
  g_platform->Forget(isolate);
#else
  static_cast<void>(references);
  static_cast<void>(fill);
#endif
  return blob;
}

void EndProcess() {
  if (auto* instead = g_end_process.load(); instead != nullptr) instead();
  _exit(70);
}

void SetEndProcess(void (*instead)()) { g_end_process = instead; }

bool CanShareIsolates() { return g_can_share; }

std::string EngineVersion() { return v8::V8::GetVersion(); }

}  // namespace loadctl::js

#include "agent/vu/group.h"

#include <unistd.h>
#include <v8.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "agent/js/compartments.h"
#include "agent/js/realm.h"
#include "agent/vu/escape.h"
#include "agent/vu/vu.h"
#include "agent/vu/vu_js.h"

namespace loadctl::vu {
namespace {

// How far the heap may go over V8's own limit, step by step, while the script that filled it is
// being ended: it may be in a call that allocates on before it returns.
constexpr std::size_t kHeapGrace = 16u << 20;
constexpr std::size_t kMostGrace = 256u << 20;

// The group whose VU runs on this thread, for the handler that V8 calls without an argument.
thread_local Group* t_group = nullptr;

std::size_t NearHeapLimit(void* data, std::size_t current, std::size_t initial) {
  auto* group = static_cast<Group*>(data);
  t_group = group;
  if (group->running == nullptr || current >= initial + kMostGrace) return current;
  group->running->OnHeapLimit();
  return current + kHeapGrace;
}

void BeforeCollection(v8::Isolate*, v8::GCType, v8::GCCallbackFlags, void* group) {
  static_cast<Group*>(group)->collecting.store(true, std::memory_order_relaxed);
}

void AfterCollection(v8::Isolate*, v8::GCType, v8::GCCallbackFlags, void* group) {
  static_cast<Group*>(group)->collecting.store(false, std::memory_order_relaxed);
}

void AfterFullCollection(v8::Isolate*, v8::GCType, v8::GCCallbackFlags, void* group) {
  static_cast<Group*>(group)->LookAtHeap();
}

// V8 would let the heap grow on towards its own limit before it collects all of it.
void AfterScavenge(v8::Isolate* isolate, v8::GCType, v8::GCCallbackFlags, void* data) {
  if (!static_cast<Group*>(data)->CollectionIsDue()) return;
  isolate->RequestInterrupt(
      [](v8::Isolate*, void* group) { static_cast<Group*>(group)->CollectWhenDue(); }, data);
}

/// Whether V8 was asked for what it has no room for, rather than in need of it itself, as while it
/// collects garbage.
bool IsBetweenInstructions(const char* location) {
  constexpr std::string_view kBetween[] = {"CALL_AND_RETRY_LAST", "Reached heap limit",
                                           "invalid array length", "invalid table size"};
  return location != nullptr &&
         std::find(std::begin(kBetween), std::end(kBetween), location) != std::end(kBetween);
}

void OutOfMemory(const char* location, bool) {
  if (IsBetweenInstructions(location)) Escape::LeaveRunning(location);
  std::string line = "loadctl-agent: V8 is out of memory at ";
  line += location == nullptr ? "?" : location;
  if (t_group != nullptr && t_group->running != nullptr) {
    const Vu& vu = *t_group->running;
    line += ", VU " + std::to_string(vu.numbers().in_test);
    if (vu.execution().scenario() != nullptr)
      line += " of scenario " + vu.execution().scenario()->name;
    line += ", heap limit " + std::to_string(t_group->limits().old_generation >> 20) + " MB";
  }
  line += " (see --max-heap)\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
  js::EndProcess();
}

void PromiseRejected(v8::PromiseRejectMessage message) {
  auto promise = message.GetPromise();
  v8::Local<v8::Context> context;
#if V8_MAJOR_VERSION >= 10
  if (!promise->GetCreationContext().ToLocal(&context)) return;
#else
  context = promise->CreationContext();
#endif
  auto* vu = static_cast<Vu*>(js::Realm::HostOf(context));
  if (vu != nullptr) vu->js().NoteRejection(message);
}

}  // namespace

Group::Group(const js::HeapLimits& limits, Sharing sharing,
             std::shared_ptr<const js::Snapshot> snapshot)
    : limits_(limits), sharing_(sharing), isolate_(limits, std::move(snapshot)) {
  static const bool prepared = (Escape::Prepare(), true);
  static_cast<void>(prepared);
  v8::Isolate* isolate = isolate_.get();
  isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
  isolate->SetCaptureStackTraceForUncaughtExceptions(true, 20);
  isolate->AddNearHeapLimitCallback(NearHeapLimit, this);
  isolate->AutomaticallyRestoreInitialHeapLimit();
  isolate->AddGCPrologueCallback(BeforeCollection, this);
  isolate->AddGCEpilogueCallback(AfterCollection, this);
  isolate->AddGCEpilogueCallback(AfterFullCollection, this, v8::kGCTypeMarkSweepCompact);
  isolate->AddGCEpilogueCallback(AfterScavenge, this, v8::kGCTypeScavenge);
  isolate->SetPromiseRejectCallback(PromiseRejected);
#if V8_MAJOR_VERSION >= 11
  isolate->SetOOMErrorHandler([](const char* where, const v8::OOMDetails& details) {
    OutOfMemory(where, details.is_heap_oom);
  });
#else
  isolate->SetOOMErrorHandler(OutOfMemory);
#endif
}

Group::~Group() {
  isolate_.get()->RemoveGCPrologueCallback(BeforeCollection, this);
  isolate_.get()->RemoveGCEpilogueCallback(AfterCollection, this);
  isolate_.get()->RemoveGCEpilogueCallback(AfterFullCollection, this);
  isolate_.get()->RemoveGCEpilogueCallback(AfterScavenge, this);
  isolate_.get()->RemoveNearHeapLimitCallback(NearHeapLimit, 0);
}

js::SharedContext* Group::shared_context() {
  const js::Snapshot* snapshot = isolate_.snapshot();
  if (snapshot == nullptr || snapshot->purpose() != js::Snapshot::For::kCompartments)
    return nullptr;
  if (!shared_context_)
    shared_context_ = std::make_unique<js::SharedContext>(isolate_.get(), *snapshot);
  return shared_context_.get();
}

void Group::Debug(js::Inspector::Options options) {
  inspector_ = std::make_unique<js::Inspector>(isolate_.get(), std::move(options));
}

void Group::LookAtHeap() {
  if (looking_ || running == nullptr || isolate_.UsedHeap() <= limits_.old_generation) return;
  running->OnHeapLimit();
}

bool Group::CollectionIsDue() {
  if (due_ || looking_ || isolate_.UsedHeap() <= limits_.old_generation) return false;
  due_ = true;
  return true;
}

void Group::CollectWhenDue() {
  if (!std::exchange(due_, false)) return;
  isolate_.GiveBackMemory();
}

bool Group::FullAfterCollection() {
  looking_ = true;
  isolate_.GiveBackMemory();
  looking_ = false;
  // A quarter is room to work in.
  return isolate_.UsedHeap() > limits_.old_generation / 4 * 3;
}

}  // namespace loadctl::vu

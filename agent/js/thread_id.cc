// Stands in for five functions of libnode that the dynamic linker lets a program define itself.
//
// * v8::internal::ThreadId::GetCurrentThreadId and TryGetCurrent: V8's Locker and Unlocker save and
//   restore an isolate's per-thread state (handle scopes, try-catch chain, stack limit) under this
//   id. With an id for each fiber, fibers take turns in one isolate as threads would.
// * v8::base::OS::GetFreeMemoryRangesWithin (V8 10.2): reads /proc/self/maps for each new isolate,
//   which is quadratic in the number of isolates; an empty answer only gives up a placement hint.
// * v8::internal::Debug::RestoreDebug: walks the stack and looks for breakpoints, each time another
//   fiber goes on in a shared isolate. Nothing here starts V8's debugger, so there is none to find.
// * v8::internal::WasmJs::Install: makes WebAssembly's objects anew for each context, a fifth of
// the
//   time it takes to make one, though few scripts name them.
//
// Where libnode does not export them, these definitions are unused and CanShareIsolates() is false.
#include <dlfcn.h>

#include <atomic>
#include <cstdint>
#include <vector>

#include "agent/js/engine.h"
#include "agent/js/thread_id.h"
#include "common/base/check.h"

namespace loadctl::js {
namespace {

thread_local int t_assumed = 0;
thread_local int t_own = 0;
thread_local bool t_web_assembly = true;
std::atomic<int> g_next{1};
std::atomic<int> g_asked{0};

bool WantsWebAssembly() { return t_web_assembly; }

}  // namespace

int CurrentThreadId() {
  g_asked.store(1, std::memory_order_relaxed);
  if (t_assumed != 0) return t_assumed;
  if (t_own == 0) t_own = g_next.fetch_add(1);
  return t_own;
}

bool ThreadIdWasAsked() { return g_asked.load() != 0; }

[[gnu::noinline]] void SetThreadId(int id) { t_assumed = id; }

WithWebAssembly::WithWebAssembly(bool with) { t_web_assembly = with; }
WithWebAssembly::~WithWebAssembly() { t_web_assembly = true; }

int NewThreadId() { return g_next.fetch_add(1); }

}  // namespace loadctl::js

namespace v8::internal {
class ThreadId {
 public:
  static int GetCurrentThreadId();
};
__attribute__((visibility("default"))) int ThreadId::GetCurrentThreadId() {
  return loadctl::js::CurrentThreadId();
}
}  // namespace v8::internal

extern "C" __attribute__((visibility("default"))) void
_ZN2v88internal6WasmJs7InstallEPNS0_7IsolateEb(void* isolate, bool exposed) {
  using Install = void (*)(void*, bool);
  static const auto install =
      reinterpret_cast<Install>(dlsym(RTLD_NEXT, "_ZN2v88internal6WasmJs7InstallEPNS0_7IsolateEb"));
  if (loadctl::js::WantsWebAssembly() && install != nullptr) install(isolate, exposed);
}

extern "C" __attribute__((visibility("default"))) int _ZN2v88internal8ThreadId13TryGetCurrentEv() {
  return loadctl::js::CurrentThreadId();
}

// The size of what the debugger keeps of a thread; there wherever RestoreDebug() is looked up.
extern "C" [[gnu::weak]] int _ZN2v88internal5Debug21ArchiveSpacePerThreadEv();

namespace v8::internal {
class Debug {
 public:
  char* RestoreDebug(char* from);
};
__attribute__((visibility("default"))) char* Debug::RestoreDebug(char* from) {
  LOADCTL_CHECK(_ZN2v88internal5Debug21ArchiveSpacePerThreadEv != nullptr,
                "V8 exports both functions of its debugger or none");
  return from + _ZN2v88internal5Debug21ArchiveSpacePerThreadEv();
}
}  // namespace v8::internal

namespace v8::base {
struct OS {
  struct MemoryRange {
    std::uintptr_t start, end;
  };
  static std::vector<MemoryRange> GetFreeMemoryRangesWithin(std::uintptr_t, std::uintptr_t,
                                                            std::size_t, std::size_t);
};
__attribute__((visibility("default"))) std::vector<OS::MemoryRange> OS::GetFreeMemoryRangesWithin(
    std::uintptr_t, std::uintptr_t, std::size_t, std::size_t) {
  return {};
}
}  // namespace v8::base

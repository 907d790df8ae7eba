#include "agent/js/last_resort.h"

#include <dlfcn.h>

#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace {

std::atomic<void (*)(const char*)> g_leave{nullptr};

// Of arrays, objects and strings that are too large. All else is a broken invariant of V8's.
constexpr std::string_view kTooLarge = "Fatal JavaScript invalid ";

/// A function that V8 calls after each collection for something on the stack, such as the parser of
/// JSON.parse(): it takes itself off the list when it is done, which one that is left never does.
struct Watcher {
  void* heap;
  void (*callback)(void*);
  void* data;
};
thread_local std::vector<Watcher> t_watchers;

template <class Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" [[gnu::weak]] void _ZN2v88internal7Isolate21InitializeThreadLocalEv(void* isolate);

using Watch = void (*)(void*, void (*)(void*), void*);

extern "C" __attribute__((visibility("default"))) void
_ZN2v88internal9LocalHeap21AddGCEpilogueCallbackEPFvPvES2_(void* heap, void (*callback)(void*),
                                                           void* data) {
  static const auto add = Next<Watch>("_ZN2v88internal9LocalHeap21AddGCEpilogueCallbackEPFvPvES2_");
  t_watchers.push_back({heap, callback, data});
  add(heap, callback, data);
}

extern "C" __attribute__((visibility("default"))) void
_ZN2v88internal9LocalHeap24RemoveGCEpilogueCallbackEPFvPvES2_(void* heap, void (*callback)(void*),
                                                              void* data) {
  static const auto remove =
      Next<Watch>("_ZN2v88internal9LocalHeap24RemoveGCEpilogueCallbackEPFvPvES2_");
  std::erase_if(t_watchers, [&](const Watcher& one) {
    return one.heap == heap && one.callback == callback && one.data == data;
  });
  remove(heap, callback, data);
}

/// What V8 calls instead of returning.
[[noreturn]] __attribute__((visibility("default"))) void V8_Fatal(const char* format, ...) {
  char words[512];
  va_list values;
  va_start(values, format);
  std::vsnprintf(words, sizeof words, format, values);
  va_end(values);
  if (std::string_view(words).starts_with(kTooLarge)) {
    if (auto* const leave = g_leave.load()) leave(words);
  }
  using Fatal = void (*)(const char*, ...);
  static const auto fatal = Next<Fatal>("_Z8V8_FatalPKcz");
  if (fatal != nullptr) fatal("%s", words);
  std::abort();
}

namespace loadctl::js {

void SetLastResort(void (*leave)(const char* why)) { g_leave = leave; }

bool CanForgetCalls() { return _ZN2v88internal7Isolate21InitializeThreadLocalEv != nullptr; }

void ForgetCalls(v8::Isolate* isolate, const void* low, const void* high) {
  const auto watchers = t_watchers;
  for (const Watcher& one : watchers) {
    if (one.data >= low && one.data < high) {
      _ZN2v88internal9LocalHeap24RemoveGCEpilogueCallbackEPFvPvES2_(one.heap, one.callback,
                                                                    one.data);
    }
  }
  // Frames, handlers, try-catch chain, context: of the fiber that runs; others have their own.
  _ZN2v88internal7Isolate21InitializeThreadLocalEv(isolate);
}

}  // namespace loadctl::js

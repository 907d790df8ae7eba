// Where a script spends its CPU time: samples of its stack, in the form that Chrome DevTools and
// VS Code open. Not for when it is taken (agent/session).
// Inside the isolate, each time under the same thread id: only what runs under it is sampled.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "agent/js/realm.h"

namespace loadctl::js {

class CpuProfile final {
 public:
  static constexpr std::chrono::microseconds kEvery{1000};
  /// Of them in order, which is eight minutes of computing; what a function cost is counted on.
  static constexpr std::size_t kMostSamples = 500'000;

  /// Begins. A thread of V8's interrupts this one every millisecond until Take().
  explicit CpuProfile(v8::Isolate* isolate);
  /// Without Take() what V8 keeps of it stays.
  ~CpuProfile();
  CpuProfile(const CpuProfile&) = delete;
  CpuProfile& operator=(const CpuProfile&) = delete;

  /// Ends it: `.cpuprofile`, which is JSON (Profile of the Chrome DevTools Protocol). Places are
  /// the author's. Time in which nothing was sampled, since the script waited, is `(idle)`.
  [[nodiscard]] std::string Take(const Realm& realm);

 private:
  struct V8s;
  std::unique_ptr<V8s> v8s_;
};

}  // namespace loadctl::js

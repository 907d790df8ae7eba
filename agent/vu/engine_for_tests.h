// V8 for unit tests: started once per test program, whichever test comes first.
// Not for programs. Any thread.
#pragma once

#include <cstdlib>
#include <mutex>
#include <string>

#include "agent/js/engine.h"

namespace loadctl::vu {

/// With gc() for scripts, and the flags of $LOADCTL_V8_FLAGS.
inline void StartEngineForTests() {
  static std::once_flag once;
  std::call_once(once, [] {
    const char* flags = std::getenv("LOADCTL_V8_FLAGS");
    js::StartEngine(std::string("--expose-gc ") + (flags == nullptr ? "" : flags));
  });
}

}  // namespace loadctl::vu

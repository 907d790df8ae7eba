// V8 for unit tests: started once per test program, whichever test comes first.
// Not for programs. Any thread.
#pragma once

#include <cstdlib>
#include <mutex>
#include <string>

#include "agent/js/engine.h"
#include "agent/vu/program.h"

namespace loadctl::vu {

/// With gc() for scripts, and the flags of $LOADCTL_V8_FLAGS.
inline void StartEngineForTests() {
  static std::once_flag once;
  std::call_once(once, [] {
    const char* flags = std::getenv("LOADCTL_V8_FLAGS");
    js::StartEngine(std::string("--expose-gc ") + (flags == nullptr ? "" : flags));
  });
}

/// With $LOADCTL_TEST_SNAPSHOT the VUs of all tests are made of a snapshot in which all modules
/// that scripts can name have run. Before the first VU.
inline void MakeSnapshotForTests(Program& program) {
  if (program.snapshot || std::getenv("LOADCTL_TEST_SNAPSHOT") == nullptr) return;
  for (const auto& module : program.modules) {
    if (module.specifier.substr(0, 2) == "k6") program.named_modules.emplace_back(module.specifier);
  }
  MakeSnapshot(program);
}

}  // namespace loadctl::vu

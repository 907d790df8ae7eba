// V8 for unit tests: started once per test program, whichever test comes first.
// Not for programs. Any thread.
#pragma once

#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>

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
/// that scripts can name have run, as compartments if it says so. Before the first VU.
inline void MakeSnapshotForTests(Program& program) {
  const char* wanted = std::getenv("LOADCTL_TEST_SNAPSHOT");
  if (program.snapshot || wanted == nullptr) return;
  for (const auto& module : program.modules) {
    if (module.specifier.substr(0, 2) == "k6") program.named_modules.emplace_back(module.specifier);
  }
  if (wanted == std::string_view("compartments") && MakeSharedSnapshot(program)) return;
  MakeSnapshot(program);
}

}  // namespace loadctl::vu

// A helper program, run to its end: text in, text out.
// Not for agents (controller/fleet). Blocking, any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "common/base/error.h"

namespace loadctl::controller {

struct ProgramRun {
  std::string program;
  std::vector<std::string> arguments;
  std::string folder;  ///< where it runs; empty: here
  std::string input;   ///< its standard input
  enum class Environment { kEmpty, kOurs } environment = Environment::kEmpty;
  std::chrono::seconds timeout{60};
  std::size_t most_output = std::size_t{256} << 20;  ///< bytes, each of output and errors
};
struct ProgramResult {
  int status = 0;  ///< as waitpid() gives it
  std::string output, errors;
};

/// Runs it. Fails (kGeneric) if it cannot be started, takes longer than
/// `timeout` or writes more than `most_output`; it is killed then.
[[nodiscard]] Result<ProgramResult> RunProgram(const ProgramRun& run);

}  // namespace loadctl::controller

// What `loadctl doctor` found out about one thing, and how all of it is shown. Pure, any thread.
#pragma once

#include <string>
#include <vector>

namespace loadctl::doctor {

enum class State {
  kOk,
  kWarn,  ///< a test runs, but may measure the generator
  kFail,  ///< a test does not run, or its result cannot be trusted
};

struct Check {
  std::string name;  ///< `descriptors`
  State state = State::kOk;
  std::string found;  ///< one line: what it is
  std::string cure;   ///< one line: what to do; empty where nothing is to be done
};

using Checks = std::vector<Check>;

[[nodiscard]] State Worst(const Checks& checks);
/// 0; 1 where something failed.
[[nodiscard]] int ExitStatusOf(const Checks& checks);

/// A line for each, and one below it for a cure.
[[nodiscard]] std::string ToText(const Checks& checks);
/// `{"state":"warn","checks":[{"name":...,"state":...,"found":...,"cure":...}]}`
[[nodiscard]] std::string ToJson(const Checks& checks);

}  // namespace loadctl::doctor

// LOADCTL_CHECK: a broken invariant ends the program with file, line and words.
// Not for bad input: that is an Error. Any thread.
#pragma once

#include <string_view>

namespace loadctl {

/// Writes `file:line: check failed: condition: message` to standard error and aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              std::string_view message);

}  // namespace loadctl

#define LOADCTL_CHECK(condition, message) \
  ((condition) ? (void)0 : ::loadctl::CheckFailed(__FILE__, __LINE__, #condition, (message)))

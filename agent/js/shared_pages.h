// Large binary files as buffers of many VUs, without a copy for each: open(path, 'b').
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/js/to.h"
#include "agent/js/value.h"

namespace loadctl::js {

/// Bytes in a file of this process's memory. A buffer made of them is the script's own: a page is
/// copied when it is written to. Any thread; there for as long as the process.
class SharedPages {
 public:
  /// Makes the file, which a confined process may not: called before it is confined, it can be
  /// used afterwards. Without it buffers are copies.
  static void Prepare();

  /// Takes a copy of `bytes`, which live at least as long as this, if they are no file that this
  /// process shares with others (bundle::SharedFiles). Where they are few, or there is no room,
  /// buffers are copies of `bytes`.
  explicit SharedPages(std::string_view bytes);

  /// An ArrayBuffer; throws a RangeError if it must be a copy, and the memory limit forbids that.
  [[nodiscard]] Value Buffer(const Scope& scope) const;

  /// A mapping for each buffer pays from here on.
  static constexpr std::size_t kLeast = 256 << 10;
  /// The kernel has some 65,000 mappings for a process, and fibers need theirs.
  static constexpr int kMostBuffers = 20'000;

 private:
  std::string_view bytes_;
  int file_ = -1;
  std::int64_t place_ = -1;  ///< in the file; -1: not there
};

/// What a native returns for a buffer of shared pages.
struct SharedBytes {
  const SharedPages* pages;
};

template <>
struct To<SharedBytes> {
  static Value Make(const Scope& scope, SharedBytes value) { return value.pages->Buffer(scope); }
};

}  // namespace loadctl::js

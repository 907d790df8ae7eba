// How a JavaScript module that comes with loadctl describes itself.
// Not for what it does (agent/modules). Constants: any thread.
#pragma once

#include <string_view>
#include <vector>

#include "agent/js/native.h"

namespace loadctl::vu {

/// A module: its face, written in JavaScript, over natives, written in C++.
///
/// The face is an ES module that a script imports by `specifier`; it alone can import the natives,
/// as `loadctl:<specifier>`.
struct ModuleDef {
  std::string_view specifier;  ///< `k6/http`
  std::string_view face;       ///< JavaScript source
  std::vector<js::NativeExport> natives;
};

}  // namespace loadctl::vu

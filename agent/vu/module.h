// How a JavaScript module that comes with loadctl describes itself.
// Not for what it does (agent/modules). Constants: any thread.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "agent/js/call.h"

namespace loadctl::vu {

class Vu;

/// A module: its face, written in JavaScript, over natives, written in C++.
///
/// The face is an ES module that a script imports by `specifier`; it alone can import the natives,
/// as `loadctl:<specifier>`. The state that the natives work on is made for a VU when it first
/// imports the module, and dies with the VU.
struct ModuleDef {
  std::string_view specifier;  ///< `k6/http`
  std::string_view face;       ///< JavaScript source
  std::vector<js::NativeExport> natives;
  std::shared_ptr<void> (*make_state)(Vu& vu) = nullptr;  ///< null: natives need none
};

}  // namespace loadctl::vu

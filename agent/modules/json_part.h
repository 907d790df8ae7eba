// A value in the JSON text of a file: SharedArray keeps those, and the faces that meet them first
// pass them on. Immutable: any thread.
#pragma once

#include <string_view>

namespace loadctl::modules {

struct JsonPart {
  std::string_view text;  ///< text::IsPlainJson(); of the bundle, lives as long as the run
};

}  // namespace loadctl::modules

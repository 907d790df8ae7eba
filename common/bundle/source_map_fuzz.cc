// Any bytes are a source map or an error; every place of one can be looked up.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/bundle/source_map.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto map = loadctl::bundle::SourceMap::Parse(
      std::string_view(reinterpret_cast<const char*>(data), size), "file:///a.js");
  if (!map) return 0;
  for (int line = 0; line < 20; ++line) {
    for (int column = 0; column < 20; ++column) (void)map->Find(line, column);
  }
  return 0;
}

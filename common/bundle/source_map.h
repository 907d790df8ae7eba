// Source maps, version 3 (ECMA-426): where in the author's file a place of compiled code comes
// from. Not for making them (esbuild does). Immutable once parsed: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace loadctl::bundle {

class SourceMap final {
 public:
  /// A place in a file; line and column from 1, as people count.
  struct Place {
    std::string url;
    int line = 1, column = 1;
  };

  /// Names of sources are URLs, or relative to `url`, the file that was compiled. Fails (kGeneric)
  /// on what is no source map; maps with `sections` are not supported.
  static Result<SourceMap> Parse(std::string_view json, const std::string& url);

  /// Where a place of the compiled code comes from; nothing if the map does not say.
  [[nodiscard]] std::optional<Place> Find(int line, int column) const;

 private:
  struct Segment {
    std::int32_t column, source, line, source_column;  // from 0; source -1: from nowhere
  };
  Result<void> Decode(std::string_view mappings);

  std::vector<std::string> sources_;
  std::vector<std::vector<Segment>> lines_;
};

}  // namespace loadctl::bundle

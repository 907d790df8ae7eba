// Small pieces of text as Go reads and writes them; k6's messages and value formats depend on them.
// Not for durations (common/base/duration.h). Pure functions: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::plan {

/// The text in double quotes as Go's %q prints it: `"`, `\` and control characters are escaped.
/// Bytes that are not UTF-8 come out as \xNN.
[[nodiscard]] std::string QuoteGo(std::string_view text);

enum class IntegerBase {
  kDecimal,  ///< script options and environment
  kPrefix,   ///< flags: also 0x1f, 0o17, 017, 0b11 and 1_000
};

/// Reads a signed 64-bit integer. Fails (kGeneric) with Go's texts: `strconv.ParseInt: parsing "x":
/// invalid syntax`, or `...: value out of range`.
[[nodiscard]] Result<std::int64_t> ParseGoInt(std::string_view text,
                                              IntegerBase base = IntegerBase::kDecimal);

/// Reads `1 t T true TRUE True` and their opposites. Fails (kGeneric) with `strconv.ParseBool:
/// parsing "x": invalid syntax`.
[[nodiscard]] Result<bool> ParseGoBool(std::string_view text);

}  // namespace loadctl::plan

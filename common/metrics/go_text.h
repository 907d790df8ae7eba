// Numbers and spaces as Go reads them, so that k6's texts are accepted and refused as in k6.
// Not for quoting (common/base/duration.h has QuoteGo). Plain functions: any thread.
#pragma once

#include <string_view>

#include "common/base/error.h"

namespace loadctl::metrics {

/// Go's strconv.ParseFloat(text, 64): decimal and hexadecimal (with `p`), `inf`, `infinity` and
/// `nan` in any case, `_` between digits.
///
/// Fails (kGeneric) with `strconv.ParseFloat: parsing "x": invalid syntax` or `...: value out of
/// range` (overflow; what is too small is 0).
[[nodiscard]] Result<double> ParseGoFloat(std::string_view text);

/// The text without the white space, as Unicode has it, at either end.
[[nodiscard]] std::string_view TrimGoSpace(std::string_view text);

}  // namespace loadctl::metrics

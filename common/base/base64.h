// Base64 as Go's encoding/base64 writes and reads it. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl {

struct Base64 {
  enum class Alphabet { kStandard, kUrl };
  enum class Padding { kYes, kNo };

  Alphabet alphabet = Alphabet::kStandard;
  Padding padding = Padding::kYes;

  [[nodiscard]] std::string Encode(std::string_view bytes) const;
  /// Line ends are left out. Fails as Go: `illegal base64 data at input byte 4`.
  [[nodiscard]] Result<std::string> Decode(std::string_view text) const;
};

}  // namespace loadctl

// Letters of one case, as Go's strings.ToLower and EqualFold. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace loadctl::html {

[[nodiscard]] std::string LowerAscii(std::string_view text);
/// Every letter of Unicode, character by character; bytes that are no UTF-8 stay.
[[nodiscard]] std::string ToLower(std::string_view text);
[[nodiscard]] bool EqualFold(std::string_view a, std::string_view b);
/// Without white space of Unicode at both ends.
[[nodiscard]] bool IsBlank(std::string_view text);

}  // namespace loadctl::html

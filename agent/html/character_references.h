// Character references: `&amp;` and `&#38;` to what they stand for (HTML, 13.2.5.72), as
// x/net/html. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace loadctl::html {

/// Appends `text` with its references resolved. In an attribute's value a name without `;` before
/// `=` stands for itself, as the standard has it.
void AppendUnescaped(std::string_view text, bool attribute, std::string& out);

}  // namespace loadctl::html

// UTF-8, character by character. Not a decoder that repairs text (text_decoder.h). Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace loadctl::text {

struct Character {
  char32_t code = 0;
  std::size_t size = 0;  ///< in bytes; 0 if the text does not begin with well-formed UTF-8
};

/// The character at the front of a text that is not empty. Overlong forms, surrogates and what is
/// beyond U+10FFFF are not well-formed.
[[nodiscard]] Character FirstCharacter(std::string_view text);

/// Appends the character; U+FFFD instead of a surrogate or what is beyond U+10FFFF.
void AppendUtf8(char32_t code, std::string& out);

/// How many characters the text has; bytes that are no UTF-8 may count as none.
[[nodiscard]] std::size_t CountCharacters(std::string_view text);

/// At most `bytes` of its beginning, without breaking a character in two.
[[nodiscard]] std::string_view CutToBytes(std::string_view text, std::size_t bytes);

}  // namespace loadctl::text

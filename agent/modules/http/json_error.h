// What k6 says of a text that is no JSON: Go's words, with line and character.
// Not a JSON parser: V8 parses; this explains what it refused. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace loadctl::modules::http {

/// `cannot parse json due to an error at line 2, character 6 , error: invalid character '}' looking
/// for beginning of value`; "" if Go would parse the text.
[[nodiscard]] std::string JsonErrorText(std::string_view text);

}  // namespace loadctl::modules::http

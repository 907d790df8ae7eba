#include "agent/modules/http/json_error.h"

#include <gtest/gtest.h>

namespace loadctl::modules::http {
namespace {

// Left: the text. Right: what k6 2.2.0 says of it after `cannot parse json due to an error at`.
TEST(JsonError, SpeaksAsK6) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "line 1, character 0 , error: unexpected end of JSON input"},
      {"[1,", "line 1, character 3 , error: unexpected end of JSON input"},
      {"{\"a\":1,}",
       "line 1, character 8 , error: invalid character '}' looking for beginning of object key "
       "string"},
      {"[1 2]", "line 1, character 4 , error: invalid character '2' after array element"},
      {"tru", "line 1, character 3 , error: invalid character ' ' in literal true (expecting 'e')"},
      {"nulx",
       "line 1, character 4 , error: invalid character 'x' in literal null (expecting 'l')"},
      {"\"abc", "line 1, character 4 , error: unexpected end of JSON input"},
      {"{\"a\" 1}", "line 1, character 6 , error: invalid character '1' after object key"},
      {"01", "line 1, character 2 , error: invalid character '1' after top-level value"},
      {"1.",
       "line 1, character 2 , error: invalid character ' ' after decimal point in numeric literal"},
      {"-", "line 1, character 1 , error: invalid character ' ' in numeric literal"},
      {"1e", "line 1, character 2 , error: invalid character ' ' in exponent of numeric literal"},
      {"{\"a\":1} x", "line 1, character 9 , error: invalid character 'x' after top-level value"},
      {"\"\\x\"", "line 1, character 3 , error: invalid character 'x' in string escape code"},
      {"\"\n\"", "line 2, character 1 , error: invalid character '\\n' in string literal"},
      {"{1:2}",
       "line 1, character 2 , error: invalid character '1' looking for beginning of object key "
       "string"},
      {"[1,]", "line 1, character 4 , error: invalid character ']' looking for beginning of value"},
      {"\xc3\xa9",
       "line 1, character 1 , error: invalid character '\xc3\x83' looking for beginning of value"},
      {"{\"a\":1,\n \"b\":}",
       "line 2, character 6 , error: invalid character '}' looking for beginning of value"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(JsonErrorText(text), std::string("cannot parse json due to an error at ") + expected)
        << text;
  }
}

TEST(JsonError, HasNothingAgainstJson) {
  for (const char* text :
       {"1", "-0.5e+3", " [ ] ", "{}", "{\"a\":[1,{\"b\":null}],\"c\":\"\\u00e9\"}", "\"\xc3\xa9\"",
        "true", "[[[[]]]]\n"}) {
    EXPECT_EQ(JsonErrorText(text), "") << text;
  }
}

}  // namespace
}  // namespace loadctl::modules::http

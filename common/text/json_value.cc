#include "common/text/json_value.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cstdint>
#include <string>

namespace loadctl::text {
namespace json = boost::json;
namespace {

/// What Boost's own parser does with what it meets, but for doubles.
struct Handler {
  using Code = json::error_code;
  using Text = json::string_view;
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) { return true; }
  bool on_object_end(std::size_t size, Code&) { return stack.push_object(size), true; }
  bool on_array_begin(Code&) { return true; }
  bool on_array_end(std::size_t size, Code&) { return stack.push_array(size), true; }
  bool on_key_part(Text text, std::size_t, Code&) { return stack.push_chars(text), true; }
  bool on_key(Text text, std::size_t, Code&) { return stack.push_key(text), true; }
  bool on_string_part(Text text, std::size_t, Code&) { return stack.push_chars(text), true; }
  bool on_string(Text text, std::size_t, Code&) { return stack.push_string(text), true; }
  bool on_number_part(Text text, Code&) { return number.append(text.data(), text.size()), true; }
  bool on_int64(std::int64_t value, Text, Code&) { return EndNumber(value); }
  bool on_uint64(std::uint64_t value, Text, Code&) { return EndNumber(value); }
  bool on_double(double value, Text text, Code&) {
    number.append(text.data(), text.size());
    double nearest = 0;
    const char* end = number.data() + number.size();
    const auto read = std::from_chars(number.data(), end, nearest);
    return EndNumber(read.ec == std::errc() && read.ptr == end ? nearest : value);
  }
  bool on_bool(bool value, Code&) { return stack.push_bool(value), true; }
  bool on_null(Code&) { return stack.push_null(), true; }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }

  bool EndNumber(std::int64_t value) { return stack.push_int64(value), number.clear(), true; }
  bool EndNumber(std::uint64_t value) { return stack.push_uint64(value), number.clear(), true; }
  bool EndNumber(double value) { return stack.push_double(value), number.clear(), true; }

  json::value_stack stack;
  std::string number;
};

}  // namespace

json::value ReadJson(std::string_view text, boost::system::error_code& error,
                     const json::parse_options& options) {
  error = {};
  json::basic_parser<Handler> parser(options);
  parser.handler().stack.reset();
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (!error && read < text.size()) error = json::error::extra_data;
  if (error) return {};
  return parser.handler().stack.release();
}

}  // namespace loadctl::text

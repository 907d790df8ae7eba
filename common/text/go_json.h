// JSON as Go's encoder prints it, byte for byte: what k6 writes and its users' tools read.
// For .cc files only: it pulls in Boost.JSON. Not for reading (common/plan/json_reader.h). Any
// thread.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace loadctl::text {

/// Whether `<`, `>` and `&` in texts become \u003c and so on.
enum class HtmlEscape { kNo, kYes };

/// The value with an indent of two spaces a level, without a newline at the end. Keys are in the
/// order of the objects; texts that are not UTF-8 get U+FFFD for each wrong byte.
[[nodiscard]] std::string ToGoJson(const boost::json::value& value, HtmlEscape html);

/// The value with the keys of all objects in byte order, as Go prints a map.
[[nodiscard]] boost::json::value SortKeys(const boost::json::value& value);

}  // namespace loadctl::text

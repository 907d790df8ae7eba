// Reads the plan's wire form field by field; the first problem is kept and reported at the end.
// Not for what users write (controller/plan/values.h): this form is ours and strict.
// For .cc files of the plan only: it pulls in Boost.JSON. One thread at a time.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace loadctl::plan {

/// Parses one JSON text of at most 200 levels; strings may hold any bytes. `what` begins the
/// message of the failure (kInvalidConfig).
[[nodiscard]] Result<boost::json::value> ParseJson(std::string_view text, std::string_view what);

/// One object of the wire form. Getters return a default-constructed value after a problem.
class JsonReader {
 public:
  /// `value` must outlive the reader; `where` names it in messages.
  JsonReader(const boost::json::value& value, std::string where);

  std::int64_t Int(std::string_view key);
  bool Bool(std::string_view key);
  std::string String(std::string_view key);
  std::chrono::nanoseconds Duration(std::string_view key);
  std::optional<std::int64_t> OptionalInt(std::string_view key);
  std::optional<std::string> OptionalString(std::string_view key);
  std::optional<std::chrono::nanoseconds> OptionalDuration(std::string_view key);
  std::vector<std::string> Strings(std::string_view key);
  std::map<std::string, std::string> StringMap(std::string_view key);
  const boost::json::object& Object(std::string_view key);
  const boost::json::array& Array(std::string_view key);

  /// Keeps a problem found by the caller.
  void Reject(std::string_view key, std::string_view problem);

  /// Fails (kInvalidConfig) with the first problem, or naming a field that nobody asked for.
  [[nodiscard]] Result<void> Done();

 private:
  const boost::json::value* Find(std::string_view key);

  const boost::json::object* object_ = nullptr;
  std::string where_;
  std::string problem_;
  std::set<std::string, std::less<>> read_;
};

/// Objects and arrays of the wire form from plain values.
[[nodiscard]] boost::json::object ToJson(const std::map<std::string, std::string>& map);
[[nodiscard]] boost::json::array ToJson(const std::vector<std::string>& list);

}  // namespace loadctl::plan

// Single JSON values as Go's decoder and k6's nullable types take them, with their messages.
// Not for whole options (values.h). For .cc files of this folder only. Any thread.
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "controller/plan/settings.h"

namespace loadctl::plan {

/// Where a value stands, for messages.
struct JsonPlace {
  std::string path;   ///< `vus`, `scenarios.a.vus`: begins the messages that k6 leaves without
  std::string field;  ///< Go's name in type errors: `Options.vus`
  Source source = Source::kScript;  ///< whose value it is

  /// The value of this object's key, and of this list's item.
  [[nodiscard]] JsonPlace At(std::string_view key) const {
    return {path + "." + std::string(key), field + "." + std::string(key), source};
  }
  [[nodiscard]] JsonPlace At(std::size_t number) const {
    return {path + "[" + std::to_string(number) + "]", field, source};
  }
};

// What is accepted, for messages.
inline constexpr std::string_view kBoolForm = "true or false";
inline constexpr std::string_view kIntForm = "a whole number";
inline constexpr std::string_view kTextForm = "a text";
inline constexpr std::string_view kDurationForm = "milliseconds, or a duration such as 1m30s";
inline constexpr std::string_view kTextsForm = "an object of texts";
inline constexpr std::string_view kStagesForm = "a list of objects of duration and target";

/// Puts before a message what is accepted at the place: `option scenarios.a.vus of the script wants
/// a whole number: ...`. For what lies inside of a setting; settings have WithForm() (values.h).
[[nodiscard]] Error Wanting(const Error& error, const JsonPlace& place, std::string_view form);

/// All fail with kInvalidConfig. nullopt: null, or (integers) an empty string.
[[nodiscard]] Result<std::optional<std::int64_t>> JsonInt(const JsonPlace& place,
                                                          const boost::json::value& value);
[[nodiscard]] Result<std::optional<bool>> JsonBool(const JsonPlace& place,
                                                   const boost::json::value& value);
[[nodiscard]] Result<std::optional<std::string>> JsonString(const JsonPlace& place,
                                                            const boost::json::value& value);
[[nodiscard]] Result<std::optional<std::chrono::nanoseconds>> JsonDuration(
    const JsonPlace& place, const boost::json::value& value);
[[nodiscard]] Result<std::optional<std::vector<std::string>>> JsonStrings(
    const JsonPlace& place, const boost::json::value& value);
[[nodiscard]] Result<std::optional<std::map<std::string, std::string>>> JsonStringMap(
    const JsonPlace& place, const boost::json::value& value);

/// Go's: `json: cannot unmarshal array into Go struct field Options.dns of type T`.
[[nodiscard]] tl::unexpected<Error> JsonTypeError(const JsonPlace& place,
                                                  const boost::json::value& value,
                                                  std::string_view type);
/// `option vus: reason`.
[[nodiscard]] tl::unexpected<Error> JsonValueError(const JsonPlace& place, std::string_view reason);

/// Equal but for the case of ASCII letters: how Go matches keys.
[[nodiscard]] bool SameKey(std::string_view a, std::string_view b);

}  // namespace loadctl::plan

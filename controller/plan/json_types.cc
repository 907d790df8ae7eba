#include "controller/plan/json_types.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "common/base/duration.h"
#include "common/text/number.h"
#include "common/text/quote.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

std::string NumberText(const json::value& value) {
  if (const auto* number = value.if_int64()) return std::to_string(*number);
  if (const auto* number = value.if_uint64()) return std::to_string(*number);
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.begin(), buffer.end(), value.get_double()).ptr;
  return std::string(buffer.begin(), end);
}

/// Go's word for the kind in `cannot unmarshal KIND into`.
std::string Kind(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "bool";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      return "number";
    case json::kind::string:
      return "string";
    case json::kind::array:
      return "array";
    case json::kind::object:
      return "object";
  }
  return "";
}

tl::unexpected<Error> NullableError(const JsonPlace& place, const json::value& value,
                                    std::string_view type) {
  const std::string kind = value.is_number() ? "float64" : Kind(value);
  return JsonValueError(
      place, "json: cannot unmarshal " + kind + " into Go value of type " + std::string(type));
}

}  // namespace

Error Wanting(const Error& error, const JsonPlace& place, std::string_view form) {
  const std::string_view of = place.source == Source::kFile ? "configuration file" : "script";
  std::string_view why = error.message;
  const std::string named = "option " + place.path + ": ";
  if (why.starts_with(named)) why.remove_prefix(named.size());
  return {error.code, "option " + place.path + " of the " + std::string(of) + " wants " +
                          std::string(form) + ": " + std::string(why)};
}

tl::unexpected<Error> JsonTypeError(const JsonPlace& place, const json::value& value,
                                    std::string_view type) {
  std::string kind = Kind(value);
  if (value.is_number() && type == "int64") kind += " " + NumberText(value);
  return Fail(ErrorCode::kInvalidConfig, "json: cannot unmarshal " + kind +
                                             " into Go struct field " + place.field + " of type " +
                                             std::string(type));
}

tl::unexpected<Error> JsonValueError(const JsonPlace& place, std::string_view reason) {
  return Fail(ErrorCode::kInvalidConfig, "option " + place.path + ": " + std::string(reason));
}

Result<std::optional<std::int64_t>> JsonInt(const JsonPlace& place, const json::value& value) {
  if (value.is_null()) return std::nullopt;
  if (const auto* number = value.if_int64()) return *number;
  if (value.is_number()) return JsonTypeError(place, value, "int64");
  const auto* text = value.if_string();
  if (text == nullptr) return NullableError(place, value, "null.Int");
  if (text->empty()) return std::nullopt;
  const auto number = text::ParseGoInt(std::string_view(*text));
  if (!number) return JsonValueError(place, number.error().message);
  return *number;
}

Result<std::optional<bool>> JsonBool(const JsonPlace& place, const json::value& value) {
  if (value.is_null()) return std::nullopt;
  if (value.is_bool()) return value.get_bool();
  return NullableError(place, value, "null.Bool");
}

Result<std::optional<std::string>> JsonString(const JsonPlace& place, const json::value& value) {
  if (value.is_null()) return std::nullopt;
  if (value.is_string()) return std::string(value.get_string());
  return NullableError(place, value, "null.String");
}

Result<std::optional<std::chrono::nanoseconds>> JsonDuration(const JsonPlace& place,
                                                             const json::value& value) {
  if (value.is_null()) return std::nullopt;
  if (!value.is_string() && !value.is_number()) {
    return JsonValueError(place, "'" + json::serialize(value) + "' is not a valid duration value");
  }
  const auto duration =
      ParseK6Duration(value.is_string() ? std::string(value.get_string()) : NumberText(value));
  if (!duration) return JsonValueError(place, duration.error().message);
  return *duration;
}

Result<std::optional<std::vector<std::string>>> JsonStrings(const JsonPlace& place,
                                                            const json::value& value) {
  if (value.is_null()) return std::nullopt;
  if (!value.is_array()) return JsonTypeError(place, value, "[]string");
  std::vector<std::string> out;
  for (const json::value& item : value.get_array()) {
    if (!item.is_string() && !item.is_null()) return JsonTypeError(place, item, "string");
    out.emplace_back(item.is_null() ? "" : std::string(item.get_string()));
  }
  return out;
}

Result<std::optional<std::map<std::string, std::string>>> JsonStringMap(const JsonPlace& place,
                                                                        const json::value& value) {
  if (value.is_null()) return std::nullopt;
  if (!value.is_object()) return JsonTypeError(place, value, "map[string]string");
  std::map<std::string, std::string> out;
  for (const auto& [key, item] : value.get_object()) {
    if (!item.is_string() && !item.is_null()) return JsonTypeError(place, item, "string");
    out[std::string(key)] = item.is_null() ? "" : std::string(item.get_string());
  }
  return out;
}

bool SameKey(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace loadctl::plan

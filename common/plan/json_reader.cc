#include "common/plan/json_reader.h"

#include "common/text/json_value.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {
constexpr std::size_t kMaxDepth = 200;  // `ext` and `cloud` hold whatever the script likes
}
using std::chrono::nanoseconds;

Result<json::value> ParseJson(std::string_view text, std::string_view what) {
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  options.max_depth = kMaxDepth;
  boost::system::error_code error;
  json::value value = text::ReadJson(text, error, options);
  if (error) return Fail(ErrorCode::kInvalidConfig, std::string(what) + ": " + error.message());
  return value;
}

JsonReader::JsonReader(const json::value& value, std::string where)
    : object_(value.if_object()), where_(std::move(where)) {
  if (object_ == nullptr) problem_ = where_ + " is not an object";
}

void JsonReader::Reject(std::string_view key, std::string_view problem) {
  if (problem_.empty()) problem_ = where_ + "." + std::string(key) + " " + std::string(problem);
}

const json::value* JsonReader::Find(std::string_view key) {
  read_.emplace(key);
  return object_ == nullptr ? nullptr : object_->if_contains({key.data(), key.size()});
}

std::int64_t JsonReader::Int(std::string_view key) {
  const json::value* value = Find(key);
  if (value == nullptr || !value->is_int64()) {
    Reject(key, "is not an integer");
    return 0;
  }
  return value->get_int64();
}

bool JsonReader::Bool(std::string_view key) {
  const json::value* value = Find(key);
  if (value == nullptr || !value->is_bool()) {
    Reject(key, "is neither true nor false");
    return false;
  }
  return value->get_bool();
}

std::string JsonReader::String(std::string_view key) {
  const json::value* value = Find(key);
  if (value == nullptr || !value->is_string()) {
    Reject(key, "is not a string");
    return {};
  }
  return std::string(value->get_string());
}

nanoseconds JsonReader::Duration(std::string_view key) { return nanoseconds(Int(key)); }

std::optional<std::int64_t> JsonReader::OptionalInt(std::string_view key) {
  if (Find(key) == nullptr) return std::nullopt;
  return Int(key);
}

std::optional<std::string> JsonReader::OptionalString(std::string_view key) {
  if (Find(key) == nullptr) return std::nullopt;
  return String(key);
}

std::optional<nanoseconds> JsonReader::OptionalDuration(std::string_view key) {
  if (Find(key) == nullptr) return std::nullopt;
  return Duration(key);
}

const json::array& JsonReader::Array(std::string_view key) {
  static const json::array kEmpty;
  const json::value* value = Find(key);
  if (value != nullptr && value->is_array()) return value->get_array();
  Reject(key, "is not a list");
  return kEmpty;
}

const json::object& JsonReader::Object(std::string_view key) {
  static const json::object kEmpty;
  const json::value* value = Find(key);
  if (value != nullptr && value->is_object()) return value->get_object();
  Reject(key, "is not an object");
  return kEmpty;
}

std::vector<std::string> JsonReader::Strings(std::string_view key) {
  std::vector<std::string> out;
  for (const json::value& item : Array(key)) {
    if (!item.is_string()) {
      Reject(key, "holds something that is not a string");
      break;
    }
    out.emplace_back(item.get_string());
  }
  return out;
}

std::map<std::string, std::string> JsonReader::StringMap(std::string_view key) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : Object(key)) {
    if (!value.is_string()) {
      Reject(key, "holds something that is not a string");
      break;
    }
    out.emplace(name, value.get_string());
  }
  return out;
}

Result<void> JsonReader::Done() {
  if (problem_.empty()) {
    for (const auto& [key, value] : *object_) {
      if (!read_.contains(std::string_view(key)))
        Reject(std::string_view(key), "is not known here");
    }
  }
  if (!problem_.empty()) return Fail(ErrorCode::kInvalidConfig, problem_);
  return {};
}

json::object ToJson(const std::map<std::string, std::string>& map) {
  json::object out;
  for (const auto& [key, value] : map) out[key] = value;
  return out;
}

json::array ToJson(const std::vector<std::string>& list) {
  json::array out;
  for (const std::string& item : list) out.emplace_back(item);
  return out;
}

}  // namespace loadctl::plan

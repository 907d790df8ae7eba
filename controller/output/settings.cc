#include "controller/output/settings.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "common/base/duration.h"
#include "common/text/json_value.h"
#include "common/text/number.h"

namespace loadctl::output {
namespace json = boost::json;
namespace {

std::string TextOf(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  return json::serialize(value);
}

}  // namespace

Result<Settings> Settings::Of(const std::string& type, const Context& context) {
  Settings settings;
  settings.context_ = &context;
  const auto given = context.collectors.find(type);
  if (given == context.collectors.end()) return settings;
  boost::system::error_code error;
  const json::value value = text::ReadJson(given->second, error);
  if (error || !(value.is_object() || value.is_null())) {
    return Fail(ErrorCode::kInvalidConfig,
                "collectors." + type + " of the configuration file is no JSON object");
  }
  if (value.is_null()) return settings;
  for (const auto& [key, item] : value.get_object()) {
    if (item.is_null()) continue;
    if (item.is_object()) {
      for (const auto& [name, field] : item.get_object())
        settings.objects_[std::string(key)].emplace_back(std::string(name), TextOf(field));
      continue;
    }
    if (!item.is_array()) {
      settings.values_[std::string(key)] = TextOf(item);
      continue;
    }
    std::string list;  // as a variable has it
    for (const json::value& one : item.get_array()) list += (list.empty() ? "" : ",") + TextOf(one);
    settings.values_[std::string(key)] = list;
  }
  return settings;
}

std::optional<std::string> Settings::Find(const std::string& variable, std::string_view key) const {
  if (const auto found = context_->environment.find(variable);
      !variable.empty() && found != context_->environment.end()) {
    return found->second;
  }
  if (const auto found = values_.find(key); found != values_.end()) return found->second;
  return std::nullopt;
}

std::string Settings::Text(const std::string& variable, std::string_view key,
                           std::string_view fallback) const {
  return Find(variable, key).value_or(std::string(fallback));
}

namespace {

Error Wrong(const std::string& variable, std::string_view key, const std::string& why) {
  return {ErrorCode::kGeneric, variable + " (" + std::string(key) + "): " + why};
}

}  // namespace

Result<std::chrono::nanoseconds> ParsePeriod(const std::string& text) {
  LOADCTL_TRY(const std::chrono::nanoseconds period, ParseK6Duration(text));
  if (period.count() <= 0) return Fail("metric flush period should be positive but was " + text);
  if (period > std::chrono::hours(24))
    return Fail("metric flush period must be at most 24h but was " + text);
  return period;
}

Result<std::chrono::nanoseconds> Settings::Period(const std::string& variable, std::string_view key,
                                                  std::chrono::nanoseconds fallback) const {
  const auto text = Find(variable, key);
  if (!text || text->empty()) return fallback;
  auto period = ParsePeriod(*text);
  if (!period) return tl::unexpected(Wrong(variable, key, period.error().message));
  return period;
}

Result<bool> Settings::Flag(const std::string& variable, std::string_view key,
                            bool fallback) const {
  const auto value = Find(variable, key);
  if (!value || value->empty()) return fallback;
  auto flag = text::ParseGoBool(*value);
  if (!flag) return tl::unexpected(Wrong(variable, key, flag.error().message));
  return flag;
}

Result<std::int64_t> Settings::Number(const std::string& variable, std::string_view key,
                                      std::int64_t fallback, std::int64_t least,
                                      std::int64_t most) const {
  const auto value = Find(variable, key);
  if (!value || value->empty()) return fallback;
  auto number = text::ParseGoInt(*value);
  if (!number) return tl::unexpected(Wrong(variable, key, number.error().message));
  if (*number < least || *number > most) {
    return tl::unexpected(
        Wrong(variable, key,
              "want " + std::to_string(least) + " to " + std::to_string(most) + ", not " + *value));
  }
  return number;
}

Fields Settings::Object(std::string_view key) const {
  const auto found = objects_.find(key);
  return found == objects_.end() ? Fields{} : found->second;
}

}  // namespace loadctl::output

#include "controller/plan/script_scenarios.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <utility>

#include "common/plan/json_reader.h"
#include "common/plan/scenario_fields.h"
#include "common/text/closest.h"
#include "common/text/quote.h"
#include "controller/plan/json_types.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

tl::unexpected<Error> WrongType(const JsonPlace& place, const json::value& value,
                                std::string_view type, std::string_view form) {
  return tl::unexpected(Wanting(JsonTypeError(place, value, type).value(), place, form));
}

/// Replaces `out` unless the value is null, which leaves the default.
template <typename T, typename U>
Result<void> Assign(Result<std::optional<T>> value, const JsonPlace& place, std::string_view form,
                    U& out) {
  if (!value) return tl::unexpected(Wanting(value.error(), place, form));
  if (*value) out = std::move(**value);
  return {};
}

Result<void> Read(const JsonPlace& place, const json::value& value, std::int64_t& out) {
  return Assign(JsonInt(place, value), place, kIntForm, out);
}
Result<void> Read(const JsonPlace& place, const json::value& value,
                  std::optional<std::int64_t>& out) {
  return Assign(JsonInt(place, value), place, kIntForm, out);
}
Result<void> Read(const JsonPlace& place, const json::value& value, std::chrono::nanoseconds& out) {
  return Assign(JsonDuration(place, value), place, kDurationForm, out);
}
Result<void> Read(const JsonPlace& place, const json::value& value,
                  std::optional<std::chrono::nanoseconds>& out) {
  return Assign(JsonDuration(place, value), place, kDurationForm, out);
}
Result<void> Read(const JsonPlace& place, const json::value& value,
                  std::optional<std::string>& out) {
  return Assign(JsonString(place, value), place, kTextForm, out);
}
Result<void> Read(const JsonPlace& place, const json::value& value,
                  std::map<std::string, std::string>& out) {
  return Assign(JsonStringMap(place, value), place, kTextsForm, out);
}

Result<void> Read(const JsonPlace& place, const json::value& value, std::vector<Stage>& out) {
  if (value.is_null()) return {};
  if (!value.is_array()) return WrongType(place, value, "[]executor.Stage", kStagesForm);
  out.clear();
  std::size_t number = 0;
  for (const json::value& item : value.get_array()) {
    const JsonPlace at = place.At(number++);
    if (!item.is_object())
      return WrongType(at, item, "executor.Stage", "an object of duration and target");
    Stage stage;
    for (const auto& [raw_key, field] : item.get_object()) {
      const std::string_view key(raw_key);
      const JsonPlace inner = at.At(key);
      if (SameKey(key, "duration")) {
        LOADCTL_CHECK_OK(Read(inner, field, stage.duration));
      } else if (SameKey(key, "target")) {
        LOADCTL_CHECK_OK(Read(inner, field, stage.target));
      } else {
        return tl::unexpected(
            Wanting(JsonValueError(at, "json: unknown field " + text::QuoteGo(key)).value(), at,
                    "duration and target, nothing else"));
      }
    }
    out.push_back(stage);
  }
  return {};
}

/// A field of `options` that is one of a few words.
struct WordField {
  std::string_view key, form, wrong;
  std::array<std::string_view, 3> words;
};
constexpr WordField kWordFields[] = {
    {"httpVersion", "1.1, 2 or h2c, as a text", " is no version of HTTP", {"1.1", "2", "h2c"}},
    {"connectionReuse",
     "vu, iteration or shared, as a text",
     " says nothing of connections",
     {"vu", "iteration", "shared"}}};

Result<void> CheckWord(const WordField& field, const JsonPlace& place, const json::value& value) {
  const auto* word = value.if_string();
  if (word == nullptr) return WrongType(place, value, "string", field.form);
  const std::string_view given(*word);
  if (std::find(field.words.begin(), field.words.end(), given) != field.words.end()) return {};
  const std::string problem = text::QuoteGo(given) + std::string(field.wrong);
  return tl::unexpected(Wanting(JsonValueError(place, problem).value(), place, field.form));
}

/// `options`: an object whose known fields are `browser` and, beyond k6, those above.
Result<void> ReadOptions(const JsonPlace& place, const json::value& value, Scenario& out) {
  if (value.is_null()) return {};
  if (!value.is_object())
    return WrongType(place, value, "lib.ScenarioOptions",
                     "an object with the keys browser, httpVersion and connectionReuse");
  for (const auto& entry : value.get_object()) {
    const std::string_view key = entry.key();
    const json::value& item = entry.value();
    const auto* field = std::find_if(std::begin(kWordFields), std::end(kWordFields),
                                     [&](const WordField& one) { return one.key == key; });
    if (field != std::end(kWordFields)) {
      LOADCTL_CHECK_OK(CheckWord(*field, place.At(key), item));
    } else if (!SameKey(key, "browser")) {
      return JsonValueError(place, "json: unknown field " + text::QuoteGo(key));
    }
  }
  out.options_json = json::serialize(value);
  return {};
}

template <std::size_t... I>
constexpr auto NamesOfExecutors(std::index_sequence<I...>) {
  return std::array<std::string_view, sizeof...(I)>{
      std::variant_alternative_t<I, ExecutorConfig>::kName...};
}
constexpr auto kExecutorNames =
    NamesOfExecutors(std::make_index_sequence<std::variant_size_v<ExecutorConfig>>());

/// `constant-vus, ramping-vus, ...`.
std::string ExecutorNames() {
  std::string list;
  for (const std::string_view name : kExecutorNames)
    list += (list.empty() ? "" : ", ") + std::string(name);
  return list;
}

Result<std::string> ExecutorOf(const JsonPlace& place, const json::object& object) {
  std::string executor;
  for (const auto& [key, value] : object) {
    if (!SameKey(std::string_view(key), "executor") || value.is_null()) continue;
    if (!value.is_string()) {
      return WrongType(place.At("executor"), value, "string", "one of " + ExecutorNames());
    }
    executor = std::string(value.get_string());
  }
  return executor;
}

/// Reads one field of the scenario; false if its executor has none of that name.
Result<bool> ReadField(const JsonPlace& place, std::string_view key, const json::value& value,
                       Scenario& out) {
  bool known = SameKey(key, "executor");
  Result<void> good;
  const auto read = [&](std::string_view name, auto& member) {
    if (known || !SameKey(key, name)) return;
    known = true;
    good = Read(place, value, member);
    if (!value.is_null()) out.given.emplace(name);
  };
  ForEachCommonField(out, read);
  std::visit([&](auto& config) { ForEachField(config, read); }, out.executor);
  if (!known && SameKey(key, "options")) {
    known = true;
    good = ReadOptions(place, value, out);
  }
  LOADCTL_CHECK_OK(good);
  return known;
}

Result<Scenario> ReadScenario(const JsonPlace& place, const std::string& name,
                              const json::value& value) {
  if (!value.is_object() && !value.is_null()) {
    return WrongType(place, value, "struct { ExecutorType string \"json:\\\"executor\\\"\" }",
                     "an object with an executor and what that needs");
  }
  static const json::object kEmpty;
  const json::object& object = value.is_null() ? kEmpty : value.get_object();
  LOADCTL_TRY(const std::string executor, ExecutorOf(place, object));
  const auto wrong_executor = [&](const Error& error) {
    return tl::unexpected(Wanting(error, place.At("executor"), "one of " + ExecutorNames()));
  };
  if (executor.empty()) {
    return wrong_executor({ErrorCode::kInvalidConfig,
                           "scenario '" + name + "' doesn't have a specified executor type"});
  }
  Scenario out;
  out.name = name;
  if (!MakeExecutor(executor, out.executor)) {
    return wrong_executor(JsonValueError(place, "unknown executor type '" + executor + "'" +
                                                    text::DidYouMean(executor, kExecutorNames))
                              .value());
  }
  // It ends at once when its time is over, or never: there is nothing to be graceful about.
  const bool external = std::holds_alternative<ExternallyControlled>(out.executor);
  if (external) out.graceful_stop = {};
  for (const auto& field : object) {
    const std::string_view key(field.key());
    const json::value& item = field.value();
    if (external && SameKey(key, "gracefulStop") && !item.is_null()) {
      return JsonValueError(place,
                            "gracefulStop is not supported by the externally controlled executor");
    }
    LOADCTL_TRY(const bool known, ReadField(place.At(key), key, item, out));
    if (!known) return JsonValueError(place, "json: unknown field " + text::QuoteGo(key));
  }
  return out;
}

}  // namespace

Result<std::vector<Scenario>> ReadScenarios(const JsonPlace& place, const json::value& value) {
  if (!value.is_object()) {
    return WrongType(place, value, "map[string]lib.protoExecutorConfig",
                     "an object of scenarios by name");
  }
  std::map<std::string, Scenario> by_name;
  for (const auto& [raw_name, item] : value.get_object()) {
    const std::string name(raw_name);
    const JsonPlace at{place.path + "." + name, place.field, place.source};
    LOADCTL_TRY(by_name[name], ReadScenario(at, name, item));
  }
  std::vector<Scenario> out;
  for (auto& [name, scenario] : by_name) out.push_back(std::move(scenario));
  return out;
}

}  // namespace loadctl::plan

#include "controller/rest/routes.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <utility>

#include "controller/rest/process_metrics.h"
#include "controller/rest/render.h"

namespace loadctl::rest {
namespace json = boost::json;
namespace {

using Kind = Command::Kind;

/// Nested deeper, a body is refused.
constexpr std::size_t kMaxDepth = 32;

json::value Parse(std::string_view text, boost::system::error_code& error) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  return json::parse(json::string_view(text.data(), text.size()), error, {}, options);
}

Response NotAllowed() { return {405, "", ""}; }

std::variant<Command, Response> Get(std::string_view method, Kind kind, std::string text = {}) {
  if (method != "GET") return NotAllowed();
  return Command{kind, {}, std::move(text)};
}

std::variant<Command, Response> ChangeStatus(std::string_view body) {
  auto change = ParseStatusChange(body);
  if (!change) return ErrorResponse(400, "Invalid data", change.error().message);
  return Command{Kind::kChangeStatus, *change, {}};
}

std::variant<Command, Response> SetSetupData(std::string_view body) {
  boost::system::error_code error;
  Parse(body, error);
  if (error && !body.empty()) {
    return ErrorResponse(400, "Error parsing request body",
                         "the setup data is not JSON: " + error.message());
  }
  return Command{Kind::kSetSetupData, {}, std::string(body)};
}

std::variant<Command, Response> RouteV1(std::string_view method, std::string_view path,
                                        std::string_view body) {
  constexpr std::string_view kMetric = "metrics/", kGroup = "groups/";
  if (path == "status") return method == "PATCH" ? ChangeStatus(body) : Get(method, Kind::kStatus);
  if (path == "metrics") return Get(method, Kind::kMetrics);
  if (path.starts_with(kMetric))
    return Get(method, Kind::kMetric, std::string(path.substr(kMetric.size())));
  if (path == "groups") return Get(method, Kind::kGroups);
  if (path.starts_with(kGroup))
    return Get(method, Kind::kGroup, std::string(path.substr(kGroup.size())));
  if (path == "setup") {
    if (method == "POST") return Command{Kind::kRunSetup, {}, {}};
    if (method == "PUT") return SetSetupData(body);
    return Get(method, Kind::kSetupData);
  }
  if (path == "teardown") {
    if (method != "POST") return NotAllowed();
    return Command{Kind::kRunTeardown, {}, {}};
  }
  return Response{404, "text/plain; charset=utf-8", "404 page not found\n"};
}

/// null and what is missing leave a thing as it is.
const json::value* FindSet(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(json::string_view(key.data(), key.size()));
  return value == nullptr || value->is_null() ? nullptr : value;
}

Result<const json::object*> FindObject(const json::object& object, std::string_view key,
                                       std::string_view name) {
  static const json::object kNone;
  const json::value* value = FindSet(object, key);
  if (value == nullptr) return &kNone;
  if (!value->is_object()) return Fail(std::string(name) + " is not an object");
  return &value->get_object();
}

Result<std::optional<bool>> Bool(const json::object& object, std::string_view key) {
  const json::value* value = FindSet(object, key);
  if (value == nullptr) return std::optional<bool>();
  if (!value->is_bool()) {
    return Fail("data.attributes." + std::string(key) + " is not true or false");
  }
  return std::optional<bool>(value->get_bool());
}

Result<std::optional<std::int64_t>> Integer(const json::object& object, std::string_view key) {
  const json::value* value = FindSet(object, key);
  if (value == nullptr) return std::optional<std::int64_t>();
  if (!value->is_int64()) {
    return Fail("data.attributes." + std::string(key) + " is not an integer of 64 bits");
  }
  return std::optional<std::int64_t>(value->get_int64());
}

}  // namespace

Result<StatusChange> ParseStatusChange(std::string_view body) {
  boost::system::error_code error;
  const json::value value = Parse(body, error);
  if (error) return Fail("the body is not JSON: " + error.message());
  if (!value.is_object()) return Fail("the body is not an object");
  LOADCTL_TRY(const json::object* data, FindObject(value.get_object(), "data", "data"));
  LOADCTL_TRY(const json::object* fields, FindObject(*data, "attributes", "data.attributes"));
  StatusChange change;
  LOADCTL_TRY(const auto stopped, Bool(*fields, "stopped"));
  change.stopped = stopped.value_or(false);
  LOADCTL_TRY(change.paused, Bool(*fields, "paused"));
  LOADCTL_TRY(change.vus, Integer(*fields, "vus"));
  LOADCTL_TRY(change.vus_max, Integer(*fields, "vus-max"));
  return change;
}

std::variant<Command, Response> Route(std::string_view method, std::string_view path,
                                      std::string_view body) {
  if (path.starts_with("/v1/")) return RouteV1(method, path.substr(4), body);
  if (path == "/loadctl/run") return Get(method, Kind::kRun);
  if (path == "/metrics")
    return Response{200, "text/plain; version=0.0.4; charset=utf-8", ProcessMetrics()};
  if (path.starts_with("/debug/")) {
    return Response{501, "text/plain; charset=utf-8",
                    "/debug/ is of Go's runtime, which loadctl has not (see "
                    "`loadctl help compat /debug`)\n"};
  }
  return Response{200, "text/plain; charset=utf-8", "ok"};
}

web::Server::Handler ApiMount(Ask ask) {
  return [ask = std::move(ask)](const web::Request& request, Reply reply) {
    auto routed = Route(request.method, request.path, request.body);
    if (auto* response = std::get_if<Response>(&routed)) return reply(std::move(*response));
    ask(std::get<Command>(routed), std::move(reply));
  };
}

}  // namespace loadctl::rest

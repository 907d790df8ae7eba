#include "agent/modules/http/json_select.h"

#include <limits>
#include <utility>

#include "agent/modules/http/json_error.h"
#include "common/text/json_path.h"

namespace loadctl::modules::http {

Result<std::variant<std::monostate, double, js::Json>> FindByPath(js::Data body, std::string path,
                                                                  bool known) {
  if (!known && !JsonErrorText(body.bytes).empty()) return std::monostate();
  auto found = text::FindByJsonPath(body.bytes, path);
  if (!found) return Fail("json(\"" + path + "\"): " + found.error().message);
  if (!*found) return std::monostate();
  std::string& json = **found;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (json == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (json == "Infinity") return kInfinity;
  if (json == "-Infinity") return -kInfinity;
  return js::Json{std::move(json)};
}

}  // namespace loadctl::modules::http

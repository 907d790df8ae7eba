// What the faces of all modules take from C++.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::prelude {
namespace {

Result<void> GoError(std::string message) { return Fail(std::move(message)); }

// warn(message, error)
void Warn(vu::Vu& vu, std::string message, std::optional<std::string> error) {
  std::vector<std::pair<std::string, std::string>> fields;
  if (error) fields.emplace_back("error", std::move(*error));
  vu.Log(vu::LogLevel::kWarning, std::move(message), std::move(fields));
}

}  // namespace

Module Describe() {
  return {faces::kPrelude,
          {js::kAttach, js::kLazily, js::kSharePlace, js::Native<&GoError>("goError"),
           js::Native<&Warn>("warn")}};
}

}  // namespace loadctl::modules::prelude

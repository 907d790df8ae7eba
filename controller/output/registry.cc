#include "controller/output/registry.h"

#include <algorithm>
#include <array>

namespace loadctl::output {
namespace {

enum Takes { kArgument, kNoArgument };

struct Entry {
  std::string_view type;
  Maker make;
  Takes takes;
};
constexpr Entry kOutputs[] = {
#define OUTPUT(type, maker, takes) {type, maker, takes},
#include "controller/output/registry.inc"
#undef OUTPUT
};

// Of k6, and not here.
constexpr std::string_view kMissing[] = {"cloud"};

std::string Available() {
  std::string list;
  for (const Entry& entry : kOutputs) list.append(list.empty() ? "" : ", ").append(entry.type);
  return list + ", web-dashboard";
}

}  // namespace

Result<std::unique_ptr<Output>> MakeOutput(const std::string& asked, const Context& context) {
  const auto equals = asked.find('=');
  Request request{asked.substr(0, equals),
                  equals == std::string::npos ? "" : asked.substr(equals + 1)};
  for (const Entry& entry : kOutputs) {
    if (entry.type != request.type) continue;
    // k6 does so without a word.
    if (entry.takes == kNoArgument && !request.argument.empty() && context.log) {
      context.log(Severity::kWarning,
                  "the '" + request.type +
                      "' output takes no argument: what is behind the = is not used, variables say "
                      "where it sends to (docs/compatibility.md)",
                  {});
    }
    auto made = entry.make(request, context);
    if (made) return made;
    return Fail(made.error().code,
                "could not create the '" + request.type + "' output: " + made.error().message);
  }
  if (request.type == "kafka") {
    return Fail(
        "could not create the 'kafka' output: the kafka output was deprecated in k6 v0.32.0 and "
        "removed in k6 v0.34.0, please use the new xk6 kafka output extension instead - "
        "https://github.com/k6io/xk6-output-kafka");
  }
  if (std::find(std::begin(kMissing), std::end(kMissing), request.type) != std::end(kMissing)) {
    return Fail(ErrorCode::kInvalidConfig,
                "the output '" + request.type +
                    "' is not yet supported (see `loadctl help compat`, row out); available are: " +
                    Available());
  }
  return Fail("invalid output type '" + request.type + "', available types are: " + Available());
}

}  // namespace loadctl::output
